import type { ArmOperation } from "../world/arm/operations.ts";
import type { ContainerService } from "../world/container-service/environment.ts";
import type { AgentPool, ManagedCluster, Outcome, ProvisioningState } from "../world/container-service/state.ts";
import { clusterId, poolId } from "../world/container-service/views.ts";
import type { Work } from "../world/container-service/work.ts";
import { durationMs } from "../world/world.ts";
import { watchAutoscaling } from "./cluster-autoscaler/autoscaler.ts";
import { watchNodes } from "./node-repair.ts";

export interface OperationSpec {
  /** For messages: `upgrade managed cluster`. */
  readonly title: string;
  readonly state: ProvisioningState;
  /** What the Location URL answers in the end. Default: nothing (204). */
  readonly result?: () => unknown;
  /** Called when the work has succeeded, before the operation does. */
  readonly succeeded?: () => void;
}

/** Begins a write on a cluster, or on one of its pools. Nothing may be under way there: see `refuseWhileBusy`. */
export function beginOperation(
  service: ContainerService,
  cluster: ManagedCluster,
  owner: ManagedCluster | AgentPool,
  spec: OperationSpec,
  work: Work,
): ArmOperation {
  const arm = startArmOperation(service, cluster, owner, spec.result);
  owner.provisioningState = spec.state;
  owner.operation = { arm, title: spec.title, startMs: arm.startMs, task: { cancel: () => {} } };
  owner.operation.task = work((outcome) => {
    if (outcome.kind === "succeeded") spec.succeeded?.();
    endOperation(service, cluster, owner, outcome);
  });
  return arm;
}

/** Stops what is under way on `owner`, where it is. Nothing is rolled back (azure-facts 1.5). Undefined when nothing is. */
export function abortOperation(
  service: ContainerService,
  cluster: ManagedCluster,
  owner: ManagedCluster | AgentPool,
): ArmOperation | undefined {
  const aborted = owner.operation;
  if (!aborted || owner.provisioningState === "Canceling") return undefined;
  const abort = startArmOperation(service, cluster, owner);
  owner.provisioningState = "Canceling";
  service.world.clock.after(durationMs(service.world, "managedClusters.abort", cluster.random), () => {
    if (owner.operation !== aborted) {
      const message = `The operation '${aborted.arm.id}' ended before it could be aborted.`;
      service.operations.fail(abort, { code: "OperationNotAllowed", message });
      return;
    }
    aborted.task.cancel();
    const message = `The ${aborted.title} operation was aborted by a client.`;
    endOperation(service, cluster, owner, { kind: "canceled", error: { code: "OperationCanceled", message } });
    service.operations.succeed(abort);
  });
  return abort;
}

/** What is under way there has been done already: it ends now, and its work is left where it is. */
export function endEarly(service: ContainerService, cluster: ManagedCluster): void {
  cluster.operation?.task.cancel();
  endOperation(service, cluster, cluster, { kind: "succeeded" });
}

function startArmOperation(
  service: ContainerService,
  cluster: ManagedCluster,
  owner: ManagedCluster | AgentPool,
  result: () => unknown = () => undefined,
): ArmOperation {
  const { location, subscription } = cluster;
  return service.operations.start({
    about: owner === cluster ? clusterId(cluster) : poolId(cluster, owner.name),
    provider: "Microsoft.ContainerService",
    location,
    kind: "",
    subscription,
    result,
  });
}

function endOperation(
  service: ContainerService,
  cluster: ManagedCluster,
  owner: ManagedCluster | AgentPool,
  outcome: Outcome,
): void {
  const arm = owner.operation?.arm;
  owner.operation = undefined;
  owner.eTag = cluster.random.uuid();
  // A write on the cluster changes the eTags of its pools as well (AKS docs, use eTags).
  if (owner === cluster) for (const pool of cluster.pools.values()) pool.eTag = cluster.random.uuid();
  const isDeleted = cluster.provisioningState === "Deleting";
  settle(cluster, owner, outcome);
  if (!isDeleted) {
    watchAutoscaling(service, cluster);
    watchNodes(service, cluster);
  }
  if (arm) report(service, arm, outcome);
}

/** A pool that fails takes its cluster along; the cluster is well again when all of its pools are. */
function settle(cluster: ManagedCluster, owner: ManagedCluster | AgentPool, outcome: Outcome): void {
  owner.provisioningState = stateAfter(outcome);
  if (owner === cluster) {
    // What the cluster's own write had under way on pools ends with it.
    for (const pool of cluster.pools.values()) if (isTransient(pool)) pool.provisioningState = stateAfter(outcome);
    return;
  }
  const pools = [...cluster.pools.values()];
  if (outcome.kind !== "succeeded") cluster.provisioningState = stateAfter(outcome);
  else if (pools.every(({ provisioningState }) => provisioningState === "Succeeded")) {
    cluster.provisioningState = "Succeeded";
  }
}

function isTransient({ provisioningState }: AgentPool): boolean {
  return !["Succeeded", "Failed", "Canceled"].includes(provisioningState);
}

function stateAfter(outcome: Outcome): ProvisioningState {
  switch (outcome.kind) {
    case "succeeded":
      return "Succeeded";
    case "failed":
      return "Failed";
    case "canceled":
      return "Canceled";
  }
}

function report({ operations }: ContainerService, arm: ArmOperation, outcome: Outcome): void {
  switch (outcome.kind) {
    case "succeeded":
      operations.succeed(arm);
      return;
    case "failed":
      operations.fail(arm, outcome.error);
      return;
    case "canceled":
      operations.cancel(arm, outcome.error);
      return;
  }
}
