import type { ManagedCluster } from "@azure/arm-containerservice";
import { createDefaultHttpClient, createHttpHeaders, createPipelineRequest } from "@azure/core-rest-pipeline";
import type { Finding, FindingCode } from "@fairway/model";
import type { KubernetesObject } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { armClient, cluster, kubernetes, like, resourceGroup, startCluster, type TestAzure } from "./azure.ts";

type Objects = Awaited<ReturnType<typeof kubernetes>>["objects"];

/** One finding of the code, as the front door tells it. */
async function found(world: TestAzure, code: FindingCode, options: object = {}): Promise<readonly Finding[]> {
  const { findings } = await world.target.capability("preflight").check({ version: "1.35.1", ...options });
  return findings.filter((one) => one.code === code);
}

/** The cluster with some of its properties changed, as `az aks update` does it. */
async function update({ azure }: TestAzure, change: (now: ManagedCluster) => Partial<ManagedCluster>): Promise<void> {
  const client = armClient(azure).managedClusters;
  const now = await client.get(resourceGroup, cluster);
  await client.createOrUpdate(resourceGroup, cluster, { ...now, ...change(now) }, { updateIntervalInMs: 50 });
}

async function addPool({ azure }: TestAzure, name: string, more: object = {}): Promise<void> {
  const pool = { count: 2, vmSize: "Standard_D4s_v5", mode: "User", ...more };
  await armClient(azure).agentPools.createOrUpdate(resourceGroup, cluster, name, pool, { updateIntervalInMs: 50 });
}

const mergePatch = "application/merge-patch+json";

/** `kubectl patch … --type merge -p '…'`, as a fix says it. */
async function applyPatch(objects: Objects, fix: string, kind: Pick<KubernetesObject, "apiVersion" | "kind">) {
  const [, namespace = "", name = "", change = "{}"] =
    /patch -n (\S+) \w+\/(\S+) --type merge -p '([^']+)'/.exec(fix) ?? [];
  const patched = { ...kind, metadata: { namespace, name }, ...(JSON.parse(change) as object) };
  await objects.patch(patched, undefined, undefined, undefined, undefined, mergePatch);
}

test("FW010: a budget of another pool that is never satisfied, until it is patched as the fix says", async () => {
  await using world = await startCluster();
  await addPool(world, "user");
  const { objects } = await kubernetes(world.azure);
  await create(objects, [app("elsewhere", { nodeSelector: { agentpool: "user" } }), budget("elsewhere")]);
  await running(world, 2);
  const [finding] = await found(world, "FW010", { pools: ["pool1"] });
  expect(finding).toEqual({
    code: "FW010",
    severity: "required",
    subject: "PodDisruptionBudget payments/elsewhere",
    evidence: "maxUnavailable 0: 2 of 2 pods must be healthy, 2 are",
    fix: like(
      /^AKS refuses the upgrade of any pool for it\. kubectl patch -n payments poddisruptionbudget\/elsewhere /,
    ),
  });
  await applyPatch(objects, finding?.fix ?? "", { apiVersion: "policy/v1", kind: "PodDisruptionBudget" });
  expect(await found(world, "FW010", { pools: ["pool1"] })).toEqual([]);
});

test("FW017: pods of one pool only, until a second one takes them too", async () => {
  await using world = await startCluster();
  await addPool(world, "gpu", { nodeLabels: { hardware: "gpu" } });
  const { objects } = await kubernetes(world.azure);
  await create(objects, [app("model", { nodeSelector: { hardware: "gpu" } })]);
  await running(world, 2);
  expect(await found(world, "FW017")).toEqual([
    {
      code: "FW017",
      severity: "recommended",
      subject: "Deployment payments/model",
      evidence: "only gpu takes it (its selector, affinity or toleration)",
      fix: "Give the upgrade a spare pool like it: fairway upgrade run --strategy node-pool --spare gpu",
    },
  ]);
  await addPool(world, "gpu2", { nodeLabels: { hardware: "gpu" } });
  expect(await found(world, "FW017")).toEqual([]);
});

