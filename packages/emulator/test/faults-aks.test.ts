import { ContainerServiceClient } from "@azure/arm-containerservice";
import { AdmissionregistrationV1Api, ApiException, AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Azure, startAzure } from "../src/index.ts";
import { eventually } from "./container-apps-server.ts";

const group = "shop";
const oldVersion = "1.34.2";
const newVersion = "1.35.1";
let azure: Azure;
let client: ContainerServiceClient;
let kubernetes: CoreV1Api;
let apps: AppsV1Api;
let admission: AdmissionregistrationV1Api;

beforeAll(async () => {
  azure = await startAzure({ runtime: "model", timeScale: 3_000 });
  client = clientWith({});
  const { token } = await azure.credential.getToken();
  await arm("PUT", `/resourceGroups/${group}?api-version=2024-11-01`, token);
  await client.managedClusters.createOrUpdate(group, "main", clusterOf(newVersion));
  const { kubeconfigs } = await client.managedClusters.listClusterUserCredentials(group, "main");
  const config = new KubeConfig();
  config.loadFromString(Buffer.from(kubeconfigs?.[0]?.value ?? []).toString());
  kubernetes = config.makeApiClient(CoreV1Api);
  apps = config.makeApiClient(AppsV1Api);
  admission = config.makeApiClient(AdmissionregistrationV1Api);
}, 60_000);

afterAll(() => azure.close());

afterEach(() => {
  azure.control("DELETE", "/_emulator/faults");
});

function clusterOf(kubernetesVersion: string) {
  return {
    location: "westeurope",
    identity: { type: "SystemAssigned" as const },
    dnsPrefix: "main",
    kubernetesVersion,
    agentPoolProfiles: [{ name: "system", count: 1, vmSize: "Standard_D4s_v5", mode: "System" }],
  };
}

function clientWith(options: object): ContainerServiceClient {
  return new ContainerServiceClient(azure.credential, azure.subscriptionId, {
    endpoint: azure.armUrl,
    tlsOptions: { ca: azure.caCertificate },
    ...options,
  });
}

async function arm(method: string, path: string, token: string): Promise<void> {
  const { httpsRequest } = await import("./https-request.ts");
  await httpsRequest(`${azure.armUrl}/subscriptions/${azure.subscriptionId}${path}`, {
    ca: azure.caCertificate,
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ location: "westeurope" }),
  });
}

function inject(kind: string, parameters: Record<string, unknown>): string {
  const { status, body } = azure.control("POST", "/_emulator/faults", { kind, parameters });
  expect(status, JSON.stringify(body)).toBe(201);
  return (body as { id: string }).id;
}

function clear(id: string): void {
  expect(azure.control("DELETE", `/_emulator/faults/${id}`).status).toBe(204);
}

/** Time is compressed 3,000 times, and the grace of a pod is not: drains need more minutes than elsewhere. */
const pool = (orchestratorVersion: string, count = 1, drainTimeoutInMinutes = 60) => ({
  count,
  vmSize: "Standard_D4s_v5",
  mode: "User",
  orchestratorVersion,
  upgradeSettings: { maxSurge: "1", drainTimeoutInMinutes },
});

/** A pool that is behind the control plane, so that it can be upgraded. */
async function makePool(name: string, count = 1): Promise<void> {
  await client.agentPools.createOrUpdate(group, "main", name, pool(oldVersion, count));
}

const upgrade = (name: string, count = 1) =>
  client.agentPools.createOrUpdate(group, "main", name, pool(newVersion, count)).pollUntilDone();

async function nodesOf(name: string) {
  const { items } = await kubernetes.listNode({ labelSelector: `agentpool=${name}` });
  return items.map(({ spec, status }) => ({
    version: status?.nodeInfo?.kubeletVersion?.replace("v", ""),
    cordoned: spec?.unschedulable === true,
  }));
}

