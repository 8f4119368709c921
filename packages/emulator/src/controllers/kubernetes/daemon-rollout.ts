import type { Pod } from "./pod-types.ts";

/** A rollout's pods of one node; one that is being deleted does not count. */
export interface NodePods {
  readonly current: { readonly pod: Pod; readonly available: boolean } | undefined;
  readonly old: { readonly pod: Pod; readonly available: boolean } | undefined;
}

export interface RolloutNode extends NodePods {
  readonly node: string;
}

export interface RolloutStep {
  readonly deletes: readonly Pod[];
  /** Nodes that get a new pod beside their old one. */
  readonly creates: readonly string[];
}

/**
 * What a DaemonSet's rolling update does now. Old pods that are not available cost nobody anything and go at once.
 * Source: kubernetes/kubernetes pkg/controller/daemon/update.go rollingUpdate.
 */
export function nextStep(
  limits: { readonly maxSurge: number; readonly maxUnavailable: number },
  places: readonly RolloutNode[],
): RolloutStep {
  return limits.maxSurge === 0 ? nextDeletes(limits.maxUnavailable, places) : nextSurge(limits.maxSurge, places);
}

function nextDeletes(maxUnavailable: number, places: readonly RolloutNode[]): RolloutStep {
  const onlyOld = places.flatMap(({ current, old }) => (old && !current ? [old] : []));
  const broken = onlyOld.filter(({ available }) => !available);
  const unavailable = places.filter(({ current, old }) => {
    const only = current && old ? undefined : (current ?? old);
    return !only?.available;
  });
  const healthy = onlyOld.filter(({ available }) => available);
  const chosen = healthy.slice(0, Math.max(0, maxUnavailable - unavailable.length));
  return { deletes: [...broken, ...chosen].map(({ pod }) => pod), creates: [] };
}

function nextSurge(maxSurge: number, places: readonly RolloutNode[]): RolloutStep {
  const both = places.filter(({ current, old }) => current && old);
  const replaced = both.filter(({ current }) => current?.available);
  const onlyOld = places.filter(({ current, old }) => old && !current);
  const broken = onlyOld.filter(({ old }) => !old?.available);
  const healthy = onlyOld.filter(({ old }) => old?.available);
  const room = Math.max(0, maxSurge - (both.length - replaced.length));
  return {
    deletes: replaced.flatMap(({ old }) => (old ? [old.pod] : [])),
    creates: [...broken, ...healthy.slice(0, room)].map(({ node }) => node),
  };
}
