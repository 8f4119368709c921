import { ink } from "../report/palette.ts";
import { drawSvg } from "../report/svg.ts";

export interface TornadoBar {
  /** Which entry of the calibration. */
  readonly name: string;
  /** The measure when it is at its low and at its high end. */
  readonly low: number;
  readonly high: number;
  /** The order of the strategies is another one at one of the ends. */
  readonly changesRanking: boolean;
}

const barHeight = 26;

/** How far one measure moves when each entry alone moves; the longest bar is on top. */
export function drawTornado(bars: readonly TornadoBar[], base: number, unit: string): string {
  const sorted = bars.toSorted((one, other) => spread(one) - spread(other));
  const option = {
    grid: { left: 280, right: 60, top: 10, bottom: 45 },
    xAxis: {
      type: "value" as const,
      name: unit,
      nameLocation: "middle" as const,
      nameGap: 28,
      scale: true,
      axisLabel: { color: ink },
      splitLine: { lineStyle: { color: ink, opacity: 0.2 } },
    },
    yAxis: {
      type: "category" as const,
      data: sorted.map(({ name, changesRanking }) => (changesRanking ? `${name} ◆` : name)),
      axisLabel: { color: ink },
      axisTick: { show: false },
    },
    series: [side(sorted, base, "low", "#3d7de0"), side(sorted, base, "high", "#e0533d")],
  };
  return drawSvg(option, 55 + sorted.length * barHeight);
}

function spread({ low, high }: TornadoBar): number {
  return Math.abs(high - low);
}

/** Bars from the base to the end: a custom piece, since bars of a chart begin at zero. */
function side(bars: readonly TornadoBar[], base: number, end: "low" | "high", colour: string) {
  return {
    type: "custom" as const,
    data: bars.map((bar, index) => [index, base, bar[end]]),
    encode: { x: [1, 2], y: 0 },
    renderItem: (_: unknown, api: { value(index: number): unknown; coord(point: number[]): number[] }) => {
      const [row, from, to] = [0, 1, 2].map((index) => Number(api.value(index)));
      const [x1 = 0, y = 0] = api.coord([from ?? 0, row ?? 0]);
      const [x2 = 0] = api.coord([to ?? 0, row ?? 0]);
      const shape = {
        x: Math.min(x1, x2),
        y: y - barHeight / 3,
        width: Math.max(1, Math.abs(x2 - x1)),
        height: barHeight / 1.5,
      };
      return { type: "rect" as const, shape, style: { fill: colour, opacity: 0.85 } };
    },
  };
}
