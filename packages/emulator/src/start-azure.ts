import { createRealTimeKernel } from "@fairway/kernel";
import { assemble, controlAnswer, type Ids, issueToken, location } from "./assembly.ts";
import type { Azure, AzureOptions } from "./azure.ts";
import { doorRoutes } from "./doors.ts";
import { createGateway, type Gateway } from "./gateway/gateway.ts";
import { logStreamRoute } from "./http/arm/container-apps/log-stream.ts";
import type { ContainerServiceProvider } from "./http/arm/container-service/provider.ts";
import { createArmServer } from "./http/arm/server.ts";
import { federatedToken } from "./http/identity/federation.ts";
import { createIdentityServer, identityRoute } from "./http/identity/routes.ts";
import type { TokenIssuer } from "./http/identity/tokens.ts";
import { ClusterServers } from "./http/kubernetes/cluster-servers.ts";
import { createKubectlCommands } from "./http/kubernetes/kubectl-commands.ts";
import { createCertificates } from "./http/tls.ts";
import { certificateNames, checkListening } from "./listen-options.ts";
import { createModelRuntime } from "./runtime/model/runtime.ts";
import { createProcessRuntime } from "./runtime/process/runtime.ts";
import { exportState, importState } from "./saved-state/saved-state.ts";
import type { Runtime } from "./world/ports.ts";
import type { World } from "./world/world.ts";

/** Starts an embedded Azure: on the system's clock, with servers for its doors. Rejects when a port is taken, and has then left nothing running. */
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
  const { appsHttpsPort } = options;
  const gateway = await createGateway({
    clock: kernel.clock,
    host,
    port: port === 0 ? 0 : port + 1,
    ...(appsHttpsPort === undefined ? {} : { secure: { certificates, port: appsHttpsPort } }),
  });
  stack.defer(() => gateway.close());
  const assembly = assemble({
    kernel,
    timeScale,
    options,
    dataPlane: gateway,
    createRuntime: (base) => createRuntime(options, base, gateway),
    createDoors: (doors) => new ClusterServers({ ...doors, certificates, host, firstPort: port === 0 ? 0 : port + 3 }),
    createCommands: createKubectlCommands,
  });
  const { armOptions, doors: servers, ids, control, containerService, apps, tokens, world } = assembly;
  stack.defer(() => servers.close());
  stack.defer(() => assembly.close());

  const identity = { tokens, ...ids };
  const identityServer = await createIdentityServer({ ...identity, host, port: port === 0 ? 0 : port + 2 });
  stack.defer(() => identityServer.close());
  const arm = await createArmServer({
    ...armOptions,
    certificates,
    host,
    port,
    extraRoutes: [
      identityRoute(identity, "https"),
      logStreamRoute({ world, apps, tokens }),
      ...doorRoutes(assembly, control, options.token),
    ],
  });
  stack.defer(() => arm.close());

  const { faults, switches } = assembly;
  const state = { armOptions, service: containerService.service, apps, faults, switches };
  const signIn = { armUrl: arm.url, identityEndpoint: identityServer.endpoint, ids, tokens };
  return running(stack.move(), {
    ...signInOf(signIn),
    armUrl: arm.url,
    caCertificate: certificates.caPem,
    gateway: gateway.address(),
    secureGateway: gateway.secureAddress(),
    kubeconfigs: () => kubeconfigsOf(containerService, servers),
    exportState: () => exportState(state),
    importState: (text) => importState(text, state),
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
