import { drawTimeline } from "./chart.ts";
import { escapeHtml } from "./escape-html.ts";
import { renderLegend } from "./legend.ts";
import type { Report, RunReport } from "./report.ts";
import { style } from "./style.ts";

/** The report as one page that needs nothing else: no script, no font, no network. Verdict first, method last. */
export function renderHtml(report: Report): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fairway: AKS and Container Apps compared</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(report.verdict.headline)}</h1>
<p class="lead">What a release, an upgrade and a traffic split cost on AKS and on Container Apps, from real requests.</p>
${overview(report.runs)}
${report.runs.map(section).join("\n")}
<p>What upgrades risk over many seeds, with every incident, is told by <a href="risk.html">the virtual lane</a>: <code>npm start</code> runs it too, and <code>fairway compare --lane virtual --output FOLDER</code>.</p>
<h2>Method</h2>
${list(report.method)}
<h2>Caveats</h2>
${list(report.caveats)}
<p class="small">Seed ${report.seed}, Azure's durations ${report.timeScale} times faster than real, ${escapeHtml(report.generatedAt)}, ${Math.round(report.durationMs / 1_000)} s on ${report.machine.cores} cores (${escapeHtml(report.machine.cpu)}), Node ${escapeHtml(report.machine.node)}. The data behind this page is in report.json.</p>
</main>
</body>
</html>
`;
}

function overview(runs: readonly RunReport[]): string {
  const rows = runs.map(
    (run) => `<tr>
<td><a href="#${run.id}">${escapeHtml(run.title)}</a></td><td>${run.target}</td>
<td><span class="badge ${run.verdict.kind}">${run.verdict.kind}</span></td>
<td class="number">${run.requests}</td><td class="number">${run.failed}</td>
<td class="number">${(run.outageMs / 1_000).toFixed(1)} s</td>
<td class="number">${run.latency.p50Ms.toFixed(1)}</td><td class="number">${run.latency.p99Ms.toFixed(0)}</td>
<td>${shortLedgerText(run)}</td></tr>`,
  );
  return `<div class="scroll"><table>
<thead><tr><th>Way through change</th><th>Target</th><th>Verdict</th><th>Requests</th><th>Failed</th><th>Down</th><th>p50 ms</th><th>p99 ms</th><th>Ledger</th></tr></thead>
<tbody>${rows.join("\n")}</tbody>
</table></div>
<p class="small">All figures of this table are <b>measured</b>. The durations of Azure's own operations behind them are <b>simulated</b>.</p>`;
}

function section(run: RunReport): string {
  const figures = run.figures.map(
    ({ name, value, unit, basis }) => `${escapeHtml(name)}: <b>${value} ${escapeHtml(unit)}</b> (${basis})`,
  );
  return `<section id="${run.id}">
<h2>${escapeHtml(run.title)} <small>${run.target}</small></h2>
<p><span class="badge ${run.verdict.kind}">${run.verdict.kind}</span> ${escapeHtml(run.verdict.sentence)} Ledger: ${ledgerText(run)}.</p>
${figures.length > 0 ? `<p>${figures.join(" · ")}</p>` : ""}
${renderLegend(run)}
<figure class="scroll" role="img" aria-label="Timeline of ${escapeHtml(run.title)} on ${run.target}">${drawTimeline(run)}</figure>
${eventTable(run)}
</section>`;
}

function eventTable({ timeline }: RunReport): string {
  if (timeline.events.length === 0) return "";
  const rows = timeline.events.map(
    ({ atMs, text }) => `<tr><td class="number">${(atMs / 1_000).toFixed(1)} s</td><td>${escapeHtml(text)}</td></tr>`,
  );
  return `<details open><summary>What happened (dashed lines above)</summary><table class="events">${rows.join("")}</table></details>`;
}

function shortLedgerText(run: RunReport): string {
  if (!run.ledger) return "–";
  return run.ledger.isSound ? `sound, ${run.ledger.acknowledged} payments` : ledgerText(run);
}

function ledgerText({ ledger }: RunReport): string {
  if (!ledger) return "no payments made";
  if (ledger.isSound) return `sound: ${ledger.acknowledged} payments, none lost, none doubled, none wrong, sum 0`;
  return `<b>wrong</b>: ${ledger.lost} lost, ${ledger.doubled} doubled, ${ledger.wrong} wrong, ${ledger.unbalanced} unbalanced, sum ${escapeHtml(ledger.sum)}`;
}

function list(items: readonly string[]): string {
  return `<ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join("")}</ul>`;
}
