import { drawHeatMap } from "./heat-map.ts";
import type { RiskReport } from "./report.ts";
import { short } from "./words.ts";

/** Strategies and incidents: the chance of an outage of more than a minute, and the mean of failed payments, as SVG. */
export function drawWhoMeetsWhat({ rows, incidents }: Pick<RiskReport, "rows" | "incidents">): string {
  return drawHeatMap(
    rows.flatMap(({ title, byIncident }) =>
      incidents.flatMap(({ name }) => {
        const summary = byIncident[name];
        if (!summary) return [];
        const { outageOver1, failed } = summary;
        return [
          {
            row: title,
            column: name,
            // The square root keeps a chance of some per cent visible.
            heat: Math.sqrt(outageOver1.value),
            text: `${short(outageOver1.value * 100)} %\n${short(failed.value)}`,
          },
        ];
      }),
    ),
  );
}
