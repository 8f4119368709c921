import { antiAffinity, type NodeLoad } from "./node-load.ts";
import type { Pod } from "./pod-types.ts";
import type { DomainCounts } from "./scheduling-domains.ts";
import type { Surroundings } from "./scheduling-fit.ts";
import { matchesSelector } from "./selectors.ts";

export function surroundingsOf(pod: Pod, all: readonly NodeLoad[], domains: DomainCounts): Surroundings {
  const hard = (pod.spec.topologySpreadConstraints ?? []).filter((one) => one.whenUnsatisfiable === "DoNotSchedule");
  return {
    all,
    guarded: all.filter(({ guards }) => guards.length > 0),
    near: pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
    away: antiAffinity(pod),
    spread: hard.map((constraint) => {
      const crowds = domains.of(pod, constraint);
      const self = matchesSelector(constraint.labelSelector, pod.metadata.labels) ? 1 : 0;
      const least = crowds.size < (constraint.minDomains ?? 1) ? 0 : crowds.least;
      return { ...constraint, crowds, least, self };
    }),
  };
}
