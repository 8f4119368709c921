import type { ControlPlane } from "./control-plane.ts";
import { nodes, updateObject } from "./kinds.ts";
import type { Taint } from "./pod-types.ts";
import type { KubeNode } from "./types.ts";

export function hasTaint({ spec }: KubeNode, key: string, effect: string): boolean {
  return (spec.taints ?? []).some((taint) => taint.key === key && taint.effect === effect);
}

export function setTaint(plane: ControlPlane, node: KubeNode, taint: Taint): void {
  updateObject(plane.store, nodes, node, (current) =>
    hasTaint(current, taint.key, taint.effect)
      ? current
      : { ...current, spec: { ...current.spec, taints: [...(current.spec.taints ?? []), taint] } },
  );
}

export function removeTaint(plane: ControlPlane, node: KubeNode, key: string, effect: string): void {
  updateObject(plane.store, nodes, node, (current) => {
    if (!hasTaint(current, key, effect)) return current;
    const { taints = [], ...spec } = current.spec;
    const kept = taints.filter((taint) => taint.key !== key || taint.effect !== effect);
    return { ...current, spec: kept.length > 0 ? { ...spec, taints: kept } : spec };
  });
}
