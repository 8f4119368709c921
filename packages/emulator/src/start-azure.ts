import { createRealTimeKernel, type RealTimeKernel } from "@fairway/kernel";
import type { Azure, AzureOptions } from "./azure.ts";
import { createCluster } from "./controllers/cluster.ts";
import { ContainerApps } from "./controllers/container-apps.ts";
import { type ControlDoor, createDoor, doorRoutes } from "./doors.ts";
import { appWriteFaults } from "./faults/app-write-faults.ts";
import { armFaults } from "./faults/arm-faults.ts";
import { clusterFaults, kubernetesFaults, quotaWithFaults } from "./faults/cluster-faults.ts";
import { disturbWorld } from "./faults/disturb-world.ts";
import { Faults, type FaultTargets } from "./faults/faults.ts";
import { createGateway, type Gateway } from "./gateway/gateway.ts";
import type { ArmOptions } from "./http/arm/call.ts";
import { logStreamRoute } from "./http/arm/container-apps/log-stream.ts";
import { createAppProvider } from "./http/arm/container-apps/provider.ts";
import {
  type ContainerServiceProvider,
  createContainerServiceProvider,
} from "./http/arm/container-service/provider.ts";
import { createArmServer } from "./http/arm/server.ts";
import { federatedToken } from "./http/identity/federation.ts";
import { createIdentityServer, identityRoute } from "./http/identity/routes.ts";
import { createTokenIssuer, type TokenIssuer } from "./http/identity/tokens.ts";
import { ClusterServers } from "./http/kubernetes/cluster-servers.ts";
import { createKubectlCommands } from "./http/kubernetes/kubectl-commands.ts";
import { createCertificates } from "./http/tls.ts";
import { certificateNames, checkListening, secretFrom } from "./listen-options.ts";
import { createModelRuntime } from "./runtime/model/runtime.ts";
import { createProcessRuntime } from "./runtime/process/runtime.ts";
import { exportState, importState } from "./saved-state.ts";
import { ManagementLocks } from "./world/arm/locks.ts";
import { Operations } from "./world/arm/operations.ts";
import type { ArmProvider } from "./world/arm/provider.ts";
import { ResourceGroups } from "./world/arm/resource-groups.ts";
import { type Calibration, defaultCalibration } from "./world/calibration.ts";
import type { Cluster } from "./world/cluster.ts";
import { createComputeProvider } from "./world/compute/provider.ts";
import { ControlPlaneOutages } from "./world/container-service/outages.ts";
import { LogStore } from "./world/logs.ts";
import type { Runtime } from "./world/ports.ts";
import type { World } from "./world/world.ts";

const location = "westeurope";

