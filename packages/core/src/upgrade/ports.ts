import { type App, FairwayError, type Finding } from "@fairway/model";
import type { Clock } from "../clock.ts";
import type { Switcher, SwitcherReference } from "../switcher.ts";
import type { DeploymentTarget } from "../target.ts";
import type { Journal } from "./journal.ts";
import type { ReleaseSource, UpgradePlan } from "./plan.ts";

/**
 * Awaited by whoever sends a call that changes something, last of all before it leaves. Rejects with `lease-held` when another
 * process drives by now: then nothing is sent.
 */
export type Fence = () => Promise<void>;

/** What an upgrade needs of the world around it. */
export interface UpgradePorts {
  readonly clock: Clock;
  readonly journal: Journal;
  /** Who drives: a name that others recognise in the journal. */
  readonly by: string;
  /**
   * The target at an address of the plan. Closing it is the caller's affair. `fence`: for `connect` of the SDK, so that a process
   * that has stood still sends nothing more when another one drives.
   */
  connect(address: string, fence?: Fence): Promise<DeploymentTarget>;
  /** What moves traffic between clusters. Only for plans that name one. */
  switcher?(reference: SwitcherReference, fence?: Fence): Promise<Switcher>;
  /** What stands against the upgrade, without what is ignored on purpose. */
  check(
    target: DeploymentTarget,
    upgrade: { readonly version?: string; readonly pools?: readonly string[] },
  ): Promise<readonly Finding[]>;
  /** The description of an app with its secrets, which no plan has. Needed by plans that release one. */
  app?(name: string, source: ReleaseSource | undefined): Promise<App>;
  readonly gates: GatePorts;
  /** Whether somebody reads what happens to the nodes while a step goes on. Default true. */
  readonly tellsNodes?: boolean;
  /** How often the cluster and requests of others are looked at. Default 1000. */
  readonly pollMs?: number;
}

/** What moves the traffic of a plan. */
export async function switcherOf({ switcher }: UpgradePorts, plan: UpgradePlan): Promise<Switcher> {
  if (plan.switcher && switcher) return await switcher(plan.switcher);
  throw new FairwayError(
    "not-supported",
    `Nothing moves traffic between the clusters of the plan for ${plan.cluster}.`,
    {
      hint: "The program that drives the upgrade must give it a switcher, as the command line does.",
    },
  );
}

export interface GatePorts {
  /** Runs a command of a team, with the address of the target. */
  command(
    command: string,
    target: string,
    signal: AbortSignal,
  ): Promise<{ readonly passed: boolean; readonly evidence: string }>;
  /** The value of a metric query now. */
  metric(query: string, signal: AbortSignal): Promise<number>;
}
