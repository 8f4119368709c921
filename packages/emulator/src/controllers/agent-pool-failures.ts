import type { OperationError } from "../world/arm/operations.ts";
import { vcpuBalance } from "../world/container-service/vcpu-quota.ts";
import type { BlockedPod } from "./agent-pool-drain.ts";
import type { PoolScope } from "./agent-pool-machine.ts";

type Blocked = ReadonlyMap<string, readonly BlockedPod[]>;

/** Nodes, pods and what the API server said (azure-facts 1.4, `UpgradeFailed`). */
export function drainFailure(
  { pool }: PoolScope,
  blocked: Blocked,
  minutes = pool.properties.upgradeSettings.drainTimeoutInMinutes ?? 30,
): OperationError {
  const nodes = [...blocked].map(([node, pods]) => `node ${node}: ${pods.map(podText).join("; ")}`);
  const text = `Drain of ${blocked.size === 1 ? "a node" : `${blocked.size} nodes`} in agent pool ${pool.name} did not complete within ${minutes} minutes. ${nodes.join(". ")}. See https://aka.ms/aks/debugdrainfailures`;
  return { code: "UpgradeFailed", message: text };
}

export function spentSurgeFailure(scope: PoolScope, blocked: Blocked, remaining: number): OperationError {
  const { code, message } = drainFailure(scope, blocked);
  const text = `Cordoned nodes have consumed all surge nodes of agent pool ${scope.pool.name} while ${remaining} nodes remain to be upgraded. ${message}`;
  return { code, message: text };
}

/** The virtual machine came up, but its node never joined the cluster. */
export function joinFailure({ cluster, pool }: PoolScope, nodes: readonly string[]): OperationError {
  const text = `Provisioning of ${nodes.join(", ")} in agent pool ${pool.name} timed out: the node did not become ready in cluster ${cluster.name}. Check that it can reach ${cluster.fqdn} on port 443.`;
  return { code: "VMExtensionProvisioningTimeout", message: text };
}

export function quotaFailure({ service, cluster, pool }: PoolScope): OperationError {
  const { family, location, limit, used } = vcpuBalance(service, cluster, pool.size.family);
  const text = `Operation could not be completed as it results in exceeding approved ${family} Cores quota. Location: ${location}, current limit: ${limit}, current usage: ${used}, additional required: ${pool.size.vcpus}.`;
  return { code: "QuotaExceeded", message: text };
}

function podText({ pod, why }: BlockedPod): string {
  return `pod ${pod} (${why})`;
}