/** A pod of its own image, on any node. */
async function makePod(
  name: string,
  labels: Record<string, string> = {},
  nodeSelector: Record<string, string> = {},
): Promise<void> {
  await kubernetes.createNamespacedPod({
    namespace: "default",
    body: {
      metadata: { name, labels },
      spec: { nodeSelector, containers: [{ name: "app", image: `shop/${name}:1` }] },
    },
  });
}

async function waitingReason(name: string): Promise<string | undefined> {
  const { status } = await kubernetes.readNamespacedPod({ namespace: "default", name });
  return status?.containerStatuses?.[0]?.state?.waiting?.reason;
}

const isRunning = async (name: string): Promise<true | undefined> => {
  const { status } = await kubernetes.readNamespacedPod({ namespace: "default", name });
  return status?.containerStatuses?.[0]?.state?.running ? true : undefined;
};

async function eventReasons(name: string): Promise<(string | undefined)[]> {
  const fieldSelector = `involvedObject.name=${name}`;
  const { items } = await kubernetes.listNamespacedEvent({ namespace: "default", fieldSelector });
  return items.map(({ reason }) => reason);
}

describe("upgrades and capacity", () => {
  it("pdb-blocks-drain: the upgrade fails after the drain timeout, and goes through when the budget is gone", async () => {
    await makePool("drain");
    const labels = { app: "shop" };
    await apps.createNamespacedDeployment({
      namespace: "default",
      body: {
        metadata: { name: "shop" },
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: { nodeSelector: { agentpool: "drain" }, containers: [{ name: "app", image: "shop/web:1" }] },
          },
        },
      },
    });
    await eventually(async () => {
      const { status } = await apps.readNamespacedDeployment({ namespace: "default", name: "shop" });
      return status?.readyReplicas === 1 ? true : undefined;
    });
    const id = inject("pdb-blocks-drain", { cluster: "main", namespace: "default", selector: labels });
    await expect(upgrade("drain")).rejects.toThrow(/Drain .*did not complete|pdb|disruption/i);
    expect((await client.agentPools.get(group, "main", "drain")).provisioningState).toBe("Failed");
    clear(id);
    const again = client.agentPools.createOrUpdate(group, "main", "drain", pool(newVersion, 1, 600));
    expect((await again).provisioningState).toBe("Succeeded");
  });

  it("pdb-precheck: an upgrade is refused before it starts, also of a pool that has nothing to do with it", async () => {
    await makePool("precheck");
    inject("pdb-precheck", { cluster: "main", namespace: "default" });
    await expect(upgrade("precheck")).rejects.toMatchObject({ statusCode: 400, code: "UnsatisfiablePDB" });
  });

  it("state-drift: the pool says the new version, one of its nodes runs the old one; a PUT repairs it", async () => {
    await makePool("drift", 2);
    inject("state-drift", { cluster: "main", pool: "drift" });
    await expect(upgrade("drift", 2)).rejects.toThrow(/upgrade of agent pool drift stopped/);
    const failed = await client.agentPools.get(group, "main", "drift");
    expect(failed).toMatchObject({ provisioningState: "Failed", orchestratorVersion: newVersion });
    const versions = (await nodesOf("drift")).map(({ version }) => version);
    expect(versions.toSorted((a = "", b = "") => a.localeCompare(b))).toEqual([oldVersion, newVersion]);
    await upgrade("drift", 2);
    expect((await nodesOf("drift")).map(({ version }) => version)).toEqual([newVersion, newVersion]);
  });

  it("leftover-cordon: a node stays cordoned and the surge node stays", async () => {
    await makePool("leftover", 2);
    inject("leftover-cordon", { cluster: "main", pool: "leftover" });
    await expect(upgrade("leftover", 2)).rejects.toThrow(/stopped after 1 nodes/);
    const nodes = await nodesOf("leftover");
    expect([nodes.length, nodes.filter(({ cordoned }) => cordoned).length]).toEqual([3, 1]);
  });

  it("quota-surge: a surge or a scale-out beyond the quota is refused with the code of the family", async () => {
    inject("quota-surge", { vcpus: 4 });
    const more = client.agentPools.createOrUpdate(group, "main", "quota", pool(oldVersion, 3));
    await expect(more).rejects.toMatchObject({ statusCode: 400, code: "ErrCode_InsufficientVCPUQuota" });
  });

  it("zonal-capacity: the pool fails although there is quota, and succeeds when there is stock again", async () => {
    const id = inject("zonal-capacity", { cluster: "main", pool: "zonal" });
    await expect(makePool("zonal")).rejects.toThrow(/Allocation failed/);
    expect((await client.agentPools.get(group, "main", "zonal")).provisioningState).toBe("Failed");
    clear(id);
    await makePool("zonal");
    expect(await nodesOf("zonal")).toHaveLength(1);
  });

  it("subnet-full: a PUT is refused", async () => {
    inject("subnet-full", { cluster: "main", code: "SubnetIsFull" });
    await expect(makePool("subnet")).rejects.toMatchObject({ statusCode: 400, code: "SubnetIsFull" });
  });

  it("throttled: 429 with Retry-After; a client that waits gets through", async () => {
    const provider = "Microsoft.ContainerService";
    const id = inject("throttled", { provider, code: "Throttled", retryAfterSeconds: 60 });
    const impatient = clientWith({ retryOptions: { maxRetries: 0 } });
    await expect(impatient.managedClusters.get(group, "main")).rejects.toMatchObject({
      statusCode: 429,
      code: "Throttled",
    });
    clear(id);
    inject("throttled", { provider, retryAfterSeconds: 60, durationSeconds: 300 });
    expect((await client.managedClusters.get(group, "main")).name).toBe("main");
  });
});

