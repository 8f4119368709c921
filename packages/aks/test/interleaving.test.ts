import { FairwayError } from "@fairway/model";
import type { KubernetesObject } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { createArm } from "../src/arm/arm.ts";
import type { AksContext } from "../src/context.ts";
import { kubeConfigFromArm } from "../src/kubernetes/kube-config.ts";
import { createKubernetes, type Kubernetes, type Reference } from "../src/kubernetes/kubernetes.ts";
import { readLogs } from "../src/logs.ts";
import { gatewaySettings } from "../src/manifests/gateway.ts";
import { routeShares } from "../src/manifests/route.ts";
import { changeRoute, withOtherWeights } from "../src/routing.ts";
import { namespace, optionsFor, shop, shop2, startCluster, type TestAzure, testClock } from "./azure.ts";

describe("a route that somebody else changes between our read and our write", () => {
  test("is read again, so that the newer weights are not lost", async () => {
    await using world = await startCluster();
    const first = await world.target.apply(shop()).result();
    const second = await world.target.apply(shop2()).result();
    const shift = () => world.target.shift("shop", { [first.name]: 60, [second.name]: 40 }).result();
    const seen: unknown[] = [];
    const context = await contextOf(world, (kubernetes) => ({
      async get<T extends KubernetesObject>(reference: Reference): Promise<T | undefined> {
        const live = await kubernetes.get<T>(reference);
        if (seen.length === 0) await shift();
        return live;
      },
    }));
    await changeRoute(context, "shop", (live) => {
      seen.push(routeShares(live));
      return live && withOtherWeights(live, { ...routeShares(live), "shop--other": 0 });
    });
    expect(seen).toEqual([
      { [first.name]: 100, [second.name]: 0 },
      { [first.name]: 60, [second.name]: 40 },
    ]);
    const revisions = await world.target.revisions("shop");
    expect(revisions.map(({ weight }) => weight)).toEqual([40, 60]);
  });

  test("again and again gives up with a conflict", async () => {
    await using world = await startCluster();
    await world.target.apply(shop()).result();
    let writes = 0;
    const context = await contextOf(world, () => ({
      async apply(): Promise<never> {
        writes += 1;
        throw new FairwayError("conflict", "changed", { hint: "repeat" });
      },
    }));
    const changing = changeRoute(context, "shop", (live) => live && withOtherWeights(live, routeShares(live)));
    await expect(changing).rejects.toMatchObject({ code: "conflict" });
    expect(writes).toBe(5);
  });
});

describe("a log that is followed", () => {
  test("is closed when the reader has enough", async () => {
    const program = `setInterval(() => console.log("tick"), 50);
      require("node:http").createServer((_, r) => r.end()).listen(Number(process.env.PORT));`;
    const image = "registry.example/ticker:1";
    await using world = await startCluster({
      runtime: "process",
      images: { [image]: { command: [process.execPath, "-e", program] } },
    });
    await world.target.apply(shop({ image })).result();
    const streams: AbortController[] = [];
    const context = await contextOf(world, (kubernetes) => ({
      async streamLog(...request: Parameters<Kubernetes["streamLog"]>) {
        const stream = await kubernetes.streamLog(...request);
        streams.push(stream);
        return stream;
      },
    }));
    let count = 0;
    for await (const _line of readLogs(context, "shop", { follow: true })) {
      count += 1;
      if (count === 3) break;
    }
    expect(streams.map(({ signal }) => signal.aborted)).toEqual([true]);
  });
});

/** The parts of a target, with some calls to the cluster put in between. */
async function contextOf(
  { azure }: TestAzure,
  between: (kubernetes: Kubernetes) => Partial<Kubernetes>,
): Promise<AksContext> {
  const options = optionsFor(azure);
  const arm = createArm(options, options.credential, options.arm);
  const kubeConfig = kubeConfigFromArm(await arm.userKubeConfig(), options.credential);
  const kubernetes = createKubernetes(kubeConfig, namespace, testClock);
  return {
    address: options.address,
    kubernetes: { ...kubernetes, ...between(kubernetes) },
    arm,
    clock: testClock,
    gateway: gatewaySettings({}, namespace),
    pollMs: 50,
    domain: async () => "example.com",
  };
}
