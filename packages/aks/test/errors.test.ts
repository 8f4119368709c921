import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createAksTarget } from "../src/index.ts";
import {
  armClient,
  cluster,
  like,
  messages,
  optionsFor,
  resourceGroup,
  sharedCluster,
  shop,
  startCluster,
  testClock,
} from "./azure.ts";

const inNamespace = sharedCluster();

describe("connecting", () => {
  test("to what is not there says what, before anything is done", async () => {
    const world = await inNamespace();
    await expect(world.connect({ cluster: "nothere" })).rejects.toMatchObject({
      code: "target-not-found",
      message: like(/nothere/),
    });
    await expect(world.connect({ resourceGroup: "nowhere" })).rejects.toMatchObject({
      code: "target-not-found",
      message: like(/nowhere/),
    });
    await expect(world.connect({ namespace: "Not_A_Name" })).rejects.toMatchObject({ code: "target-invalid" });
  });

  test("with a token that nobody knows, or none, is refused without the token in the message", async () => {
    const world = await inNamespace();
    const stranger = { getToken: async () => ({ token: "s3cr3t-t0ken", expiresOnTimestamp: Date.now() + 3_600_000 }) };
    const error = await world.connect({ credential: stranger }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "unauthenticated" });
    expect(`${(error as Error).message}${(error as { hint: string }).hint}`).not.toContain("s3cr3t");
    const nobody = {
      async getToken(): Promise<never> {
        throw Object.assign(new Error("Please run 'az login' to set up account."), {
          name: "CredentialUnavailableError",
        });
      },
    };
    await expect(world.connect({ credential: nobody })).rejects.toMatchObject({
      code: "unauthenticated",
      message: like(/az login/),
    });
  });

  test("without trust in its certificate says how to give it", async () => {
    const world = await inNamespace();
    await expect(world.connect({ arm: { endpoint: world.azure.armUrl } })).rejects.toMatchObject({
      code: "unreachable",
      hint: like(/caCertificate/),
    });
  });

  test("by a kubeconfig needs Azure for the host names only", async () => {
    const world = await inNamespace();
    const folder = await mkdtemp(join(tmpdir(), "fairway-"));
    try {
      const path = join(folder, "config");
      const { kubeconfigs } = await armClient(world.azure).managedClusters.listClusterUserCredentials(
        resourceGroup,
        cluster,
      );
      await writeFile(path, kubeconfigs?.[0]?.value ?? "");
      const target = await world.connect({ kubeconfig: { path }, arm: { endpoint: "https://127.0.0.1:1" } });
      const revision = await target.apply(shop({ ingress: { exposure: "public", host: "shop.example.com" } })).result();
      expect(revision.weight).toBe(100);
      await expect(world.connect({ kubeconfig: { path: join(folder, "nothere") } })).rejects.toMatchObject({
        code: "target-invalid",
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("the cluster", () => {
  test("that refuses a manifest makes the app invalid, with the field", async () => {
    const world = await inNamespace();
    const app = shop({ overrides: { aks: { Deployment: { spec: { revisionHistoryLimit: -1 } } } } });
    await expect(world.target.apply(app).result()).rejects.toMatchObject({
      code: "app-invalid",
      issues: [{ path: "spec.revisionHistoryLimit" }],
    });
    expect(await world.target.apps()).toEqual([]);
  });

  test("whose API server is away is unreachable, and an apply under way waits for it", async () => {
    await using world = await startCluster();
    await world.target.apply(shop()).result();
    const slow = shop({
      image: "registry.example/shop:2",
      probes: { readiness: { initialDelaySeconds: 2, periodSeconds: 1 } },
    });
    const applying = world.target.apply(slow);
    for await (const { message } of applying.events()) if (/0 of 1 replicas/.test(message)) break;
    world.azure.control("POST", "/_emulator/faults", {
      kind: "control-plane-unavailable",
      parameters: { cluster, durationSeconds: 2400 },
    });
    await expect(world.target.status("shop")).rejects.toMatchObject({
      code: "unreachable",
      message: like(/Kubernetes API/),
    });
    expect(await applying.result()).toMatchObject({ state: { kind: "ready" } });
    expect(await messages(applying)).toContainEqual(like(/API server does not answer/));
  });

  test("that is busy (429) is asked again after the time that it names", async () => {
    let refusals = 2;
    const slept: number[] = [];
    await using server = await fakeApi((path) => {
      if (path.startsWith("/apis/apps/v1/namespaces") && refusals-- > 0)
        return [429, status(429, "too many requests"), { "retry-after": "3" }];
      return undefined;
    });
    const clock = { ...testClock, sleep: async (durationMs: number) => void slept.push(durationMs) };
    await using world = await server.target(clock);
    expect(await world.target.apps()).toEqual([]);
    expect(slept).toEqual([3_000, 3_000]);
  });

  test.each([
    [401, "unauthenticated"],
    [403, "forbidden"],
    [409, "conflict"],
    [503, "unreachable"],
    [500, "platform"],
  ])("that answers %i gives %s with its message", async (code, expected) => {
    await using server = await fakeApi((path) =>
      path.startsWith("/apis/apps/v1/namespaces") ? [code, status(code, "because of a reason"), {}] : undefined,
    );
    await using world = await server.target(testClock);
    await expect(world.target.apps()).rejects.toMatchObject({ code: expected, message: like(/because of a reason/) });
  });

  test("that hangs up is unreachable", async () => {
    const rude = createTcpServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await new Promise((resolve) => rude.once("listening", resolve));
    await using world = await targetAt((rude.address() as AddressInfo).port, testClock);
    await expect(world.target.apps()).rejects.toMatchObject({ code: "unreachable" });
    await new Promise((resolve) => rude.close(resolve));
  });
});

type Answer = readonly [status: number, body: unknown, headers: Record<string, string>];

function status(code: number, message: string) {
  return { kind: "Status", apiVersion: "v1", status: "Failure", message, code };
}

/** An API server with no objects, for answers that a healthy one does not give. */
async function fakeApi(answer: (path: string) => Answer | undefined) {
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const [code, body, headers] = answer(path) ?? [200, healthy(path), {}];
    response.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    target: (clock: typeof testClock) => targetAt((server.address() as AddressInfo).port, clock),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function healthy(path: string): unknown {
  if (path === "/apis/") return { kind: "APIGroupList", apiVersion: "v1", groups: [] };
  if (path === "/apis/apps/v1") {
    const resources = [
      { name: "deployments", singularName: "", namespaced: true, kind: "Deployment", verbs: ["list"] },
    ];
    return { kind: "APIResourceList", apiVersion: "v1", groupVersion: "apps/v1", resources };
  }
  return { kind: "DeploymentList", apiVersion: "apps/v1", metadata: {}, items: [] };
}

async function targetAt(port: number, clock: typeof testClock) {
  const folder = await mkdtemp(join(tmpdir(), "fairway-"));
  const path = join(folder, "config");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "main", cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } }],
    users: [{ name: "user", user: { token: "t" } }],
    contexts: [{ name: "main", context: { cluster: "main", user: "user" } }],
    "current-context": "main",
  };
  await writeFile(path, JSON.stringify(config));
  const target = await createAksTarget({
    ...optionsFor({ armUrl: "https://127.0.0.1:1", caCertificate: "", subscriptionId: "s" }),
    clock,
    kubeconfig: { path },
  });
  return {
    target,
    async [Symbol.asyncDispose]() {
      await target.close();
      await rm(folder, { recursive: true });
    },
  };
}
