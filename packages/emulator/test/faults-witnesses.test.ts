import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { ContainerServiceClient } from "@azure/arm-containerservice";
import { AppsV1Api, CoreV1Api, DiscoveryV1Api, KubeConfig } from "@kubernetes/client-node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Azure, startAzure } from "../src/index.ts";
import { eventually } from "./container-apps-server.ts";
import { httpsRequest } from "./https-request.ts";
import { createKubectl, hasKubectl } from "./kubectl.ts";

const group = "shop";
const namespace = "default";
const found = await hasKubectl("faults-witnesses");

/** Serves; tells in its log what its peer answers; ends at once when it is told that it is broken. */
const program = `
const { PORT = "8080", PEER, BROKEN } = process.env;
if (BROKEN) { console.error("cannot read the configuration"); process.exit(1); }
require("node:http").createServer((request, response) => response.end("well")).listen(PORT, "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
const ask = () => fetch(PEER).then(({ status }) => console.log("peer " + status), (error) => console.log("peer " + error.cause));
if (PEER) setInterval(ask, 100);
`;

let azure: Azure;
let containerApps: ContainerAppsAPIClient;
let kubernetes: CoreV1Api;
let apps: AppsV1Api;
let config: KubeConfig;

beforeAll(async () => {
  const command = [process.execPath, "-e", program] as const;
  const images = { "shop/web:1": { command }, "shop/web:2": { command } };
  azure = await startAzure({ timeScale: 3_000, images });
  const options = { endpoint: azure.armUrl, tlsOptions: { ca: azure.caCertificate } };
  containerApps = new ContainerAppsAPIClient(azure.credential, azure.subscriptionId, options);
  const { token } = await azure.credential.getToken();
  const url = `${azure.armUrl}/subscriptions/${azure.subscriptionId}/resourceGroups/${group}?api-version=2024-11-01`;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ location: "westeurope" });
  await httpsRequest(url, { ca: azure.caCertificate, method: "PUT", headers, body });
  const clusters = new ContainerServiceClient(azure.credential, azure.subscriptionId, options).managedClusters;
  await Promise.all([
    containerApps.managedEnvironments.createOrUpdate(group, "main", { location: "westeurope" }).pollUntilDone(),
    clusters.createOrUpdate(group, "prod", {
      location: "westeurope",
      identity: { type: "SystemAssigned" },
      dnsPrefix: "prod",
      agentPoolProfiles: [{ name: "system", count: 1, vmSize: "Standard_D4s_v5", mode: "System" }],
    }),
  ]);
  config = new KubeConfig();
  config.loadFromString(azure.kubeconfigs()["prod"] ?? "");
  kubernetes = config.makeApiClient(CoreV1Api);
  apps = config.makeApiClient(AppsV1Api);
}, 60_000);

afterAll(() => azure.close());

afterEach(() => {
  azure.control("DELETE", "/_emulator/faults");
});

function inject(kind: string, parameters: Record<string, unknown>): string {
  const { status, body } = azure.control("POST", "/_emulator/faults", { kind, parameters });
  expect(status, JSON.stringify(body)).toBe(201);
  return (body as { id: string }).id;
}

const clear = (id: string) => expect(azure.control("DELETE", `/_emulator/faults/${id}`).status).toBe(204);