test("FW017: a pod that finds no other node while its own is drained, until its pool has a node more", async () => {
  await using world = await startCluster();
  await addPool(world, "user", { count: 1, upgradeSettings: { maxSurge: "0", maxUnavailable: "1" } });
  const { objects } = await kubernetes(world.azure);
  await create(objects, [app("bound", { nodeSelector: { agentpool: "user" } }, 1)]);
  await running(world, 1);
  const homeless = async () => (await found(world, "FW017")).filter(({ severity }) => severity === "required");
  expect(await homeless()).toEqual([
    {
      code: "FW017",
      severity: "required",
      subject: like(/^Pod payments\/bound-/),
      evidence: like(/while user is upgraded/),
      fix: like(/^Add a node to a pool that may take it/),
    },
  ]);
  await addPool(world, "user", { upgradeSettings: { maxSurge: "0", maxUnavailable: "1" } });
  expect(await homeless()).toEqual([]);
});

test("FW022: a subnet that another cluster has nodes in too, until the pool surges by as many as fit", async () => {
  await using world = await startCluster();
  const { azure } = world;
  const client = armClient(azure);
  const network = `/subscriptions/${azure.subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Network/virtualNetworks/net`;
  await putNetwork(world, network);
  const inSubnet = (count: number, maxSurge: string) => ({
    count,
    vmSize: "Standard_D4s_v5",
    mode: "User",
    vnetSubnetID: `${network}/subnets/nodes`,
    upgradeSettings: { maxSurge },
  });
  await addPool(world, "tight", inSubnet(3, "2"));
  expect(await found(world, "FW022")).toEqual([]);
  await client.managedClusters.createOrUpdate(
    resourceGroup,
    "other",
    {
      location: azure.location,
      identity: { type: "SystemAssigned" },
      dnsPrefix: "other",
      kubernetesVersion: "1.34.2",
      agentPoolProfiles: [{ ...inSubnet(7, "1"), mode: "System", name: "pool1" }],
    },
    { updateIntervalInMs: 50 },
  );
  const [finding] = await found(world, "FW022");
  expect(finding).toEqual({
    code: "FW022",
    severity: "required",
    subject: "node pool tight",
    evidence: "2 surge nodes need 2 addresses, 1 of 11 are left in net/subnets/nodes",
    fix: "az aks nodepool update --resource-group shop --cluster-name main --name tight --max-surge 1",
  });
  await addPool(world, "tight", inSubnet(3, "1"));
  expect(await found(world, "FW022")).toEqual([]);
});

test("FW024: a service principal, until the cluster has a managed identity", async () => {
  const identity = { identity: { type: "None" }, servicePrincipalProfile: { clientId, secret: "hush" } };
  await using world = await startCluster({}, identity as ManagedCluster);
  expect(await found(world, "FW024")).toEqual([
    {
      code: "FW024",
      severity: "recommended",
      subject: "service principal",
      evidence: "the cluster signs in with a secret that expires; a node that joins after that has no identity",
      fix: like(/^az aks update .*--enable-managed-identity/),
    },
  ]);
  await update(world, () => ({ identity: { type: "SystemAssigned" }, servicePrincipalProfile: { clientId: "msi" } }));
  expect(await found(world, "FW024")).toEqual([]);
});

const clientId = "22222222-3333-4444-8555-666666666666";

test("FW026: a route of one's own, until the load balancer is the way out", async () => {
  await using world = await startCluster({}, { networkProfile: { outboundType: "userDefinedRouting" } });
  expect(await found(world, "FW026")).toEqual([
    {
      code: "FW026",
      severity: "recommended",
      subject: "outbound traffic",
      evidence: like(/^outboundType userDefinedRouting: every new node must reach/),
      fix: like(/^Compare the rules of the firewall with the AKS docs/),
    },
  ]);
  await update(world, ({ networkProfile }) => ({
    networkProfile: { ...networkProfile, outboundType: "loadBalancer" },
  }));
  expect(await found(world, "FW026")).toEqual([]);
});

