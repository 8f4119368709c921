import type { Finding, FindingCode, FindingSeverity } from "@fairway/model";
import type { AppFacts, EnvironmentFacts } from "./environment-facts.ts";
import { inOrder } from "./order.ts";

/** What stands against the platform's own maintenance, and against new revisions. Source of each rule: Container Apps docs. */
export function checkEnvironment(facts: EnvironmentFacts): readonly Finding[] {
  const perApp = facts.apps.flatMap((app) => appChecks.flatMap((check) => check(app, facts)));
  return inOrder([...perApp, ...checkWindow(facts)]);
}

type AppCheck = (app: AppFacts, environment: EnvironmentFacts) => readonly Finding[];

/** FW042: a queue rule counts the same messages for each active revision, and every one of them consumes. */
const checkQueueConsumer: AppCheck = (app) => {
  if (app.revisionMode.toLowerCase() === "single" || !app.rules.some(isQueueRule)) return [];
  const evidence = `${app.rules.filter(isQueueRule).join(", ")} in revision mode ${app.revisionMode}: every active revision scales on the same queue`;
  return [finding("FW042", "recommended", app, evidence, command(app, "--mode single", "revision set-mode"))];
};

/** FW043: nothing is left that could wake it. */
const checkWakeUp: AppCheck = (app) => {
  if (app.hasIngress || app.minReplicas > 0 || app.rules.length > 0) return [];
  const evidence = "no ingress, no scale rule and minReplicas 0";
  return [finding("FW043", "required", app, evidence, command(app, "--min-replicas 1"))];
};

/** FW044 */
const checkMinReplicas: AppCheck = (app) => {
  if (app.minReplicas > 1) return [];
  const evidence = `minReplicas ${app.minReplicas}: maintenance may stop the only replica before the next one is ready`;
  return [finding("FW044", "recommended", app, evidence, command(app, "--min-replicas 2"))];
};

/** FW045: sticky sessions need the single revision mode. */
const checkAffinity: AppCheck = (app) => {
  if (!app.isSticky || app.activeRevisions.length < 2) return [];
  const evidence = `sticky sessions with ${app.activeRevisions.length} active revisions: callers change between them`;
  return [
    finding(
      "FW045",
      "recommended",
      app,
      evidence,
      "Keep sessions outside of the replicas, or use revision mode single.",
    ),
  ];
};

/** FW046: a template that does not name them sets weights and labels back. */
const checkTraffic: AppCheck = (app) => {
  if (!app.hasRuntimeTraffic) return [];
  const evidence = "weights or labels were set while it ran: a deployment of its Bicep or Terraform file resets them";
  return [
    finding(
      "FW046",
      "recommended",
      app,
      evidence,
      "Leave traffic out of the template's lifecycle (ignore_changes), and use fairway deploy and fairway shift.",
    ),
  ];
};

/** FW047 */
const checkIdleConsumers: AppCheck = (app) => {
  const idle = app.activeRevisions.filter(({ weight }) => weight === 0).map(({ name }) => name);
  const consumes = app.rules.some(isQueueRule) || (app.dapr !== undefined && !app.hasIngress);
  if (!consumes || idle.length === 0 || app.activeRevisions.length < 2) return [];
  const evidence = `${idle.join(", ")} has no traffic, and takes messages all the same`;
  return [
    finding("FW047", "required", app, evidence, command(app, `--revision ${idle[0] ?? ""}`, "revision deactivate")),
  ];
};

/** FW048: the sidecar ends 5 s after the signal. */
const checkSidecar: AppCheck = (app) => {
  if (!app.dapr || app.graceSeconds <= sidecarSeconds) return [];
  const evidence = `the app takes up to ${app.graceSeconds} s to end, its Dapr sidecar is gone after ${sidecarSeconds} s`;
  return [
    finding("FW048", "recommended", app, evidence, "Finish what needs the sidecar in the first 5 s after SIGTERM."),
  ];
};

const sidecarSeconds = 5;

/** FW050 */
const checkActors: AppCheck = (app, { actorApps }) => {
  const id = app.dapr?.appId;
  if (id === undefined || app.minReplicas > 0 || (actorApps !== "all" && !actorApps.includes(id))) return [];
  const evidence = "minReplicas 0 with an actor state store: timers and reminders of actors stop with the last replica";
  return [finding("FW050", "required", app, evidence, command(app, "--min-replicas 1"))];
};

const appChecks: readonly AppCheck[] = [
  checkQueueConsumer,
  checkWakeUp,
  checkMinReplicas,
  checkAffinity,
  checkTraffic,
  checkIdleConsumers,
  checkSidecar,
  checkActors,
];

/** FW049: shorter windows than this are not taken. */
const shortestWindowHours = 8;

function checkWindow({ isConsumptionOnly, windowHours }: EnvironmentFacts): readonly Finding[] {
  const subject = "environment";
  const fix = "az containerapp env maintenance-config add --weekday Tuesday --start-hour-utc 1 --duration 8 …";
  if (isConsumptionOnly) {
    const evidence = "a Consumption-only environment takes no window: the platform maintains it at any hour";
    return [
      {
        code: "FW049",
        severity: "recommended",
        subject,
        evidence,
        fix: "Make an environment with workload profiles, or keep two replicas of every app.",
      },
    ];
  }
  if (windowHours.length === 0) {
    const evidence = "no window is set: the platform maintains it at any hour";
    return [{ code: "FW049", severity: "recommended", subject, evidence, fix }];
  }
  const short = windowHours.find((hours) => hours < shortestWindowHours);
  if (short === undefined) return [];
  const evidence = `a window of ${short} h is shorter than the ${shortestWindowHours} h that the platform needs`;
  return [{ code: "FW049", severity: "required", subject, evidence, fix }];
}

/** Rules on requests and on resources belong to a replica's own load. */
function isQueueRule(type: string): boolean {
  return !["http", "tcp", "cpu", "memory", "cron"].includes(type);
}

function command({ name }: AppFacts, change: string, verb = "update"): string {
  return `az containerapp ${verb} --resource-group GROUP --name ${name} ${change}`;
}

function finding(code: FindingCode, severity: FindingSeverity, app: AppFacts, evidence: string, fix: string): Finding {
  return { code, severity, subject: `app ${app.name}`, evidence, fix };
}
