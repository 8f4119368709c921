import { ink, laneColours } from "../report/palette.ts";
import { drawSvg } from "../report/svg.ts";
import type { ScenarioAgreement } from "./agreement.ts";

const rowHeight = 44;

/** Row by row: where the live share has to lie, where 95 % of the twins lie, and where it lies with its own noise. */
export function drawLanes(scenarios: readonly ScenarioAgreement[]): string {
  const failed = scenarios.map((scenario) => scenario.failed);
  const option = {
    grid: { left: 150, right: 40, top: 10, bottom: 45 },
    xAxis: {
      type: "value" as const,
      name: "failed requests, % of all",
      nameLocation: "middle" as const,
      nameGap: 28,
      min: 0,
      nameTextStyle: { color: ink },
      axisLabel: { color: ink },
      splitLine: { lineStyle: { color: ink, opacity: 0.2 } },
    },
    yAxis: {
      type: "category" as const,
      inverse: true,
      data: scenarios.map(nameOfScenario),
      axisLabel: { color: ink },
      axisTick: { show: false },
    },
    series: [
      band(
        failed.map(({ allowed }) => allowed),
        laneColours.allowed,
        22,
      ),
      band(
        failed.map(({ virtual }) => virtual),
        laneColours.virtual,
        12,
      ),
      band(
        failed.map(({ live }) => live),
        laneColours.live,
        2,
      ),
      {
        type: "scatter" as const,
        symbol: "circle",
        symbolSize: 11,
        color: laneColours.live,
        data: failed.map(({ live }, row) => [live.value * 100, row]),
      },
    ],
  };
  return drawSvg(option, 55 + scenarios.length * rowHeight);
}

/** `S1, F1`: short enough for an axis. */
export function nameOfScenario({ story, fault }: ScenarioAgreement): string {
  return `${story}, ${fault === "none" ? "no fault" : fault}`;
}

function band(spans: readonly { readonly low: number; readonly high: number }[], colour: string, height: number) {
  return {
    type: "custom" as const,
    data: spans.map(({ low, high }, row) => [row, low * 100, high * 100]),
    encode: { x: [1, 2], y: 0 },
    renderItem: (_: unknown, api: { value(index: number): unknown; coord(point: number[]): number[] }) => {
      const [row = 0, from = 0, to = 0] = [0, 1, 2].map((index) => Number(api.value(index)));
      const [x1 = 0, y = 0] = api.coord([from, row]);
      const [x2 = 0] = api.coord([to, row]);
      const shape = { x: x1, y: y - height / 2, width: Math.max(2, x2 - x1), height };
      return { type: "rect" as const, shape, style: { fill: colour } };
    },
  };
}
