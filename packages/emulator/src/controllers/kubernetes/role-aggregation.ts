import { recordAt } from "../../world/kubernetes/json.ts";
import { sameJson } from "../../world/same-json.ts";
import type { ControlPlane } from "./control-plane.ts";
import { clusterRoles, fromKey, getObject, keyOf, listObjects, updateObject } from "./kinds.ts";
import { matchesSelector } from "./selectors.ts";
import type { ClusterRole } from "./types.ts";

/**
 * Gathers in a ClusterRole the rules of all those that its `aggregationRule` selects. Source: kubernetes/kubernetes
 * pkg/controller/clusterroleaggregation.
 */
export function startRoleAggregation(plane: ControlPlane): void {
  const queue = plane.queue("cluster-role-aggregation", (key) => {
    const role = getObject(plane.store, clusterRoles, undefined, fromKey(key).name);
    if (!role?.aggregationRule) return;
    const rules = gatheredRules(plane, role);
    updateObject(plane.store, clusterRoles, role, (current) =>
      sameJson(current.rules ?? [], rules) ? current : { ...current, rules },
    );
  });
  plane.watch(clusterRoles, () => {
    for (const role of listObjects(plane.store, clusterRoles)) if (role.aggregationRule) queue.add(keyOf(role));
  });
}

function gatheredRules(plane: ControlPlane, role: ClusterRole): unknown[] {
  const others = listObjects(plane.store, clusterRoles)
    .filter(({ metadata }) => metadata.name !== role.metadata.name)
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const selected = (role.aggregationRule?.clusterRoleSelectors ?? []).flatMap((selector) =>
    others.filter(({ metadata }) => matchesSelector(selector, metadata.labels)),
  );
  const rules = selected.flatMap((one) => one.rules ?? []);
  return rules.filter((rule, index) => rules.findIndex((other) => sameJson(recordAt(other), recordAt(rule))) === index);
}
