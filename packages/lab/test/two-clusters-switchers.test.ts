import { ApiManagementClient } from "@azure/arm-apimanagement";
import { CdnManagementClient } from "@azure/arm-cdn";
import { resumeUpgrade, runUpgrade } from "@fairway/sdk";
import { describe, expect, test } from "vitest";
import { startProcess } from "../src/virtual/process.ts";
import type { VirtualWorld } from "../src/virtual/world.ts";
import { createApiManagement, createFrontDoor } from "./switch-places.ts";
import { openTwoClusters } from "./two-clusters.ts";

type Weights = Readonly<Record<"west" | "north", number>>;

const divided = { "Front Door": divideAtEdges, "API Management": divideAtGateways } as const;

describe.each(Object.entries(divided))("two clusters behind %s", (_, divide) => {
  test("active-active upgrades both, each without callers, and gives the traffic back", async () => {
    using two = await openTwoClusters({ seed: 20, divide });
    const plan = await two.plan({ strategy: "active-active" });
    const state = await two.world.run(() => runUpgrade(two.ports(), plan).result());
    expect(state.phase).toEqual({ kind: "finished" });
    expect(await two.versions()).toEqual({
      "prod-1": [plan.version, plan.version],
      "prod-2": [plan.version, plan.version],
    });
    expect(await two.weights()).toEqual({ "prod-1": 90, "prod-2": 10 });
  });

  test("everything goes to the other region, be it that the process is killed between two changes", async () => {
    for (let kill = 1; kill <= 2; kill += 1) {
      using two = await openTwoClusters({ seed: 20 + kill, weights: [100, 0], divide });
      const plan = await two.plan({ strategy: "region-failover", traffic: { drainMinutes: 1 } });
      let changes = 0;
      const process = startProcess(two.world, ({ url, method }) => {
        if (!isOfSwitch(url) || method === "GET") return "answered";
        changes += 1;
        return changes === kill ? "killed-after" : "answered";
      });
      const run = (): Promise<unknown> =>
        Promise.race([runUpgrade(two.ports({}, process), plan).result(), process.killed]);
      expect(await two.world.run(run)).toBeUndefined();
      two.journal.abandon();
      const state = await two.world.run(() => resumeUpgrade(two.ports(), two.first).result());
      expect(state.phase, `killed after change ${kill}`).toEqual({ kind: "finished" });
      expect(await two.weights()).toEqual({ "prod-1": 100, "prod-2": 0 });
    }
  });
});

test("a movement among three origins that was killed between any two changes goes on, and is not taken for somebody's hand", async () => {
  const run = async (kill: number) => {
    const divide = (world: VirtualWorld, weights: Weights) => divideAtEdges(world, { ...weights, south: 30 });
    using two = await openTwoClusters({ seed: 30, weights: [40, 30], divide });
    const plan = await two.plan({ strategy: "active-active", traffic: { drainMinutes: 1 } });
    let changes = 0;
    const process = startProcess(two.world, ({ url, method }) => {
      if (!isOfSwitch(url) || method === "GET") return "answered";
      changes += 1;
      return changes === kill ? "killed-after" : "answered";
    });
    await two.world.run(() => Promise.race([runUpgrade(two.ports({}, process), plan).result(), process.killed]));
    two.journal.abandon();
    const state = await two.world.run(() => resumeUpgrade(two.ports(), two.first).result());
    expect(state.phase, `killed after change ${kill}`).toEqual({ kind: "finished" });
    expect(await two.weights()).toEqual({ "prod-1": 40, "prod-2": 30 });
  };
  // Of its twelve or so: away from the first cluster, a little back, and the rest.
  for (const kill of [1, 2, 3, 4, 5]) await run(kill);
});

function isOfSwitch(url: string): boolean {
  return /Microsoft\.(Cdn|ApiManagement)/i.test(url);
}

async function divideAtEdges(
  { azure, httpClient }: VirtualWorld,
  weights: Readonly<Record<string, number>>,
): Promise<string> {
  const options = { endpoint: azure.armUrl, httpClient };
  await createFrontDoor(new CdnManagementClient(azure.credential, azure.subscriptionId, options), weights);
  return `afd://${azure.subscriptionId}/lab/shop/clusters`;
}

async function divideAtGateways({ azure, httpClient }: VirtualWorld, weights: Weights): Promise<string> {
  const options = { endpoint: azure.armUrl, httpClient };
  await createApiManagement(new ApiManagementClient(azure.credential, azure.subscriptionId, options), weights);
  return `apim://${azure.subscriptionId}/lab/shop/clusters`;
}