describe("the control plane", () => {
  it("removed-api: the upgrade is refused and names the API; controlplane-stuck: it fails at its end, a PUT repairs it", async () => {
    await client.managedClusters.createOrUpdate(group, "other", clusterOf(oldVersion));
    const upgraded = () => client.managedClusters.createOrUpdate(group, "other", clusterOf(newVersion)).pollUntilDone();
    const id = inject("removed-api", { cluster: "other", api: "policy/v1beta1" });
    await expect(upgraded()).rejects.toMatchObject({
      statusCode: 400,
      code: "ValidationError",
      message: expect.stringContaining("policy/v1beta1") as unknown,
    });
    clear(id);
    const stuck = inject("controlplane-stuck", { cluster: "other" });
    await expect(upgraded()).rejects.toThrow(/did not settle/);
    expect(await client.managedClusters.get(group, "other")).toMatchObject({
      provisioningState: "Failed",
      currentKubernetesVersion: newVersion,
    });
    clear(stuck);
    expect((await upgraded()).provisioningState).toBe("Succeeded");
  });

  it("apiserver-gap: nobody reaches the API server, and then everybody does", async () => {
    const id = inject("apiserver-gap", { cluster: "main" });
    await expect(kubernetes.listNamespace()).rejects.toThrow();
    clear(id);
    await eventually(() => kubernetes.listNamespace().catch(() => undefined));
  });

  it("konnectivity-broken: logs fail while the pod runs", async () => {
    await makePod("talker");
    await eventually(() => isRunning("talker"));
    const id = inject("konnectivity-broken", { cluster: "main" });
    const log = () => kubernetes.readNamespacedPodLog({ namespace: "default", name: "talker" });
    const failure = await log().then(
      () => undefined,
      (error: unknown) => error as ApiException<string>,
    );
    expect(failure?.code).toBe(500);
    expect(JSON.stringify(failure?.body)).toContain("error dialing backend");
    expect(await isRunning("talker")).toBe(true);
    clear(id);
    expect(typeof (await log())).toBe("string");
  });

  it("webhook-deadlock: creates are refused until the webhook's configuration is deleted", async () => {
    inject("webhook-deadlock", { cluster: "main" });
    const create = (name: string) =>
      kubernetes.createNamespacedConfigMap({ namespace: "default", body: { metadata: { name } } });
    const failure = await create("one").then(
      () => undefined,
      (error: unknown) => error as ApiException<string>,
    );
    expect(failure?.code).toBe(500);
    expect(JSON.stringify(failure?.body)).toContain(
      'failed calling webhook \\\\\\"validate.policy.fairway.test\\\\\\"',
    );
    const { items } = await admission.listValidatingWebhookConfiguration();
    const name = items.find(({ metadata }) => metadata?.name?.startsWith("policy-"))?.metadata?.name ?? "";
    await admission.deleteValidatingWebhookConfiguration({ name });
    expect((await create("one")).metadata?.name).toBe("one");
  });
});

