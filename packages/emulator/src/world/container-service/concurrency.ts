import { refusal } from "./errors.ts";
import type { AgentPool, ManagedCluster, RunningOperation } from "./state.ts";

/**
 * Throws 409 while another write is under way: on the cluster, or on the pool. A write on the cluster waits for all of its
 * pools; pools do not wait for one another (azure-facts 1.1). Throws 409 for a cluster that is stopped, too.
 */
export function refuseWhileBusy(cluster: ManagedCluster, pool: AgentPool | undefined, nowMs: number): void {
  refuseWhileRunning(cluster, pool, nowMs);
  if (cluster.power.code === "Stopped") throw refusal(409, "OperationNotAllowed", powerText(cluster, "the operation"));
}

/** As `refuseWhileBusy`, for what can be done to a cluster that is stopped. */
export function refuseWhileRunning(cluster: ManagedCluster, pool: AgentPool | undefined, nowMs: number): void {
  const pools = pool ? [pool] : [...cluster.pools.values()];
  const running = cluster.operation ?? pools.find(({ operation }) => operation)?.operation;
  if (running) throw refusal(409, "OperationNotAllowed", busyText(running, cluster.name, nowMs));
}

/** `what`: `stopping`, as in reports of the real message. */
export function powerText({ provisioningState, power }: ManagedCluster, what: string): string {
  return `managed cluster is in Provisioning State(${provisioningState}) and Power State(${power.code}), ${what} cannot be performed`;
}

function busyText({ title, startMs, arm }: RunningOperation, cluster: string, nowMs: number): string {
  const started = new Date(startMs).toISOString();
  const seconds = Math.round((nowMs - startMs) / 1_000);
  return `Operation is not allowed: Another operation (${title}) is in progress on cluster ${cluster}, started at ${started}, ${seconds} seconds ago (operation ${arm.id}). Please wait for it to finish before starting a new operation. See https://aka.ms/aks-pending-operation`;
}
