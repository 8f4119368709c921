import type { TokenCredential } from "@azure/core-auth";
import type { ArmOptions, KubernetesTransport } from "@fairway/aks";
import type { Clock, DeploymentTarget, Fence } from "@fairway/core";
import { parseTargetAddress, type TargetAddress } from "./address.ts";
import { defaultCredential } from "./default-credential.ts";
import { fencedClient } from "./fenced-client.ts";
import { systemClock } from "./system-clock.ts";

export interface ConnectOptions {
  /** Default: `DefaultAzureCredential` of @azure/identity. */
  readonly credential?: TokenCredential;
  /** Another resource manager than the public one (a sovereign cloud, the embedded Azure), and its authority as PEM. */
  readonly arm?: { readonly endpoint: string; readonly caCertificate?: string };
  /** AKS: where the cluster's credentials come from. `arm` asks Azure for the caller's own. Default `arm`. */
  readonly kubeconfig?: "arm" | { readonly path: string };
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** How requests travel. Default: over HTTPS. A simulation answers them inside the process. */
  readonly transport?: Transport;
  /** Awaited before each request that changes something; when it rejects nothing is sent. Default: everything is. */
  readonly fence?: Fence | undefined;
  /** How often a target looks whether something has happened that nobody tells it. Default 1000. */
  readonly pollMs?: number;
}

type HttpClient = NonNullable<ArmOptions["httpClient"]>;

export interface Transport {
  /** To Azure Resource Manager. */
  readonly arm: HttpClient;
  readonly kubernetes: KubernetesTransport;
}

/**
 * The target at an address: `aks://SUBSCRIPTION/GROUP/CLUSTER/NAMESPACE` or `aca://SUBSCRIPTION/GROUP/ENVIRONMENT`.
 * Only now the libraries of that target are loaded. Rejects with `target-invalid`, `target-not-found`,
 * `unauthenticated`, `forbidden` or `unreachable`.
 *
 * @example
 * const target = await connect("aca://11111111-2222-4333-8444-555555555555/shop/production");
 * const revision = await target.apply(app).result();
 */
export async function connect(address: string, options: ConnectOptions = {}): Promise<DeploymentTarget> {
  const parsed = parseTargetAddress(address);
  const common = {
    address: parsed.canonical,
    subscriptionId: parsed.subscriptionId,
    resourceGroup: parsed.resourceGroup,
    credential: options.credential ?? (await defaultCredential()),
    clock: options.clock ?? systemClock,
    ...(options.arm ? { arm: options.arm } : {}),
  };
  return open(parsed, common, await fencedClient(options), options);
}

type Common = Omit<Parameters<typeof import("@fairway/container-apps").createContainerAppsTarget>[0], "environment">;

async function open(
  parsed: TargetAddress,
  common: Common,
  httpClient: HttpClient | undefined,
  { transport, kubeconfig, pollMs, fence }: ConnectOptions,
): Promise<DeploymentTarget> {
  switch (parsed.kind) {
    case "aca": {
      const { createContainerAppsTarget } = await import("@fairway/container-apps");
      return createContainerAppsTarget({
        ...common,
        environment: parsed.environment,
        ...(httpClient ? { clientOptions: { httpClient } } : {}),
        ...(pollMs === undefined ? {} : { waits: { readyPollMs: pollMs } }),
      });
    }
    case "aks": {
      const { createAksTarget } = await import("@fairway/aks");
      const { cluster, namespace } = parsed;
      return createAksTarget({
        ...common,
        cluster,
        namespace,
        kubeconfig: kubeconfig ?? "arm",
        ...(httpClient ? { arm: { ...common.arm, httpClient } } : {}),
        ...(transport ? { kubernetesTransport: transport.kubernetes } : {}),
        ...(fence ? { fence } : {}),
        ...(pollMs === undefined ? {} : { pollMs }),
      });
    }
  }
}