/** Starts an embedded Azure: every part is made and joined here. Rejects when a port is taken, and has then left nothing running. */
export async function startAzure(options: AzureOptions = {}): Promise<Azure> {
  const stack = new AsyncDisposableStack();
  try {
    return await start(options, stack);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function start(options: AzureOptions, stack: AsyncDisposableStack): Promise<Azure> {
  const { seed = 1, timeScale = 60, host = "127.0.0.1", port = 0 } = options;
  checkListening(options);
  const kernel = createRealTimeKernel({ seed });
  stack.defer(() => kernel.close());
  const certificates = await createCertificates(certificateNames(host));
  const gateway = await createGateway({ clock: kernel.clock, host, port: port === 0 ? 0 : port + 1 });
  stack.defer(() => gateway.close());
  const outages = new ControlPlaneOutages(kernel);
  const targets: FaultTargets = { outages, cluster: (name) => findCluster(name), apps: () => apps };
  const faults = new Faults({ ...kernel, timeScale }, targets);
  const world = disturbWorld(createWorld({ options, kernel, gateway, timeScale }), faults, targets);
  stack.defer(() => world.runtime.close());

  const ids = drawIds(kernel, options.token);
  const tokens = createTokenIssuer({ clock: kernel.clock, random: kernel.random, tenantId: ids.tenantId });
  const operations = new Operations(world);
  const servers = new ClusterServers({
    certificates,
    host,
    token: ids.kubernetesToken,
    firstPort: port === 0 ? 0 : port + 3,
    refuse: kubernetesFaults(faults),
  });
  stack.defer(() => servers.close());
  const shared = { world, operations, locks: new ManagementLocks() };
  const containerService = createContainerService({ ...shared, outages, faults, servers, tenantId: ids.tenantId });
  stack.defer(() => closeClusters(containerService));
  const findCluster = (name: string): Cluster | undefined => containerService.clusters.named(name)?.cluster;
  const minorOfCluster = (name: string) => /^\d+\.\d+\./.exec(findCluster(name)?.kubernetesVersion ?? "")?.[0];
  const apps = new ContainerApps(world, operations, appWriteFaults(faults));
  stack.defer(() => apps.close());

  const doorParts = { world, operations, faults, tokens, containerService, apps };
  const control = createDoor(doorParts);
  const identity = { tokens, ...ids };
  const identityServer = await createIdentityServer({ ...identity, host, port: port === 0 ? 0 : port + 2 });
  stack.defer(() => identityServer.close());
  const armOptions: ArmOptions = {
    ...shared,
    resourceGroups: new ResourceGroups(),
    providers: [containerService, computeOf(containerService, faults), createAppProvider({ world, apps, tokens })],
    tokens,
    subscriptionId: ids.subscriptionId,
    location,
    refuse: armFaults(faults, world, minorOfCluster),
    rateLimits: { enforced: options.throttling ?? true },
  };
  const arm = await createArmServer({
    ...armOptions,
    certificates,
    host,
    port,
    extraRoutes: [
      identityRoute(identity, "https"),
      logStreamRoute({ world, apps, tokens }),
      ...doorRoutes(doorParts, control, options.token),
    ],
  });
  stack.defer(() => arm.close());

  const signIn = { armUrl: arm.url, identityEndpoint: identityServer.endpoint, ids, tokens };
  return running(stack.move(), {
    ...signInOf(signIn),
    armUrl: arm.url,
    caCertificate: certificates.caPem,
    gateway: gateway.address(),
    kubeconfigs: () => kubeconfigsOf(containerService, servers),
    exportState: () => exportState({ armOptions, clusters: containerService.clusters, apps }),
    importState: (text) => importState(text, { armOptions, clusters: containerService.clusters, apps }),
    control: (method, path, body) => controlAnswer(control, method, path, body),
  });
}

function running(owned: AsyncDisposableStack, parts: Omit<Azure, "close" | typeof Symbol.asyncDispose>): Azure {
  const close = () => owned.disposeAsync();
  return { ...parts, close, [Symbol.asyncDispose]: close };
}

interface SignIn {
  readonly armUrl: string;
  readonly identityEndpoint: string;
  readonly ids: Ids;
  readonly tokens: TokenIssuer;
}

function signInOf({ armUrl, identityEndpoint, ids, tokens }: SignIn) {
  return {
    subscriptionId: ids.subscriptionId,
    tenantId: ids.tenantId,
    location,
    credential: { getToken: async () => issueToken(tokens, ids.clientId) },
    environment: environmentOf(ids, identityEndpoint),
    servicePrincipal: servicePrincipalOf(ids, armUrl),
    federatedToken: () => federatedToken(tokens.clock.now()),
  };
}

function kubeconfigsOf({ clusters }: ContainerServiceProvider, servers: ClusterServers): Record<string, string> {
  const user = "clusterUser";
  return Object.fromEntries(
    clusters
      .all()
      .map(({ name, resourceGroup, cluster }) => [name, servers.kubeconfigOf({ cluster, resourceGroup, user })]),
  );
}

interface ContainerServiceParts {
  readonly tenantId: string;
  readonly world: World;
  readonly operations: Operations;
  readonly outages: ControlPlaneOutages;
  readonly faults: Faults;
  readonly servers: ClusterServers;
  readonly locks: ManagementLocks;
}

function createContainerService(parts: ContainerServiceParts): ContainerServiceProvider {
  const { world, operations, outages, faults, servers, locks, tenantId } = parts;
  return createContainerServiceProvider({
    world,
    operations,
    outages,
    locks,
    tenantId,
    machineJoins: (cluster, pool) => faults.machineJoins(cluster, pool),
    disturbances: clusterFaults(faults),
    vcpuQuota: quotaWithFaults(faults),
    createCluster: ({ name, kubernetesVersion, location: region }) =>
      servers.serve(
        createCluster({ world, name, domain: `${name}.${region}.aks.internal`, kubernetesVersion, location: region }),
      ),
    kubeconfigOf: (request) => servers.kubeconfigOf(request),
    runCommand: createKubectlCommands((request) => servers.kubeconfigOf(request)),
  });
}

function computeOf({ clusters }: ContainerServiceProvider, faults: Faults): ArmProvider {
  return createComputeProvider({ clusters, vcpuQuota: quotaWithFaults(faults) });
}

function closeClusters({ clusters }: ContainerServiceProvider): void {
  for (const { cluster } of clusters.all()) cluster.close();
}

function createWorld(parts: {
  options: AzureOptions;
  kernel: RealTimeKernel;
  gateway: Gateway;
  timeScale: number;
}): World {
  const { options, kernel, gateway, timeScale } = parts;
  const calibration: Calibration = { ...defaultCalibration, ...options.calibration };
  const base = { ...kernel, timeScale, calibration, dataPlane: gateway, logs: new LogStore(kernel.clock) };
  const runtime = createRuntime(options, base, gateway);
  return { ...base, runtime };
}

function createRuntime(options: AzureOptions, base: Omit<World, "runtime">, gateway: Gateway): Runtime {
  const model = createModelRuntime(base);
  if (options.runtime === "model") return model;
  const { host, port } = gateway.address();
  return createProcessRuntime({
    clock: base.clock,
    images: options.images ?? {},
    proxyUrl: ({ scope }) => `http://${scope ? `${encodeURIComponent(scope)}@` : ""}${host}:${port}`,
    fallback: model,
  });
}

interface Ids {
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly identityHeader: string;
  readonly kubernetesToken: string;
}

function drawIds({ random }: RealTimeKernel, token: string | undefined): Ids {
  const stream = random.stream("identity/ids");
  return {
    subscriptionId: stream.uuid(),
    tenantId: stream.uuid(),
    clientId: stream.uuid(),
    clientSecret: secretFrom(token, "client", stream.text(40)),
    identityHeader: secretFrom(token, "identity", stream.uuid()),
    kubernetesToken: secretFrom(token, "kubernetes", random.stream("kubernetes/token").text(40)),
  };
}

function issueToken(tokens: TokenIssuer, clientId: string): { token: string; expiresOnTimestamp: number } {
  const { token, expiresAtMs } = tokens.issue({ audience: "https://management.azure.com/", clientId });
  return { token, expiresOnTimestamp: expiresAtMs };
}

/** What DefaultAzureCredential reads: the managed identity of a container. */
function environmentOf(ids: Ids, endpoint: string): Readonly<Record<string, string>> {
  return {
    IDENTITY_ENDPOINT: endpoint,
    IDENTITY_HEADER: ids.identityHeader,
    AZURE_SUBSCRIPTION_ID: ids.subscriptionId,
    AZURE_TENANT_ID: ids.tenantId,
  };
}

/** The tenant is called `adfs`: under any other name client libraries ask Microsoft's cloud about an authority they do not know. */
function servicePrincipalOf(ids: Ids, armUrl: string): Readonly<Record<string, string>> {
  return {
    AZURE_AUTHORITY_HOST: armUrl,
    AZURE_TENANT_ID: "adfs",
    AZURE_CLIENT_ID: ids.clientId,
    AZURE_CLIENT_SECRET: ids.clientSecret,
  };
}

function controlAnswer(
  control: ControlDoor,
  method: string,
  path: string,
  body: unknown,
): { status: number; body: unknown } {
  const { pathname, searchParams } = new URL(path, "http://emulator");
  const answer = control(method, pathname, searchParams, body);
  return { status: answer?.status ?? 404, body: answer?.body };
}
