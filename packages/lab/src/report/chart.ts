import * as echarts from "echarts";
import type { RunReport, Timeline } from "./report.ts";

const width = 960;
const stripHeight = 110;
const gap = 34;
/** Readable on white and on black, so that one picture serves both themes. */
const ink = "#80868f";
const outcomeColours = { ok: "#2e9e6b", error: "#e0533d", refused: "#c02f7a", timeout: "#e59f2c" } as const;
const revisionColours = ["#3d7de0", "#9b5de0", "#1ba6a6", "#b5893c", "#777d86"];

type Point = [number, number];

interface Strip {
  readonly title: string;
  readonly max?: number;
  readonly series: readonly echarts.SeriesOption[];
}

/** One run on one time axis, as SVG: requests per second by outcome, replicas, weights, node versions. */
export function drawTimeline(run: RunReport): string {
  const strips = stripsOf(run.timeline);
  const height = 30 + strips.length * (stripHeight + gap) + 30;
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption({
    animation: false,
    textStyle: { color: ink, fontFamily: "system-ui, sans-serif" },
    legend: { top: 0, textStyle: { color: ink }, itemWidth: 12, itemHeight: 8 },
    grid: strips.map((_, index) => ({
      left: 60,
      right: 20,
      top: 44 + index * (stripHeight + gap),
      height: stripHeight,
    })),
    xAxis: strips.map((_, index) => timeAxis(index, run.durationMs, index === strips.length - 1)),
    yAxis: strips.map(({ title, max }, index) => valueAxis(index, title, max)),
    series: strips.flatMap(({ series }, index) =>
      series.map((one) => ({ ...one, xAxisIndex: index, yAxisIndex: index })),
    ),
  } as echarts.EChartsOption);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function stripsOf(timeline: Timeline): Strip[] {
  const strips: Strip[] = [
    { title: "requests/s", series: requestSeries(timeline) },
    { title: "ready replicas", series: stepSeries(timeline.replicas, "ready: ") },
    { title: "weight %", max: 100, series: stepSeries(timeline.weights, "weight: ") },
  ];
  if (timeline.nodes.length > 0) strips.push({ title: "nodes", series: stepSeries(timeline.nodes, "nodes at ") });
  return strips;
}

function requestSeries({ requests, bucketMs, events }: Timeline): echarts.SeriesOption[] {
  const perSecond = 1_000 / bucketMs;
  return (Object.keys(outcomeColours) as (keyof typeof outcomeColours)[]).map((outcome) => ({
    name: outcome,
    type: "bar",
    stack: "requests",
    barCategoryGap: "0%",
    itemStyle: { color: outcomeColours[outcome] },
    data: requests.map((bucket): Point => [(bucket.atMs + bucketMs / 2) / 1_000, bucket[outcome] * perSecond]),
    ...(outcome === "ok" ? { markLine: eventLines(events) } : {}),
  }));
}

function eventLines(events: Timeline["events"]): echarts.MarkLineComponentOption {
  return {
    symbol: "none",
    silent: true,
    label: { show: false },
    lineStyle: { color: ink, type: "dashed", width: 1, opacity: 0.6 },
    data: events.map(({ atMs }) => ({ xAxis: atMs / 1_000 })),
  };
}

function stepSeries(
  samples: readonly { atMs: number; byRevision?: Record<string, number>; byVersion?: Record<string, number> }[],
  prefix: string,
): echarts.SeriesOption[] {
  const values = samples.map(({ atMs, byRevision, byVersion }) => ({ atMs, by: byRevision ?? byVersion ?? {} }));
  const names = [...new Set(values.flatMap(({ by }) => Object.keys(by)))];
  return names.map((name, index) => ({
    name: `${prefix}${name}`,
    type: "line",
    step: "end",
    symbol: "none",
    lineStyle: { width: 2 },
    color: revisionColours[index % revisionColours.length] ?? ink,
    data: values.map(({ atMs, by }): Point => [atMs / 1_000, by[name] ?? 0]),
  }));
}

function timeAxis(gridIndex: number, durationMs: number, isLast: boolean): object {
  return {
    type: "value",
    gridIndex,
    min: 0,
    max: Math.ceil(durationMs / 1_000),
    axisLabel: { show: isLast, color: ink, formatter: "{value} s" },
    axisLine: { lineStyle: { color: ink } },
    splitLine: { show: false },
  };
}

function valueAxis(gridIndex: number, name: string, max: number | undefined): object {
  return {
    type: "value",
    gridIndex,
    name,
    ...(max === undefined ? {} : { max }),
    minInterval: 1,
    splitNumber: 3,
    nameTextStyle: { color: ink, align: "left" },
    axisLabel: { color: ink },
    splitLine: { lineStyle: { color: ink, opacity: 0.2 } },
  };
}
