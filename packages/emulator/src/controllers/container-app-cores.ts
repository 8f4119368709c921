import { coreLimit } from "../world/container-apps/environment.ts";
import type { Template } from "../world/container-apps/template.ts";
import type { ContainerApp } from "./container-app.ts";
import type { RevisionPlan } from "./container-app-plan.ts";

/** A revision whose least number of replicas has no room beside the others of its environment does not come to be. */
export function fitted(plan: RevisionPlan, template: Template, others: readonly ContainerApp[]): RevisionPlan {
  if (plan.kind !== "create") return plan;
  const asked = (template.scale.minReplicas ?? 0) * coresOf(template);
  return asked + coresInUse(others) > coreLimit ? { kind: "fail", details: coresExceeded } : plan;
}

/** Of all replicas that there are. */
export function coresInUse(apps: readonly ContainerApp[]): number {
  const revisions = apps.flatMap((app) => app.revisions);
  return revisions.reduce((sum, { template, living }) => sum + coresOf(template) * living.length, 0);
}

/** As Container Apps docs, quotas, give it. */
const coresExceeded =
  "Maximum Allowed Cores exceeded for the Managed Environment. Please check https://learn.microsoft.com/en-us/azure/container-apps/quotas for resource limits";

function coresOf({ containers }: Template): number {
  return containers.reduce((sum, { cpuCores }) => sum + cpuCores, 0);
}
