import type { Cluster } from "../cluster.ts";
import type { ResourceType } from "./resource-type.ts";

/** A use of a version that is on its way out. */
export interface DeprecatedCall {
  /** `group.plural.version`, as AKS names it. */
  readonly api: string;
  /** `major.minor` of the first Kubernetes that no longer serves it; undefined when that is not known. */
  readonly removedIn: string | undefined;
  readonly userAgent: string;
  readonly lastAtMs: number;
}

const recorded = new WeakMap<Cluster, Map<string, DeprecatedCall>>();

export function recordDeprecatedCall(
  cluster: Cluster,
  { group, plural, version, removedIn }: ResourceType,
  userAgent: string,
): void {
  const calls = recorded.get(cluster) ?? new Map<string, DeprecatedCall>();
  recorded.set(cluster, calls);
  const api = `${group}.${plural}.${version}`;
  calls.set(`${api} ${userAgent}`, { api, removedIn, userAgent, lastAtMs: cluster.world.clock.now() });
}

/** What was used since a time. AKS looks back over 12 hours (AKS docs, stop cluster upgrades on API breaking changes). */
export function deprecatedCallsSince(cluster: Cluster, timeMs: number): readonly DeprecatedCall[] {
  return [...(recorded.get(cluster)?.values() ?? [])].filter(({ lastAtMs }) => lastAtMs >= timeMs);
}