test("FW028: tags that leave no room for those of AKS, until there are fewer", async () => {
  const tags = Object.fromEntries(Array.from({ length: 45 }, (_, index) => [`tag${index}`, "x"]));
  await using world = await startCluster({}, { tags });
  expect(await found(world, "FW028")).toEqual([
    {
      code: "FW028",
      severity: "recommended",
      subject: "tags",
      evidence: like(/^45 tags/),
      fix: like(/^Remove tags from the cluster/),
    },
  ]);
  await update(world, () => ({ tags: { team: "payments" } }));
  expect(await found(world, "FW028")).toEqual([]);
});

test("FW029: the retired ingress-nginx, until it is gone", async () => {
  await using world = await startCluster();
  const { objects } = await kubernetes(world.azure);
  const containers = [{ name: "controller", image: "registry.k8s.io/ingress-nginx/controller:v1.12.1" }];
  await create(objects, [app("ingress-nginx-controller", { containers }, 1)]);
  await running(world, 1);
  expect(await found(world, "FW029")).toEqual([
    {
      code: "FW029",
      severity: "recommended",
      subject: like(/^Pod payments\/ingress-nginx-controller-/),
      evidence: like(/^registry\.k8s\.io\/ingress-nginx\/controller:v1\.12\.1: retired/),
      fix: like(/^Move to the Gateway API/),
    },
  ]);
  await objects.delete(app("ingress-nginx-controller", {}));
  await running(world, 0);
  expect(await found(world, "FW029")).toEqual([]);
});

test("FW030: a retired add-on, until it is off", async () => {
  const addonProfiles = (enabled: boolean) => ({ addonProfiles: { httpApplicationRouting: { enabled } } });
  await using world = await startCluster({}, addonProfiles(true));
  expect(await found(world, "FW030")).toEqual([
    {
      code: "FW030",
      severity: "recommended",
      subject: "add-on httpApplicationRouting",
      evidence: like(/^AKS has retired it/),
      fix: like(/az aks disable-addons --resource-group shop --name main --addons http_application_routing$/),
    },
  ]);
  await update(world, () => addonProfiles(false));
  expect(await found(world, "FW030")).toEqual([]);
});

test("FW031: Windows Server 2019, until its pool is gone", async () => {
  const windows = { count: 1, osType: "Windows", osSKU: "Windows2019" };
  await using world = await startCluster(
    {},
    {
      kubernetesVersion: "1.32",
      supportPlan: "AKSLongTermSupport",
      sku: { name: "Base", tier: "Premium" },
      windowsProfile: { adminUsername: "azureuser", adminPassword: "Passw0rd!Passw0rd!" },
    },
  );
  await addPool(world, "win", windows);
  const next = { version: "1.33" };
  expect(await found(world, "FW031", next)).toEqual([
    {
      code: "FW031",
      severity: "required",
      subject: "node pool win",
      evidence: "it runs Windows2019, which AKS does not offer for 1.33",
      fix: like(/^Make a pool with --os-sku Windows2022/),
    },
  ]);
  expect(await found(world, "FW031", { ...next, pools: ["pool1"] })).toEqual([]);
  await armClient(world.azure).agentPools.delete(resourceGroup, cluster, "win", { updateIntervalInMs: 50 });
  expect(await found(world, "FW031", next)).toEqual([]);
});

