import { approximated, ignored, type NotEquivalent } from "@fairway/core";
import type { App } from "@fairway/model";
import type { V1PodDisruptionBudget } from "@kubernetes/client-node";
import { revisionLabels, revisionSelector } from "../names.ts";
import type { RevisionContext } from "./manifest.ts";

/**
 * How many replicas of a revision a drain may take at once. As described; not described and at least two replicas: one
 * at a time; a single replica has no budget, since any that protects it blocks every node upgrade. None either when no
 * replica has to be available.
 */
export function renderDisruptionBudget(app: App, context: RevisionContext) {
  const limit = budget(app);
  if (!limit) return [];
  return [
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: {
        name: context.revision,
        namespace: context.namespace,
        labels: revisionLabels(app.name, context.revision),
      },
      spec: {
        ...limit,
        selector: { matchLabels: revisionSelector(context.revision) },
        // A replica that cannot become ready must not keep its node from being upgraded.
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      },
    } satisfies V1PodDisruptionBudget,
  ];
}

export function budgetRemarks(app: App): NotEquivalent[] {
  const { minAvailable, maxUnavailable } = app.availability;
  if (blocksEveryDrain(app)) {
    return [
      approximated(
        minAvailable === undefined ? "availability.maxUnavailable" : "availability.minAvailable",
        `Kept as it is, but with ${app.scale.min} replica(s) no node can be drained, and AKS refuses upgrades (UnsatisfiablePDB).`,
      ),
    ];
  }
  if (isUnprotected(app)) {
    return [ignored("availability.minAvailable", "No disruption budget: a drain may take all replicas at once.")];
  }
  if (minAvailable !== undefined || maxUnavailable !== undefined || app.scale.min > 1) return [];
  return [
    ignored(
      "availability",
      "A single replica gets no disruption budget: a node upgrade interrupts it. Set scale.min to 2 or more.",
    ),
  ];
}

function budget(
  app: App,
): Pick<NonNullable<V1PodDisruptionBudget["spec"]>, "minAvailable" | "maxUnavailable"> | undefined {
  const { minAvailable, maxUnavailable } = app.availability;
  if (isUnprotected(app)) return undefined;
  if (minAvailable !== undefined) return { minAvailable };
  if (maxUnavailable !== undefined) return { maxUnavailable };
  return app.scale.min > 1 ? { maxUnavailable: 1 } : undefined;
}

function isUnprotected({ availability: { minAvailable } }: App): boolean {
  return minAvailable === 0 || minAvailable === "0%";
}

/** Kubernetes rounds percentages of both kinds up. */
function blocksEveryDrain(app: App): boolean {
  const { minAvailable, maxUnavailable } = app.availability;
  const replicas = Math.max(1, app.scale.min);
  if (minAvailable !== undefined) return count(minAvailable, replicas) >= replicas;
  return maxUnavailable !== undefined && count(maxUnavailable, replicas) === 0;
}

function count(value: number | string, replicas: number): number {
  return typeof value === "number" ? value : Math.ceil((Number.parseInt(value, 10) * replicas) / 100);
}
