import { ink, riskColours } from "../report/palette.ts";
import { drawSvg, pictureWidth } from "../report/svg.ts";

export interface HeatMapCell {
  readonly row: string;
  readonly column: string;
  /** 0 is good, 1 is the worst. */
  readonly heat: number;
  readonly text: string;
}

const rowHeight = 40;
const left = 190;
const right = 20;
const characterWidth = 7;

/** What each row meets in each column, in colour and in words. A pair without a cell was not tried. */
export function drawHeatMap(cells: readonly HeatMapCell[]): string {
  const rows = unique(cells.map(({ row }) => row));
  const columns = unique(cells.map(({ column }) => column));
  const widest = characterWidth * Math.max(0, ...columns.map(({ length }) => length));
  // Names that are wider than their columns stand upright.
  const rotate = widest > (pictureWidth - left - right) / columns.length ? 90 : 0;
  const top = 20 + (rotate ? widest : 20);
  const option = {
    grid: { left, right, top, height: rows.length * rowHeight },
    xAxis: { ...axis(columns, rotate), position: "top" as const },
    yAxis: { ...axis(rows), inverse: true },
    visualMap: { show: false, min: 0, max: 1, inRange: { color: [...riskColours] } },
    series: [
      {
        type: "heatmap" as const,
        data: cells.map(({ row, column, heat, text }) => ({
          name: text,
          value: [columns.indexOf(column), rows.indexOf(row), heat] as [number, number, number],
        })),
        label: { show: true, formatter: "{b}", color: "#fff", fontSize: 11 },
        itemStyle: { borderColor: "transparent", borderWidth: 2 },
      },
    ],
  };
  return drawSvg(option, top + rows.length * rowHeight + 10);
}

function axis(data: readonly string[], rotate = 0) {
  return {
    type: "category" as const,
    data: [...data],
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: ink, interval: 0, rotate },
  };
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