describe("pods", () => {
  it.each([
    { kind: "cni-ip-starvation", reason: "FailedCreatePodSandBox", name: "sandbox" },
    { kind: "volume-stuck", reason: "FailedAttachVolume", name: "volume" },
  ])("$kind: a pod stays in ContainerCreating, and an event says why", async ({ kind, reason, name }) => {
    const id = inject(kind, { cluster: "main", image: `shop/${name}:*` });
    await makePod(name);
    await eventually(async () => ((await eventReasons(name)).includes(reason) ? true : undefined));
    expect(await waitingReason(name)).toBe("ContainerCreating");
    clear(id);
    await eventually(() => isRunning(name));
  });

  it("identity-lost: images cannot be pulled, 401", async () => {
    inject("identity-lost", { cluster: "main", image: "shop/nobody:*" });
    await makePod("nobody");
    await eventually(async () =>
      /ErrImagePull|ImagePullBackOff/.test((await waitingReason("nobody")) ?? "") ? true : undefined,
    );
    const { items } = await kubernetes.listNamespacedEvent({
      namespace: "default",
      fieldSelector: "involvedObject.name=nobody",
    });
    expect(items.map(({ message }) => message).join()).toContain("401 Unauthorized");
  });

  it("behaviour-change: a container is killed for its memory some time after its start", async () => {
    inject("behaviour-change", { image: "shop/hungry:*", afterMs: 100 });
    await makePod("hungry");
    const terminated = await eventually(async () => {
      const { status } = await kubernetes.readNamespacedPod({ namespace: "default", name: "hungry" });
      const [container] = status?.containerStatuses ?? [];
      return container?.lastState?.terminated ?? container?.state?.terminated;
    });
    expect(terminated).toMatchObject({ reason: "OOMKilled", exitCode: 137 });
  });

  it("dns-broken: names of services are not found from inside the cluster", async () => {
    await makePod("named", { app: "named" });
    await kubernetes.createNamespacedService({
      namespace: "default",
      body: { metadata: { name: "named" }, spec: { selector: { app: "named" }, ports: [{ port: 80 }] } },
    });
    const { host, port } = azure.gateway;
    const ask = async () => {
      const { request } = await import("node:http");
      return new Promise<number | undefined>((resolve) => {
        const call = request({ host, port, headers: { host: "named.default.main" } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        call.end();
      });
    };
    await eventually(async () => ((await ask()) === 404 ? undefined : true));
    const id = inject("dns-broken", { cluster: "main" });
    expect(await ask()).toBe(404);
    clear(id);
    expect(await ask()).not.toBe(404);
  });
});

it("node-join-failed: the pool fails when its machines do not join", async () => {
  inject("node-join-failed", { cluster: "main", pool: "nojoin" });
  await expect(makePool("nojoin")).rejects.toThrow(/did not become ready/);
});

it("node-lost: its node is NotReady after the grace", async () => {
  await makePool("lost");
  const { items } = await kubernetes.listNode({ labelSelector: "agentpool=lost" });
  const node = items[0]?.metadata?.name ?? "";
  inject("node-lost", { cluster: "main", node });
  await eventually(async () => {
    const { status } = await kubernetes.readNode({ name: node });
    return status?.conditions?.find(({ type }) => type === "Ready")?.status === "Unknown" ? true : undefined;
  });
});