/** Statuses of so many requests to a public host. */
async function statuses(host: string, count = 20): Promise<Set<number>> {
  const { request } = await import("node:http");
  const one = () =>
    new Promise<number>((resolve, reject) => {
      const call = request({ ...azure.gateway, headers: { host } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      call.on("error", reject);
      call.end();
    });
  const seen = new Set<number>();
  for (let index = 0; index < count; index++) seen.add(await one());
  return seen;
}

describe("what a user of Container Apps saw", () => {
  const appOf = (image: string, configuration: object) => ({
    location: "westeurope",
    environmentId: `/subscriptions/${azure.subscriptionId}/resourceGroups/${group}/providers/Microsoft.App/managedEnvironments/main`,
    configuration: { ingress: { external: true, targetPort: 8080 }, ...configuration },
    template: { containers: [{ name: "web", image }], scale: { minReplicas: 1, maxReplicas: 1 } },
  });
  const put = (name: string, image: string, configuration: object) =>
    containerApps.containerApps.createOrUpdate(group, name, appOf(image, configuration)).pollUntilDone();
  const well = (host: string) =>
    eventually(async () => {
      const seen = await statuses(host);
      return seen.size === 1 && seen.has(200) ? true : undefined;
    });

  it("switch-errors: the switch succeeds at once, and some requests end in 502 for a while", async () => {
    const multiple = { activeRevisionsMode: "Multiple" };
    const first = await put("moved", "shop/web:1", multiple);
    const host = first.configuration?.ingress?.fqdn ?? "";
    await well(host);
    const traffic = [{ revisionName: first.latestRevisionName ?? "", weight: 100 }];
    const ingress = { external: true, targetPort: 8080, traffic };
    const second = await put("moved", "shop/web:2", { ...multiple, ingress });
    await eventually(async () => {
      const { latestRevisionName = "" } = second;
      const { runningState } = await containerApps.containerAppsRevisions.getRevision(
        group,
        "moved",
        latestRevisionName,
      );
      return runningState === "Running" ? true : undefined;
    });
    inject("switch-errors", { app: "moved", errorSeconds: 2 });
    const moved = [{ revisionName: second.latestRevisionName ?? "", weight: 100 }];
    const switched = await put("moved", "shop/web:2", { ...multiple, ingress: { ...ingress, traffic: moved } });
    expect(switched.provisioningState).toBe("Succeeded");
    expect(switched.configuration?.ingress?.traffic).toMatchObject(moved);
    expect(await statuses(host)).toEqual(new Set([200, 502]));
    await well(host);
  });

  it("dapr-platform-upgrade: apps with a sidecar lose requests while all that the platform shows is well", async () => {
    const { configuration, latestRevisionName = "" } = await put("meshed", "shop/web:1", {
      dapr: { enabled: true, appId: "meshed" },
    });
    const plain = await put("plain", "shop/web:1", {});
    const host = configuration?.ingress?.fqdn ?? "";
    const plainHost = plain.configuration?.ingress?.fqdn ?? "";
    await well(host);
    await well(plainHost);
    const id = inject("dapr-platform-upgrade", { environment: "main" });
    expect(await statuses(host)).toEqual(new Set([200, 502]));
    expect(await statuses(plainHost)).toEqual(new Set([200]));
    const revision = await containerApps.containerAppsRevisions.getRevision(group, "meshed", latestRevisionName);
    expect(revision).toMatchObject({ healthState: "Healthy", runningState: "Running" });
    clear(id);
    await well(host);
  });
});

describe("what a user of AKS saw", () => {
  interface Changes {
    readonly image?: string;
    readonly env?: { name: string; value: string }[];
  }
  async function deploy(name: string, { image = "shop/web:1", env = [] }: Changes = {}): Promise<void> {
    const probe = { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 };
    const container = { name: "web", image, env, ports: [{ containerPort: 8080 }], readinessProbe: probe };
    const labels = { app: name };
    const template = { metadata: { labels }, spec: { containers: [container] } };
    const spec = { replicas: 1, progressDeadlineSeconds: 3, selector: { matchLabels: labels }, template };
    await apps.createNamespacedDeployment({ namespace, body: { metadata: { name }, spec } });
  }
  const podOf = async (name: string) =>
    (await kubernetes.listNamespacedPod({ namespace, labelSelector: `app=${name}` })).items[0];
  const isReady = async (name: string) => {
    const pod = await podOf(name);
    return pod?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ? pod : undefined;
  };
  const eventsOf = async (name: string) => {
    const { items } = await kubernetes.listNamespacedEvent({ namespace });
    return items.filter(({ involvedObject }) => involvedObject.name?.startsWith(name));
  };

  it("slow-start: a pod runs and is not ready, its probe is refused, and then it is", async () => {
    inject("slow-start", { image: "shop/web:*", delayMs: 2_500 });
    await deploy("slow");
    const unhealthy = await eventually(async () =>
      (await eventsOf("slow-")).find(({ reason }) => reason === "Unhealthy"),
    );
    expect(unhealthy.message).toMatch(/^Readiness probe failed: Get "http:.*": .*connection refused$/);
    const pod = await podOf("slow");
    expect(pod?.status).toMatchObject({ phase: "Running", containerStatuses: [{ ready: false, restartCount: 0 }] });
    await eventually(() => isReady("slow"));
  });

  it("bad-release: the new image crashes again and again, the rollout passes its deadline, the old pods stay", async () => {
    await deploy("shipped");
    const old = await eventually(() => isReady("shipped"));
    inject("bad-release", { image: "shop/web:2", env: { BROKEN: "yes" } });
    const body = [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: "shop/web:2" }];
    await apps.patchNamespacedDeployment({ name: "shipped", namespace, body });
    const broken = await eventually(async () => {
      const { items } = await kubernetes.listNamespacedPod({ namespace, labelSelector: "app=shipped" });
      return items.find(({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === "CrashLoopBackOff");
    });
    const log = await kubernetes.readNamespacedPodLog({ namespace, name: broken.metadata?.name ?? "", previous: true });
    expect(log).toContain("cannot read the configuration");
    const progressing = await eventually(async () => {
      const { status } = await apps.readNamespacedDeployment({ name: "shipped", namespace });
      return status?.conditions?.find(({ reason }) => reason === "ProgressDeadlineExceeded");
    });
    expect(progressing.status).toBe("False");
    const { items } = await kubernetes.listNamespacedPod({ namespace, labelSelector: "app=shipped" });
    expect(items.map(({ metadata }) => metadata?.name)).toContain(old.metadata?.name);
  });

  it("dns-broken: a client in the cluster finds no name any more, while pods and endpoints are well", async () => {
    await deploy("named");
    await kubernetes.createNamespacedService({
      namespace,
      body: {
        metadata: { name: "named" },
        spec: { selector: { app: "named" }, ports: [{ port: 80, targetPort: 8080 }] },
      },
    });
    await eventually(() => isReady("named"));
    await deploy("caller", { env: [{ name: "PEER", value: "http://named" }] });
    const caller = await eventually(() => isReady("caller"));
    const lastLine = async () => {
      const name = caller.metadata?.name ?? "";
      return (await kubernetes.readNamespacedPodLog({ namespace, name, tailLines: 1 })).trim();
    };
    await eventually(async () => ((await lastLine()) === "peer 200" ? true : undefined));
    const id = inject("dns-broken", { cluster: "prod" });
    await eventually(async () => (/^peer (404|.*NOTFOUND)/.test(await lastLine()) ? true : undefined));
    const { items } = await config
      .makeApiClient(DiscoveryV1Api)
      .listNamespacedEndpointSlice({ namespace, labelSelector: "kubernetes.io/service-name=named" });
    expect(items[0]?.endpoints?.map(({ conditions }) => conditions?.ready)).toEqual([true]);
    const dns = await kubernetes.listNamespacedPod({ namespace: "kube-system", labelSelector: "k8s-app=kube-dns" });
    expect(dns.items.every(({ status }) => status?.phase === "Running")).toBe(true);
    clear(id);
    await eventually(async () => ((await lastLine()) === "peer 200" ? true : undefined));
  });

  it.skipIf(!found)(
    "control-plane-unavailable: kubectl is refused, what runs goes on, and then it answers",
    async () => {
      using kubectl = createKubectl(azure.kubeconfigs()["prod"] ?? "");
      await kubectl.run("get nodes");
      inject("control-plane-unavailable", { cluster: "prod", durationSeconds: 9_000 });
      expect(await kubectl.fails("get nodes")).toMatch(
        /The connection to the server 127\.0\.0\.1:\d+ was refused - did you specify the right host or port\?/,
      );
      await eventually(async () =>
        (await kubectl.run("get nodes").catch(() => "")).includes("Ready") ? true : undefined,
      );
    },
  );
});
