import type { OperationError } from "../world/arm/operations.ts";
import type { Cluster } from "../world/cluster.ts";
import { controlPlaneUnsettled, type Disturbances, noCapacity } from "../world/container-service/disturbances.ts";
import { defaultVcpuQuota } from "../world/container-service/vcpu-quota.ts";
import type { KubeRequest } from "../world/kubernetes/request.ts";
import { StatusError } from "../world/kubernetes/status-error.ts";
import { deadWebhookName, webhooks } from "./cluster-effects.ts";
import { type Faults, isSame } from "./faults.ts";

/** What faults do to the work of AKS. */
export function clusterFaults(faults: Faults): Disturbances {
  return {
    allocation(cluster, pool) {
      const fault = faults.active("zonal-capacity").find((one) => isOfPool(one.parameters, cluster, pool));
      if (!fault) return undefined;
      return noCapacity(fault.parameters.code);
    },
    controlPlane(cluster) {
      const fault = faults.active("controlplane-stuck").find(({ parameters }) => isSame(parameters.cluster, cluster));
      if (!fault) return undefined;
      return controlPlaneUnsettled(cluster, fault.parameters.code);
    },
    interruption(cluster, pool, upgraded) {
      for (const kind of ["state-drift", "leftover-cordon"] as const) {
        const fault = faults.active(kind).find((one) => isOfPool(one.parameters, cluster, pool));
        if (!fault || upgraded < (fault.parameters.afterNodes ?? 1)) continue;
        faults.end(fault);
        return { error: interrupted(pool, upgraded), leavesBehind: kind === "leftover-cordon" };
      }
      return undefined;
    },
  };
}

/** vCPUs of a family that may be used. */
export function quotaWithFaults(faults: Faults): (location: string, family: string) => number {
  return (_, family) => {
    const limits = faults
      .active("quota-surge")
      .filter(({ parameters }) => parameters.family === undefined || isSame(parameters.family, family));
    return Math.min(defaultVcpuQuota, ...limits.map(({ parameters }) => parameters.vcpus));
  };
}

/** Throws what the API server of a cluster answers while a fault is in force. */
export type RefuseKubernetes = (cluster: Cluster, request: Pick<KubeRequest, "method" | "path">) => void;

const throughTunnel =
  /^\/api\/v1\/(?:namespaces\/[^/]+\/pods\/[^/]+\/(?:log|exec|attach|portforward|proxy)|nodes\/[^/]+\/proxy)/;
const namespaced = /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/namespaces\/([^/]+)\/([^/]+)/;

export function kubernetesFaults(faults: Faults): RefuseKubernetes {
  return (cluster, { method, path }) => {
    const ofCluster = (parameters: { readonly cluster: string }) => isSame(parameters.cluster, cluster.name);
    const tunnel = faults.active("konnectivity-broken").some(({ parameters }) => ofCluster(parameters));
    if (tunnel && throughTunnel.test(path)) {
      throw new StatusError(500, "InternalError", "error dialing backend: No agent available");
    }
    const [, namespace] = namespaced.exec(path) ?? [];
    if (namespace === undefined || namespace === "kube-system" || !["POST", "PUT", "PATCH"].includes(method)) return;
    if (/\/(?:eviction|token|binding|log)$/.test(path)) return;
    for (const fault of faults.active("webhook-deadlock")) {
      if (!ofCluster(fault.parameters)) continue;
      if (!cluster.store.get(webhooks, undefined, deadWebhookName(fault.id))) continue;
      throw webhookFailed(fault.parameters.webhook ?? "validate.policy.fairway.test");
    }
  };
}

function webhookFailed(webhook: string): StatusError {
  const why = `failed calling webhook "${webhook}": failed to call webhook: Post "https://policy-webhook.policy-system.svc:443/validate?timeout=10s": no endpoints available for service "policy-webhook"`;
  return new StatusError(500, "InternalError", `Internal error occurred: ${why}`, {
    causes: [{ reason: "", message: why }],
  });
}

function interrupted(pool: string, upgraded: number): OperationError {
  const text = `Internal server error: the upgrade of agent pool ${pool} stopped after ${upgraded} nodes.`;
  return { code: "InternalOperationError", message: text };
}

function isOfPool(
  parameters: { readonly cluster: string; readonly pool: string },
  cluster: string,
  pool: string,
): boolean {
  return isSame(parameters.cluster, cluster) && isSame(parameters.pool, pool);
}
