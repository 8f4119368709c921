import type { ScenarioAgreement, ShareAgreement } from "../agreement/agreement.ts";
import { drawLanes, nameOfScenario } from "../agreement/draw-lanes.ts";
import { escapeHtml } from "../report/escape-html.ts";
import { laneColours } from "../report/palette.ts";
import { htmlTable, swatch } from "./html-parts.ts";
import { shareWithInterval, short } from "./words.ts";

/** How far the virtual lane can be trusted: the live runs of the same scenarios beside their twins. */
export function lanesSection(scenarios: readonly ScenarioAgreement[]): string {
  if (scenarios.length === 0) return "";
  const body = scenarios.map((scenario) => {
    const { failed, late } = scenario;
    return `<tr><td class="name"><b>${nameOfScenario(scenario)}</b></td>
<td class="number">${shareWithInterval(failed.live)}</td><td class="number">${shareWithInterval(failed.virtual)}</td><td class="number">${allowedText(failed)}</td><td>${badge(failed)}</td>
<td class="number">${shareWithInterval(late.live)}</td><td class="number">${shareWithInterval(late.virtual)}</td><td>${badge(late)}</td></tr>`;
  });
  const head = ["Scenario", "Failed, live", "Failed, virtual", "Has to lie in", "", "Late, live", "Late, virtual", ""];
  return `<h2>Live beside virtual</h2>
<p>${escapeHtml(verdictOfLanes(scenarios))}</p>
<p class="legend">${swatch(laneColours.live, "live, with the noise of its own requests")}${swatch(laneColours.virtual, "95 % of its twins in the virtual lane")}${swatch(laneColours.allowed, "tolerance")}</p>
<figure class="scroll" role="img" aria-label="Failed requests of the live lane beside those of the virtual lane">${drawLanes(scenarios)}</figure>
${htmlTable(head, body)}
<ul class="small">${scenarios.map((scenario) => `<li>${escapeHtml(aboutOf(scenario))}</li>`).join("")}</ul>
<p class="small">The same two nodes, apps, fault, callers and pace in both lanes: platform operations are compressed, apps are not. Live figures are <b>measured</b> from real processes, virtual ones <b>simulated</b>. The tolerance was set before the first comparison: 1 % of all requests or a tenth of the share, whichever is more, beside what 95 % of the twins did and the binomial noise of the live run. Late is who waited for more than a second: a busy machine makes some, twins wait for none.</p>`;
}

/** What was run for a row of the table. */
function aboutOf(scenario: ScenarioAgreement): string {
  const { title, target, live, virtual } = scenario;
  const luck = virtual.alike === undefined ? "" : ` with the same luck (${virtual.alike})`;
  const busy = live.isDisturbed ? " on a busy machine" : "";
  return `${nameOfScenario(scenario)}: ${title} (${target}). Live ${live.requests.toLocaleString("en")} requests in ${seconds(live.durationMs)}${busy}; ${virtual.runs} twins${luck}, ${virtual.requests.toLocaleString("en")} requests in ${seconds(virtual.durationMs)} on the average.`;
}

/** In a sentence: whether they agree, and where they do not. */
export function verdictOfLanes(scenarios: readonly ScenarioAgreement[]): string {
  const apart = scenarios.filter(({ failed }) => !failed.agrees);
  const count = `${scenarios.length - apart.length} of ${scenarios.length} scenarios`;
  const told = apart.map(
    (scenario) =>
      `${nameOfScenario(scenario)} failed ${shareWithInterval(scenario.failed.live)} live and ${shareWithInterval(scenario.failed.virtual)} virtually (${whyOf(scenario)})`,
  );
  return `Live and virtual lane agree on the failed requests of ${count} within the tolerance${apart.length === 0 ? "." : `, and do NOT in: ${told.join("; ")}.`}`;
}

/** What is known of the live run that its twins do not have. */
function whyOf({ live: { failures, isDisturbed, dispatchLagMsP99 } }: ScenarioAgreement): string {
  const seen = failures.map(({ reason, count }) => `${count} × ${reason}`);
  const busy = `the machine was busy: its own load generator was ${short(dispatchLagMsP99)} ms late in one of a hundred requests, and twins wait for no machine`;
  return `live: ${[...(seen.length === 0 ? ["nothing failed"] : seen), ...(isDisturbed ? [busy] : [])].join("; ")}`;
}

function allowedText({ allowed: { low, high } }: ShareAgreement): string {
  return `${(low * 100).toFixed(1)}–${(high * 100).toFixed(1)} %`;
}

function badge({ agrees }: ShareAgreement): string {
  return `<span class="badge ${agrees ? "low" : "high"}">${agrees ? "agrees" : "apart"}</span>`;
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1_000).toFixed(0)} s`;
}
