import type { TrafficWeight } from "@azure/arm-appcontainers";
import { type TrafficSplit, withoutRevisions } from "@fairway/model";

/** What traffic is decided by: all revisions of an app, newest first, and the one that `latestRevision` means. */
export interface TrafficFacts {
  readonly entries: readonly TrafficWeight[];
  readonly revisions: readonly { readonly name: string; readonly active: boolean }[];
  readonly latestReady: string | undefined;
}

/** Who gets what, and who is called what, with nothing left to be decided by the platform. */
export interface ExplicitTraffic {
  readonly weights: TrafficSplit;
  /** Revision by label. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The traffic of an app in names: `latestRevision` becomes the revision that it means now, and revisions that are
 * inactive or gone are taken out (the service keeps them in the array, which then no longer sums to 100), their share
 * going to the others by largest remainder. With nobody left, the newest active revision has it all.
 */
export function explicitTraffic({ entries, revisions, latestReady }: TrafficFacts): ExplicitTraffic {
  const active = revisions.filter((revision) => revision.active).map(({ name }) => name);
  const latest = latestReady !== undefined && active.includes(latestReady) ? latestReady : active[0];
  const named = entries.flatMap(({ revisionName, latestRevision, weight, label }) => {
    const revision = latestRevision ? latest : revisionName;
    return revision ? [{ revision, weight: weight ?? 0, label: label ?? "" }] : [];
  });
  const weights: Record<string, number> = {};
  for (const { revision, weight } of named) if (weight > 0) weights[revision] = (weights[revision] ?? 0) + weight;
  const gone = Object.keys(weights).filter((revision) => !active.includes(revision));
  const living = gone.length === 0 ? weights : withoutRevisions(weights, gone);
  const labels = named.filter(({ revision, label }) => label !== "" && active.includes(revision));
  return {
    weights: Object.keys(living).length > 0 || latest === undefined ? living : { [latest]: 100 },
    labels: Object.fromEntries(labels.map(({ revision, label }) => [label, revision])),
  };
}

/** The array to write: one entry per label, the revision's weight on its first one. */
export function trafficEntries({ weights, labels }: ExplicitTraffic): TrafficWeight[] {
  const labelsOf = Map.groupBy(Object.keys(labels), (label) => labels[label] ?? "");
  const revisions = new Set([...Object.keys(weights), ...labelsOf.keys()]);
  return [...revisions].toSorted().flatMap((revisionName) => {
    const weight = weights[revisionName] ?? 0;
    const [first, ...more] = (labelsOf.get(revisionName) ?? []).toSorted();
    return [
      { revisionName, weight, ...(first === undefined ? {} : { label: first }) },
      ...more.map((label) => ({ revisionName, weight: 0, label })),
    ];
  });
}

/** Whether an array already says exactly this. */
export function saysTheSame(entries: readonly TrafficWeight[], traffic: ExplicitTraffic): boolean {
  if (entries.some(({ latestRevision }) => latestRevision)) return false;
  const key = ({ revisionName, weight, label }: TrafficWeight) => `${revisionName} ${weight ?? 0} ${label ?? ""}`;
  const live = entries.filter(({ weight, label }) => weight || label).map(key);
  const wanted = trafficEntries(traffic).map(key);
  return live.length === wanted.length && live.toSorted().every((text, index) => text === wanted.toSorted()[index]);
}

export function labelsOf({ labels }: ExplicitTraffic, revision: string): readonly string[] {
  return Object.keys(labels)
    .filter((label) => labels[label] === revision)
    .toSorted();
}
