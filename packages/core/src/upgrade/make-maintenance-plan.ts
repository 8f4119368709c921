import { FairwayError } from "@fairway/model";
import type { RunningReplica, WeeklyHours } from "../capabilities.ts";
import { clusterOf, type Gate, gateTitle, hoursText, type Step, type UpgradePlan } from "./plan.ts";

export interface MaintenanceRequest {
  /** Hours to set. Default: those that are set. */
  readonly hours?: WeeklyHours;
  /** Whether changes of the apps are refused meanwhile. Default true. */
  readonly holds?: boolean;
  readonly gates?: readonly Gate[];
}

/** Where the maintenance happens, as it stands. */
export interface MaintainedTarget {
  readonly address: string;
  readonly hours: WeeklyHours | undefined;
  readonly replicas: readonly RunningReplica[];
}

/**
 * The platform's own maintenance as an upgrade: what stands against it, its hours, no releases while replicas are
 * replaced, and a look afterwards. Throws `upgrade-invalid` without hours: then nobody knows when it comes.
 */
export function makeMaintenancePlan(request: MaintenanceRequest, target: MaintainedTarget): UpgradePlan {
  const { gates = [], holds = true } = request;
  const { address, replicas } = target;
  const hours = request.hours ?? target.hours;
  if (!hours) {
    throw new FairwayError("upgrade-invalid", `${address} has no maintenance hours: it happens at any time.`, {
      hint: 'Name the hours that it is to have: --hours "Tuesday 01:00 8h".',
      path: "hours",
    });
  }
  const steps: Step[] = [];
  const add = (id: string, title: string, action: Step["action"]) =>
    void steps.push({ id, title, target: address, action });
  const gate = (one: Gate) => add(`gate-${steps.length + 1}`, gateTitle(one), { kind: "gate", gate: one });

  add("check", "look for what stands against a maintenance", { kind: "check" });
  for (const one of gates) if (one.kind === "person") gate(one);
  if (request.hours && !isSame(request.hours, target.hours)) {
    const from = target.hours === undefined ? {} : { from: target.hours };
    add("hours", `let maintenance happen on ${hoursText(hours)}`, { kind: "set-hours", hours, ...from });
  }
  gate({ kind: "weekly", hours });
  if (holds) add("hold", "let Azure refuse changes of the apps", { kind: "hold" });
  add("follow", "follow the replicas while they are replaced", { kind: "follow-maintenance", hours });
  if (holds) add("release-hold", "let the apps be changed again", { kind: "release-hold" });
  add("verify", "look whether apps are healthy", { kind: "verify" });
  for (const one of gates) if (one.kind === "command" || one.kind === "metric") gate(one);
  const apps = new Set(replicas.map(({ app }) => app)).size;
  return {
    strategy: "maintenance",
    cluster: clusterOf(address),
    version: "updated machines",
    from: { version: `${replicas.length} replicas of ${apps} apps`, pools: {} },
    steps,
  };
}

function isSame(a: WeeklyHours, b: WeeklyHours | undefined): boolean {
  return b !== undefined && hoursText(a) === hoursText(b);
}
