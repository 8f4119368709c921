import { colourOfIndex, ink } from "../report/palette.ts";
import { drawSvg } from "../report/svg.ts";

export interface Sample {
  readonly name: string;
  /** One value a trial, in any order. */
  readonly values: readonly number[];
}

const height = 360;

/**
 * How often it was at least so bad: one falling curve per name, both axes logarithmic, so that the rare and terrible is as
 * visible as the common and harmless. What is 0 lies left of the picture: a curve begins at the share that is not.
 */
export function drawExceedance(samples: readonly Sample[], unit: string): string {
  const trials = Math.max(1, ...samples.map(({ values }) => values.length));
  const option = {
    grid: { left: 70, right: 20, top: 20, bottom: 50 },
    xAxis: { ...logAxis(unit), min: 1, nameLocation: "middle" as const, nameGap: 30 },
    yAxis: { ...logAxis(""), min: 1 / trials, max: 1, axisLabel: { color: ink, formatter: asPercent } },
    series: samples.map(({ name, values }, index) => ({
      name,
      type: "line" as const,
      step: "start" as const,
      symbol: "none",
      lineStyle: { width: 2 },
      color: colourOfIndex(index),
      data: curve(values),
    })),
  };
  return drawSvg(option, height);
}

/** From (value, share of trials that reached it) to (worst, 1 of all). */
export function curve(values: readonly number[]): [number, number][] {
  const sorted = values.filter((value) => value >= 1).toSorted((one, other) => one - other);
  const [first] = sorted;
  if (first === undefined) return [];
  const points = sorted.map((value, index): [number, number] => [value, (sorted.length - index) / values.length]);
  const byValue = points.filter(([value], index) => index === 0 || value !== points[index - 1]?.[0]);
  return [[1, sorted.length / values.length], ...byValue];
}

function logAxis(name: string) {
  return {
    type: "log" as const,
    name,
    nameTextStyle: { color: ink },
    axisLabel: { color: ink },
    axisLine: { lineStyle: { color: ink } },
    splitLine: { lineStyle: { color: ink, opacity: 0.2 } },
  };
}

function asPercent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
