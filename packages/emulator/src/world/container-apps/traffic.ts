import type { Configuration } from "./configuration.ts";
import type { TrafficEntry } from "./read-ingress.ts";
import { invalidField } from "./refusal.ts";

/** What traffic needs to know of a revision. */
export interface TrafficTarget {
  readonly name: string;
  readonly active: boolean;
}

/**
 * Refuses a split that does not sum to 100, that names what is unknown or inactive, or that gives a label or
 * `latestRevision` twice. Single mode has no split: it is not checked against revisions, since it has no effect.
 * `coming` is a revision that this same write creates.
 */
export function checkTraffic(
  { ingress, activeRevisionsMode }: Configuration,
  revisions: readonly TrafficTarget[],
  coming: string | undefined,
): void {
  if (!ingress) return;
  const field = "configuration.ingress.traffic";
  const total = ingress.traffic.reduce((sum, { weight }) => sum + weight, 0);
  // Labels that share nothing out have the default split.
  const isDefault = activeRevisionsMode === "Labels" && total === 0;
  if (total !== 100 && !isDefault)
    throw invalidField(`${field}.weight`, total, "the sum of all traffic weights must be 100");
  checkOnce(
    ingress.traffic.flatMap(({ label }) => label ?? []),
    `${field}.label`,
  );
  checkOnce(
    ingress.traffic.flatMap(({ latestRevision }) => (latestRevision ? "latestRevision" : [])),
    field,
  );
  if (ingress.sticky && activeRevisionsMode !== "Single") {
    throw invalidField("configuration.ingress.stickySessions", "sticky", "is only supported in Single revision mode");
  }
  if (activeRevisionsMode === "Single") return;
  for (const { revisionName, weight, label } of ingress.traffic) {
    if (revisionName === undefined || revisionName === coming) continue;
    const revision = revisions.find(({ name }) => name === revisionName);
    if (!revision) throw invalidField(`${field}.revisionName`, revisionName, "revision not found");
    // A label brings the revision that it is put on back.
    if (activeRevisionsMode === "Labels") continue;
    if (!revision.active && (weight > 0 || label)) {
      throw invalidField(`${field}.revisionName`, revisionName, "revision is inactive");
    }
  }
}

function checkOnce(texts: readonly string[], field: string): void {
  const twice = texts.find((text, index) => texts.indexOf(text) !== index);
  if (twice) throw invalidField(field, twice, "must not be given more than once");
}

/** Weight per revision; entries that name nothing active are left out, so that the rest no longer sums to 100. */
export function resolveTraffic(
  entries: readonly TrafficEntry[],
  revisions: readonly TrafficTarget[],
  latestReady: string | undefined,
): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const { revisionName, latestRevision, weight } of entries) {
    const name = latestRevision ? latestReady : revisionName;
    if (name === undefined || weight === 0) continue;
    if (!revisions.some((revision) => revision.name === name && revision.active)) continue;
    weights.set(name, (weights.get(name) ?? 0) + weight);
  }
  return weights;
}
