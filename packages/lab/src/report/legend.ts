import { versionsOf } from "./chart.ts";
import { escapeHtml } from "./escape-html.ts";
import { colourOfRevision, colourOfVersion, outcomeColours } from "./palette.ts";
import type { RunReport, Timeline } from "./report.ts";

/** What the colours of one picture mean, only those that occur. */
export function renderLegend({ timeline, failures }: RunReport): string {
  const outcomes = Object.entries(outcomeColours)
    .filter(([outcome]) => outcome === "ok" || timeline.requests.some((bucket) => hasAny(bucket, outcome)))
    .map(([outcome, colour]) => entry(colour, outcomeNames[outcome] ?? outcome));
  const shown = shownRevisions(timeline);
  const revisions = shown.map((name) =>
    entry(colourOfRevision(timeline.revisions, name), `${versionOf(timeline.revisions[name])} (${name})`),
  );
  const versions = versionsOf(timeline);
  const nodes = versions.map((version) => entry(colourOfVersion(versions, version), `nodes at ${version}`));
  return `<p class="legend">${[...outcomes, ...revisions, ...nodes].join("")}</p>${failureList(failures)}`;
}

const outcomeNames: Readonly<Record<string, string>> = {
  ok: "answered",
  error: "answered with an error",
  refused: "no connection, or broken",
  timeout: "no answer in time",
};

function hasAny(bucket: Timeline["requests"][number], outcome: string): boolean {
  return Object.entries(bucket).some(([name, count]) => name === outcome && count > 0);
}

/** Revisions that had a replica or a share while the run lasted. */
function shownRevisions({ revisions, replicas, weights }: Timeline): string[] {
  const counts = [...replicas, ...weights].flatMap(({ byRevision }) => Object.entries(byRevision));
  const seen = new Set(counts.filter(([, count]) => count > 0).map(([name]) => name));
  return Object.keys(revisions).filter((name) => seen.has(name));
}

/** The tag of an image. */
function versionOf(image = "unknown"): string {
  return image.slice(image.lastIndexOf(":") + 1);
}

function entry(colour: string, text: string): string {
  return `<span><i style="background:${colour}"></i>${escapeHtml(text)}</span>`;
}

function failureList(failures: RunReport["failures"]): string {
  if (failures.length === 0) return "";
  const items = failures.map(
    ({ reason, revision, count }) =>
      `${count} × ${escapeHtml(reason)}${revision ? ` from ${escapeHtml(revision)}` : ""}`,
  );
  return `<p class="small">Failed: ${items.join(", ")}.</p>`;
}
