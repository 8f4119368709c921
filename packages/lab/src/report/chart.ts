import type * as echarts from "echarts";
import { colourOfRevision, colourOfVersion, ink, outcomeColours } from "./palette.ts";
import type { RunReport, Timeline } from "./report.ts";
import { drawSvg } from "./svg.ts";

const stripHeight = 96;
const gap = 40;
const top = 28;

type Point = [number, number];

interface Strip {
  readonly title: string;
  readonly max?: number;
  readonly series: readonly echarts.SeriesOption[];
}

/** One run on one time axis, as SVG: requests per second by outcome, replicas, weights, node versions. Legends stand beside it. */
export function drawTimeline(run: RunReport): string {
  const strips = stripsOf(run.timeline);
  const option = {
    grid: strips.map((_, index) => ({
      left: 60,
      right: 20,
      top: top + index * (stripHeight + gap),
      height: stripHeight,
    })),
    xAxis: strips.map((_, index) => timeAxis(index, run.durationMs, index === strips.length - 1)),
    yAxis: strips.map(({ title, max }, index) => valueAxis(index, title, max)),
    series: strips.flatMap(({ series }, index) =>
      [...series, eventLines(run.timeline.events)].map((one) => ({ ...one, xAxisIndex: index, yAxisIndex: index })),
    ),
  } as echarts.EChartsOption;
  return drawSvg(option, top + strips.length * (stripHeight + gap));
}

function stripsOf(timeline: Timeline): Strip[] {
  const { replicas, weights, nodes, revisions } = timeline;
  const revisionColour = (name: string): string => colourOfRevision(revisions, name);
  const strips: Strip[] = [
    { title: "requests per second", series: requestSeries(timeline) },
    { title: "ready replicas", series: stepSeries(replicas.map(byRevision), revisionColour) },
    { title: "share of traffic, %", max: 100, series: stepSeries(weights.map(byRevision), revisionColour) },
  ];
  if (nodes.length === 0) return strips;
  const versions = versionsOf(timeline);
  const values = nodes.map(({ atMs, byVersion }) => ({ atMs, values: byVersion }));
  return [...strips, { title: "ready nodes", series: stepSeries(values, (name) => colourOfVersion(versions, name)) }];
}

/** Versions that nodes had, the oldest first. */
export function versionsOf({ nodes }: Timeline): string[] {
  const names = [...new Set(nodes.flatMap(({ byVersion }) => Object.keys(byVersion)))];
  return names.toSorted((one, other) => one.localeCompare(other, "en", { numeric: true }));
}

function requestSeries({ requests, bucketMs }: Timeline): echarts.SeriesOption[] {
  const perSecond = 1_000 / bucketMs;
  return (Object.keys(outcomeColours) as (keyof typeof outcomeColours)[]).map((outcome) => ({
    name: outcome,
    type: "bar",
    stack: "requests",
    barCategoryGap: "0%",
    itemStyle: { color: outcomeColours[outcome] },
    data: requests.map((bucket): Point => [(bucket.atMs + bucketMs / 2) / 1_000, bucket[outcome] * perSecond]),
  }));
}

/** Lines at what happened, through every strip. */
function eventLines(events: Timeline["events"]): echarts.SeriesOption {
  return {
    type: "line",
    data: [],
    markLine: {
      symbol: "none",
      silent: true,
      label: { show: false },
      lineStyle: { color: ink, type: "dashed", width: 1, opacity: 0.6 },
      data: events.map(({ atMs }) => ({ xAxis: atMs / 1_000 })),
    },
  };
}

interface Sample {
  readonly atMs: number;
  readonly values: Readonly<Record<string, number>>;
}

function byRevision(sample: Timeline["replicas"][number]): Sample {
  return { atMs: sample.atMs, values: sample.byRevision };
}

function stepSeries(samples: readonly Sample[], colourOf: (name: string) => string): echarts.SeriesOption[] {
  const names = [...new Set(samples.flatMap(({ values }) => Object.keys(values)))];
  return names.map((name) => ({
    name,
    type: "line",
    step: "end",
    symbol: "none",
    lineStyle: { width: 2 },
    color: colourOf(name),
    data: samples.map(({ atMs, values }): Point => [atMs / 1_000, values[name] ?? 0]),
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
    min: 0,
    ...(max === undefined ? {} : { max }),
    minInterval: 1,
    splitNumber: 3,
    nameGap: 10,
    nameTextStyle: { color: ink, align: "left" },
    axisLabel: { color: ink },
    splitLine: { lineStyle: { color: ink, opacity: 0.2 } },
  };
}
