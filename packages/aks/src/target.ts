import type { TokenCredential } from "@azure/core-auth";
import {
  type Capabilities,
  type Clock,
  type DeploymentTarget,
  type Fence,
  type OperationContext,
  runOperation,
} from "@fairway/core";
import { FairwayError, NotSupportedError, parseApp } from "@fairway/model";
import type { V1Deployment } from "@kubernetes/client-node";
import { applyApp } from "./apply.ts";
import { createArm } from "./arm/arm.ts";
import type { Arm, ArmOptions } from "./arm/arm-types.ts";
import { createClusterControl } from "./clusters/clusters.ts";
import type { AksContext } from "./context.ts";
import type { KubernetesTransport } from "./kubernetes/connection.ts";
import { kubeConfigFromArm, kubeConfigFromFile } from "./kubernetes/kube-config.ts";
import { createKubernetes } from "./kubernetes/kubernetes.ts";
import { removeLabel, setLabel } from "./labels.ts";
import { readLogs } from "./logs.ts";
import { withoutSecrets } from "./manifests/deployment.ts";
import { type GatewayOptions, gatewaySettings } from "./manifests/gateway.ts";
import { appLabel, managedLabels } from "./names.ts";
import { planApp } from "./plan.ts";
import { createPreflight } from "./preflight/preflight.ts";
import { removeApp } from "./remove.ts";
import { listRevisions } from "./revisions.ts";
import { scaleApp } from "./scale.ts";
import { shiftTraffic } from "./shift.ts";
import { statusesOf, statusOf } from "./status.ts";
import { createUpgradeControl } from "./upgrades/upgrades.ts";

export interface AksTargetOptions {
  /** Canonical form: `aks://SUBSCRIPTION/GROUP/CLUSTER/NAMESPACE`. */
  readonly address: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly credential: TokenCredential;
  readonly clock: Clock;
  readonly arm?: ArmOptions;
  /** Where the credentials of the cluster come from. Default `arm`: those of the user, through Azure. */
  readonly kubeconfig?: "arm" | { readonly path: string };
  /** How requests of the Kubernetes API travel, logs apart. Default: over HTTPS. */
  readonly kubernetesTransport?: KubernetesTransport;
  /** Awaited before each request of the Kubernetes API that changes something; when it rejects nothing is sent. */
  readonly fence?: Fence;
  readonly gateway?: GatewayOptions;
  /** How often is looked whether something has happened. Default 1000. */
  readonly pollMs?: number;
}

/**
 * A namespace of an AKS cluster as a deployment target. Asks Azure for the credentials of the cluster, so it rejects
 * with `target-not-found`, `forbidden` or `unauthenticated` before anything is done.
 */
export async function createAksTarget(options: AksTargetOptions): Promise<DeploymentTarget> {
  checkNamespace(options.namespace);
  const arm = createArm(options, options.credential, options.arm);
  const kubeConfig =
    options.kubeconfig === undefined || options.kubeconfig === "arm"
      ? kubeConfigFromArm(await arm.userKubeConfig(), options.credential)
      : kubeConfigFromFile(options.kubeconfig.path);
  const gateway = options.gateway ?? {};
  return targetOf({
    address: options.address,
    kubernetes: createKubernetes(kubeConfig, options.namespace, options.clock, {
      ...(options.kubernetesTransport ? { transport: options.kubernetesTransport } : {}),
      ...(options.fence ? { fence: options.fence } : {}),
    }),
    arm,
    clock: options.clock,
    gateway: gatewaySettings(gateway, options.namespace),
    pollMs: options.pollMs ?? 1_000,
    domain: async () => gateway.domain ?? (await clusterDomain(arm)),
  });
}

function targetOf(context: AksContext): DeploymentTarget {
  const { address, clock, kubernetes } = context;
  function operation<T>(call: string, args: readonly unknown[], work: (running: OperationContext) => Promise<T>) {
    return runOperation({ target: address, call, arguments: args, clock }, work);
  }
  const capabilities: Partial<Capabilities> = {
    upgrades: createUpgradeControl(context),
    preflight: createPreflight(context),
    clusters: createClusterControl(context),
    labels: {
      set: (app, label, revision) =>
        operation("labels.set", [app, label, revision], (running) =>
          setLabel(context, { app, label, revision }, running),
        ),
      remove: (app, label) => operation("labels.remove", [app, label], () => removeLabel(context, app, label)),
    },
  };
  return {
    address,
    plan: async (app) => planApp(context, parseApp(app)),
    apply: (app, options = {}) =>
      operation("apply", [withoutSecrets(app), options], (running) =>
        applyApp(context, parseApp(app), options, running),
      ),
    shift: (app, weights) =>
      operation("shift", [app, weights], (running) => shiftTraffic(context, app, weights, running)),
    scale: (app, bounds) => operation("scale", [app, bounds], (running) => scaleApp(context, app, bounds, running)),
    revisions: (app) => listRevisions(context, app),
    status: (app) => statusOf(context, app),
    apps: () => listApps(context),
    statuses: () => statusesOf(context),
    logs: (app, options = {}) => readLogs(context, app, options),
    remove: (app) => operation("remove", [app], (running) => removeApp(context, app, running)),
    capability(name) {
      const capability = capabilities[name];
      if (capability) return capability;
      throw new NotSupportedError(String(name), address, `It has ${Object.keys(capabilities).join(" and ")}.`);
    },
    supports: (name) => Object.hasOwn(capabilities, name),
    close: () => kubernetes.close(),
  };
}

async function listApps({ kubernetes }: AksContext): Promise<readonly string[]> {
  const deployments = await kubernetes.list<V1Deployment>("apps/v1", "Deployment", { labels: managedLabels });
  const names = deployments.map(({ metadata }) => metadata?.labels?.[appLabel]).filter((name) => name !== undefined);
  return [...new Set(names)].toSorted();
}

/** The DNS zone of the application routing add-on where there is one, else the name of the cluster itself. */
async function clusterDomain(arm: Arm): Promise<string> {
  const cluster = await arm.cluster();
  const zone = cluster.ingressProfile?.webAppRouting?.dnsZoneResourceIds?.[0]?.split("/").at(-1);
  const domain = zone ?? cluster.fqdn ?? cluster.privateFqdn;
  if (domain) return domain;
  throw new FairwayError("target-invalid", `Cluster ${cluster.name ?? ""} has no domain for host names.`, {
    hint: "Give the app an ingress.host, or the target a gateway.domain.",
  });
}

/** RFC 1123 label, as Kubernetes wants it. */
function checkNamespace(namespace: string): void {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) return;
  throw new FairwayError("target-invalid", `"${namespace}" cannot be the name of a namespace.`, {
    hint: "Use at most 63 characters of a-z, 0-9 and '-'.",
    path: "namespace",
  });
}