test("FW033: kube-proxy with IPVS, recommended for 1.35, until it has another mode", async () => {
  await using world = await startCluster();
  const { objects } = await kubernetes(world.azure);
  await objects.create(proxy("ipvs"));
  expect(await found(world, "FW033")).toEqual([
    {
      code: "FW033",
      severity: "recommended",
      subject: "kube-proxy",
      evidence: "mode IPVS is deprecated in 1.35.1",
      fix: like(/^Set networkProfile\.kubeProxyConfig\.mode to IPTABLES or NFTABLES/),
    },
  ]);
  expect(await found(world, "FW033", { version: "1.36.1" })).toMatchObject([{ severity: "required" }]);
  await objects.patch(proxy("iptables"), undefined, undefined, undefined, undefined, mergePatch);
  expect(await found(world, "FW033")).toEqual([]);
});

test("FW040: an upgrade longer than its window, until more nodes go at a time", async () => {
  await using world = await startCluster();
  const client = armClient(world.azure);
  await client.maintenanceConfigurations.createOrUpdate(resourceGroup, cluster, "aksManagedAutoUpgradeSchedule", {
    maintenanceWindow: {
      schedule: { weekly: { intervalWeeks: 1, dayOfWeek: "Tuesday" } },
      durationHours: 4,
      startTime: "01:00",
    },
  });
  await addPool(world, "many", { count: 30, upgradeSettings: { maxSurge: "1", nodeSoakDurationInMinutes: 5 } });
  expect(await found(world, "FW040")).toEqual([
    {
      code: "FW040",
      severity: "recommended",
      subject: "maintenance window aksManagedAutoUpgradeSchedule",
      evidence: like(/^it is open for 4 h; the upgrade takes up to [\d.]+ h \(95 of 100 times\)$/),
      fix: like(/^Raise maxSurge of the large pools/),
    },
  ]);
  await addPool(world, "many", { count: 30, upgradeSettings: { maxSurge: "33%", nodeSoakDurationInMinutes: 5 } });
  expect(await found(world, "FW040")).toEqual([]);
});

/** Addresses for eleven. The client of clusters has no call for networks. */
async function putNetwork({ azure }: TestAzure, id: string): Promise<void> {
  const subnets = [{ name: "nodes", properties: { addressPrefix: "10.1.0.0/28" } }];
  const request = createPipelineRequest({
    url: `${azure.armUrl}${id}?api-version=2024-05-01`,
    method: "PUT",
    headers: createHttpHeaders({ "content-type": "application/json" }),
    body: JSON.stringify({ location: azure.location, properties: { subnets } }),
  });
  const { status } = await armClient(azure).pipeline.sendRequest(createDefaultHttpClient(), request);
  expect(status).toBe(201);
}

async function running(world: TestAzure, pods: number): Promise<void> {
  const ready = async () => {
    const facts = await world.target.capability("upgrades").facts();
    return facts.pods.filter(({ namespace, isReady }) => namespace === "payments" && isReady).length;
  };
  await expect.poll(ready, { timeout: 20_000 }).toBe(pods);
}

async function create(objects: Objects, all: readonly KubernetesObject[]): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "payments" } };
  for (const one of [namespace, ...all]) await objects.create(one);
}

function app(name: string, spec: object, replicas = 2): KubernetesObject {
  const labels = { app: name };
  const containers = [{ name: "main", image: "registry.example/shop:1.0.0" }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "payments" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers, ...spec } },
    },
  } as KubernetesObject;
}

function budget(name: string): KubernetesObject {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name, namespace: "payments" },
    spec: { maxUnavailable: 0, selector: { matchLabels: { app: name } } },
  } as KubernetesObject;
}

/** As AKS runs it. */
function proxy(mode: string): KubernetesObject {
  const labels = { component: "kube-proxy" };
  const command = ["kube-proxy", "--metrics-bind-address=0.0.0.0:10249", `--proxy-mode=${mode}`];
  const containers = [{ name: "kube-proxy", image: "mcr.microsoft.com/oss/kubernetes/kube-proxy:v1.34.2", command }];
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "kube-proxy", namespace: "kube-system" },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  } as KubernetesObject;
}
