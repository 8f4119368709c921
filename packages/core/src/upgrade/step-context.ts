import { FairwayError } from "@fairway/model";
import type { ClusterStatus, UpgradeControl, UpgradeOptions } from "../capabilities.ts";
import { poll } from "../clock.ts";
import type { Operation } from "../operation.ts";
import { isBusy } from "../provisioning-state.ts";
import type { Switcher } from "../switcher.ts";
import type { DeploymentTarget } from "../target.ts";
import type { UpgradePorts } from "./ports.ts";

/** What one step works with. */
export interface StepContext {
  readonly ports: UpgradePorts;
  readonly target: DeploymentTarget;
  readonly upgrades: UpgradeControl;
  /** When the step was begun first, by this process or by one before. */
  readonly begunAtMs: number;
  /** What moves traffic between the clusters of the plan. */
  switcher(): Promise<Switcher>;
  /** The address to connect to a cluster of the plan by; undefined for everything else. */
  addressOf(cluster: string): string | undefined;
  /** Aborts when the process ends its waiting, or somebody aborts the upgrade. */
  readonly signal: AbortSignal;
  report(message: string): void;
  /**
   * Starts long work, unless another process drives by now, and follows it. An abort of the upgrade cancels it, the end of
   * this process leaves it to Azure. When another process has taken over it is cancelled, too, unless it `staysInAzure`:
   * cancelling would stop what that one follows.
   */
  follow<T>(start: () => Operation<T>, how?: { readonly staysInAzure: boolean }): Promise<T>;
}

/** An upgrade in Azure, or a part of one; another process follows the same. */
export async function upgradeTo(
  version: string,
  { ports, upgrades, follow }: StepContext,
  options: UpgradeOptions = {},
): Promise<void> {
  const quiet = ports.tellsNodes === false ? { tellsNodes: false } : {};
  await follow(() => upgrades.start(version, { ...options, ...quiet }), { staysInAzure: true });
}

/** The cluster when nothing runs in it any more: what another process began is waited for. */
export async function settled({ ports, upgrades, signal, report }: StepContext): Promise<ClusterStatus> {
  let isTold = false;
  return await poll(
    ports.clock,
    async () => {
      const status = await upgrades.status();
      const busy = busyWith(status);
      if (busy === undefined) return status;
      if (!isTold) report(`Waiting for the end of what runs already: ${busy}`);
      isTold = true;
      return undefined;
    },
    {
      everyMs: ports.pollMs ?? defaultPollMs,
      timeoutMs: longestOperationMs,
      signal,
      onTimeout: () =>
        new FairwayError("operation-timeout", "An operation of the cluster has been running for a day.", {
          hint: "Look at it in the portal, and abort it: az aks operation-abort.",
        }),
    },
  );
}

export const defaultPollMs = 1_000;
const longestOperationMs = 24 * 3_600_000;

/** What runs in the cluster now; undefined when nothing does. */
export function busyWith({ provisioningState, pools }: ClusterStatus): string | undefined {
  if (isBusy(provisioningState)) return `the cluster is ${provisioningState}`;
  const pool = pools.find((one) => isBusy(one.provisioningState));
  return pool && `node pool ${pool.name} is ${pool.provisioningState}`;
}
