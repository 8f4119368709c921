import { approximated, ignored, type NotEquivalent } from "@fairway/core";
import type { App } from "@fairway/model";
import { configurationRemarks } from "./configuration.ts";
import { probeRemarks } from "./probes.ts";
import { resourceRemarks } from "./resources.ts";
import { scaleRemarks } from "./scale.ts";

/** What the description asks for and Container Apps does differently, or not at all. */
export function notEquivalent(app: App): readonly NotEquivalent[] {
  return [
    ...resourceRemarks(app),
    ...probeRemarks(app),
    ...configurationRemarks(app),
    ...scaleRemarks(app),
    ...availabilityRemarks(app),
    ...lifecycleRemarks(app),
  ];
}

function availabilityRemarks({ availability }: App): NotEquivalent[] {
  const budget = (["minAvailable", "maxUnavailable"] as const).filter((field) => availability[field] !== undefined);
  const message = "There are no disruption budgets: keep enough replicas that one may be missing.";
  return [
    ...budget.map((field) => ignored(`availability.${field}`, message)),
    ...(availability.spread === "zone"
      ? [approximated("availability.spread", "Replicas are spread over zones when the environment is zone redundant.")]
      : []),
  ];
}

function lifecycleRemarks({ shutdown, dependsOn, overrides }: App): NotEquivalent[] {
  const noHook = "There is no hook before SIGTERM: the app itself must go on serving for this long after it.";
  return [
    ...(shutdown.drainDelaySeconds > 0 ? [ignored("shutdown.drainDelaySeconds", noHook)] : []),
    ...(dependsOn.length > 0
      ? [ignored("dependsOn", "Apps start in any order: an app must wait for what it needs by itself.")]
      : []),
    ...(overrides.aks ? [ignored("overrides.aks", "It belongs to AKS.")] : []),
  ];
}
