import { escapeHtml } from "../report/escape-html.ts";
import { nodeColours, strategyColours } from "../report/palette.ts";
import { style } from "../report/style.ts";
import type { TrialRecord } from "../virtual/record.ts";
import { drawExceedance } from "./exceedance.ts";
import { htmlTable, swatch } from "./html-parts.ts";
import { lanesSection } from "./lanes.ts";
import { drawNodeTimeline } from "./node-timeline.ts";
import { bounds } from "./rating.ts";
import type { RiskReport, StrategyRow } from "./report.ts";
import { drawTornado } from "./tornado.ts";
import { drawWhoMeetsWhat } from "./who-meets-what.ts";
import { minutes, shareWithInterval, short, withInterval } from "./words.ts";

/** The report as one page that needs nothing else: no script, no font, no network. Verdict first, calibration last. */
export function renderRiskPage(report: RiskReport, records: readonly TrialRecord[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fairway: what upgrades risk</title>
<style>${style}${ratingStyle}</style>
</head>
<body>
<main>
<h1>${escapeHtml(headline(report))}</h1>
<p class="lead">${report.trials.toLocaleString("en")} upgrades of ${escapeHtml(report.topology.title)}, each with the real SDK and the official clients in virtual time; every strategy met the same incidents on the same seeds.</p>
${report.isComplete ? "" : "<p><b>Not all trials were run: it was interrupted. The figures are of those that were.</b></p>"}
${verdictTable(report)}
${experience(report)}
<h2>Who meets what</h2>
<p class="small">Chance of an outage of more than a minute, and below it the mean of failed payments. Half of the payments of an outage's minutes fail, or more.</p>
<figure class="scroll">${drawWhoMeetsWhat(report)}</figure>
<p class="small">${report.incidents.map(({ name, title }) => `<b>${name}</b>: ${escapeHtml(title)}`).join(" · ")}.</p>
<h2>How bad, how often</h2>
<p class="small">Share of trials with at least so many failed payments, over all incidents. What never fails a payment has no curve.</p>
${legend(report)}
<figure class="scroll">${drawExceedance(samples(report, records), "failed payments of one upgrade")}</figure>
${report.timelines.map(timeline).join("\n")}
<h2>More figures</h2>
${details(report)}
<h2>How it ended</h2>
${outcomeTable(report)}
${lanesSection(report.agreement ?? [])}
${sensitivity(report)}
<h2>What the figures rest on</h2>
${calibration(report)}
<p class="small">From seed ${report.seed} on, Fairway ${escapeHtml(report.program)}. The data behind this page: risk.json, and one line a trial in trials.jsonl.</p>
</main>
</body>
</html>
`;
}

const ratingStyle = `
.name { white-space: nowrap; } thead th { white-space: normal; vertical-align: bottom; }
.badge.low { background: #1f7a50; } .badge.medium { background: #9a6700; } .badge.high { background: #b3261e; }
`;

function headline({ rows }: RiskReport): string {
  const sorted = rows.toSorted((one, other) => one.withIncident.failed.value - other.withIncident.failed.value);
  const [best, worst] = [sorted[0], sorted.at(-1)];
  if (!best || !worst || best === worst) return "What upgrades risk";
  return `When something goes wrong, ${best.title} fails ${short(best.withIncident.failed.value)} payments and ${worst.title} fails ${short(worst.withIncident.failed.value)}`;
}

type Column = readonly [title: string, cell: (row: StrategyRow) => string];

const verdictColumns: readonly Column[] = [
  ["Outage > 1 min", ({ withIncident }) => shareWithInterval(withIncident.outageOver1)],
  ["Failed payments", ({ withIncident }) => withInterval(withIncident.failed)],
  ["Worst 1 %", ({ withIncident }) => short(withIncident.failedWorst1Percent)],
  ["Takes (p95)", ({ withIncident }) => minutes(withIncident.duration.p95Minutes)],
  ["Extra node-hours", ({ withIncident }) => withInterval(withIncident.extraNodeHours)],
  ["People, min", ({ withIncident }) => withInterval(withIncident.peopleMinutes)],
];

const detailColumns: readonly Column[] = [
  ["Outage > 10 min", ({ withIncident }) => shareWithInterval(withIncident.outageOver10)],
  ["More failed than the best", ({ moreFailedThanBest: more }) => (more ? withInterval(more) : "the best")],
  ["Late", ({ withIncident }) => withInterval(withIncident.late)],
  ["Of the failed, lost", ({ withIncident }) => withInterval(withIncident.lost)],
  ["Minutes below 99.9 %", ({ withIncident }) => withInterval(withIncident.minutesBelow)],
  ["Takes (p50)", ({ withIncident }) => minutes(withIncident.duration.p50Minutes)],
  ["Nodes at once", ({ withIncident }) => `+${withIncident.peakExtraNodes}`],
  ["Steps", ({ withIncident }) => String(withIncident.steps)],
  ["Tickets", ({ withIncident }) => withInterval(withIncident.tickets)],
];

function verdictTable({ rows }: RiskReport): string {
  const ratings = ({ risk, cost, effort }: StrategyRow["ratings"]): string =>
    [risk, cost, effort].map((rating) => `<td>${badge(rating)}</td>`).join("");
  const body = rows.map((row) => `<tr>${nameCell(row)}${ratings(row.ratings)}${cells(row, verdictColumns)}</tr>`);
  const conventions = Object.entries(bounds).map(
    ([name, { what, low, high }]) => `${name} is low below ${low} and high from ${high} on (${what})`,
  );
  return `${htmlTable(["Strategy", "Risk", "Cost", "Effort", ...verdictColumns.map(([title]) => title)], body)}
<p class="small">Means over all incidents alike, with 95 % intervals (Wilson for chances, bootstrap for means; differences paired on seeds). All figures are <b>simulated</b>. Ratings are a convention: ${conventions.join("; ")}.</p>`;
}

function details({ rows }: RiskReport): string {
  const body = rows.map((row) => `<tr>${nameCell(row)}${cells(row, detailColumns)}</tr>`);
  return htmlTable(["Strategy", ...detailColumns.map(([title]) => title)], body);
}

function nameCell({ title }: StrategyRow): string {
  return `<td class="name">${escapeHtml(title)}</td>`;
}

function cells(row: StrategyRow, columns: readonly Column[]): string {
  return columns.map(([, cell]) => `<td class="number">${cell(row)}</td>`).join("");
}

function experience({ experience: checks }: RiskReport): string {
  if (checks.length === 0) return "";
  const items = checks.map(({ strategy, claim, disagreements }) =>
    disagreements.length === 0
      ? `<li><b>${escapeHtml(strategy)}</b>: as the company found it in practice, ${escapeHtml(claim)}.</li>`
      : `<li><b>${escapeHtml(strategy)}</b>: <b>not</b> as the company found it in practice (${escapeHtml(claim)}): ${escapeHtml(disagreements.join("; "))}.</li>`,
  );
  return `<h2>Held against experience</h2><ul>${items.join("")}</ul>`;
}

function samples({ rows }: RiskReport, records: readonly TrialRecord[]) {
  return rows.map(({ name, title }) => ({
    name: title,
    values: records
      .filter(({ strategy, incident }) => strategy === name && incident !== "none")
      .map(({ payments }) => payments.failed),
  }));
}

function legend({ rows }: RiskReport): string {
  const entries = rows.map(({ title }, index) => swatch(strategyColours[index % strategyColours.length] ?? "", title));
  return `<p class="legend">${entries.join("")}</p>`;
}

function timeline({ title, timeline: drawn }: RiskReport["timelines"][number]): string {
  const states = new Set(drawn.nodes.flatMap(({ spans }) => spans.map(({ state }) => state)));
  const colours = Object.entries(nodeColours).filter(([state]) => [...states].some((one) => one === state));
  const events = drawn.events.map(
    ({ atMs, text }) => `<tr><td class="number">${minutes(atMs / 60_000)}</td><td>${escapeHtml(text)}</td></tr>`,
  );
  return `<h2>${escapeHtml(title)}</h2>
<p class="legend">${colours.map(([state, colour]) => swatch(colour, state)).join("")}</p>
<figure class="scroll" role="img" aria-label="${escapeHtml(title)}, node by node">${drawNodeTimeline(drawn)}</figure>
${events.length === 0 ? "" : `<details><summary>What happened (dashed lines above)</summary><table class="events">${events.join("")}</table></details>`}`;
}

function outcomeTable({ rows }: RiskReport): string {
  const names = [...new Set(rows.flatMap(({ withIncident }) => Object.keys(withIncident.outcomes)))];
  const broken = [...new Set(rows.flatMap(({ withIncident }) => Object.keys(withIncident.violations)))];
  const body = rows.map(({ title, withIncident: { outcomes, violations, trials } }) => {
    const shares = names.map((name) => `<td class="number">${short(((outcomes[name] ?? 0) / trials) * 100)} %</td>`);
    const counts = broken.map((name) => `<td class="number">${violations[name] ?? 0}</td>`);
    return `<tr><td>${escapeHtml(title)}</td>${shares.join("")}${counts.join("")}</tr>`;
  });
  return htmlTable(["Strategy", ...names, ...broken.map((name) => `broken: ${name}`)], body);
}

function badge(rating: string): string {
  return `<span class="badge ${rating}">${rating}</span>`;
}

function sensitivity({ sensitivity: found }: RiskReport): string {
  if (!found) return "";
  return `<h2>What would change the verdict</h2>
<p class="small">${escapeHtml(found.measure)} when one entry of the calibration alone is at its low (blue) and its high end (red). ◆ changes the order of the strategies.</p>
<figure class="scroll">${drawTornado(found.bars, found.base, found.measure)}</figure>`;
}

function calibration({ calibration: rows }: RiskReport): string {
  const body = rows.map(
    (row) =>
      `<tr><td>${escapeHtml(row.name)}</td><td>${escapeHtml(row.distribution)}</td><td>${escapeHtml(row.confidence)}</td><td>${escapeHtml(row.source)}</td></tr>`,
  );
  return htmlTable(["Duration or chance", "Distribution", "Confidence", "Source"], body);
}
