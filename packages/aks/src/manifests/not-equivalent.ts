import { approximated, ignored, type NotEquivalent } from "@fairway/core";
import type { App } from "@fairway/model";
import { budgetRemarks } from "./disruption-budget.ts";
import { scalingRemarks } from "./scaling.ts";

/** What the description asks for and AKS does differently, or not at all. */
export function notEquivalent(app: App, cluster: { readonly keda: boolean }): NotEquivalent[] {
  return [
    ...ingressRemarks(app),
    ...scalingRemarks(app, cluster.keda),
    ...budgetRemarks(app),
    ...(app.dapr ? [daprWeights] : []),
    ...(app.dependsOn.length > 0 ? [noOrder] : []),
    ...(app.overrides.containerApps ? [otherOverrides] : []),
  ];
}

function ingressRemarks(app: App): NotEquivalent[] {
  const { exposure, sticky, transport } = app.ingress;
  if (exposure === "none") return [];
  return [insideCalls, ...(sticky ? [noAffinity] : []), ...(transport === "tcp" ? [noTcpRoute] : [])];
}

const insideCalls = approximated(
  "ingress",
  "Weights hold for requests through the gateway, and for calls inside the cluster when a mesh reads Service routes (GAMMA). Without one, calls to the Service go to the revision with the largest weight.",
);

const noAffinity = ignored(
  "ingress.sticky",
  "Session affinity is not part of the stable Gateway API; ask the gateway's own policy for it.",
);

const noTcpRoute = approximated(
  "ingress.transport",
  "HTTPRoute carries HTTP only: TCP callers use the Service inside the cluster, and there is no public TCP address.",
);

const daprWeights = approximated(
  "dapr",
  "Needs Dapr in the cluster. Calls through Dapr reach all revisions in service by replica, not by weight.",
);

const noOrder = approximated(
  "dependsOn",
  "Kubernetes starts in any order: apply only warns about a dependency that is not there.",
);

const otherOverrides = ignored("overrides.containerApps", "Belongs to Container Apps.");
