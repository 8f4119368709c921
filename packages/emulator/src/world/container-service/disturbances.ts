import type { OperationError } from "../arm/operations.ts";

/** What faults do to work that is under way. Each is asked when it could happen; undefined: all is well. */
export interface Disturbances {
  /** Once for each machine that is made or redeployed: why there is no place for it. */
  allocation(cluster: string, pool: string): OperationError | undefined;
  /** At the end of the control plane's upgrade. */
  controlPlane(cluster: string): OperationError | undefined;
  /** Before each batch of an upgrade, with the number of nodes that are done. */
  interruption(cluster: string, pool: string, upgraded: number): Interruption | undefined;
}

export interface Interruption {
  readonly error: OperationError;
  /** The next node stays cordoned and the surge nodes stay; otherwise surge nodes are removed. */
  readonly leavesBehind: boolean;
}

export const noDisturbances: Disturbances = {
  allocation: () => undefined,
  controlPlane: () => undefined,
  interruption: () => undefined,
};

/** There is no place for a machine. */
export function noCapacity(code = "ZonalAllocationFailed"): OperationError {
  const message = `Allocation failed. We do not have sufficient capacity for the requested VM size in this zone. Read more about improving likelihood of allocation success at http://aka.ms/allocation-guidance`;
  return { code, message };
}

export function controlPlaneUnsettled(cluster: string, code = "ControlPlaneProvisioningInternalError"): OperationError {
  return { code, message: `Reconcile control plane of ${cluster} failed: it did not settle within its time.` };
}
