import { ink, nodeColours, outcomeColours } from "../report/palette.ts";
import { drawSvg, pictureWidth } from "../report/svg.ts";

export interface NodeTimeline {
  readonly durationMs: number;
  readonly nodes: readonly NodeRow[];
  /** What callers saw, one bucket after another. */
  readonly bucketMs: number;
  readonly traffic: readonly { readonly atMs: number; readonly served: number; readonly failed: number }[];
  readonly events: readonly { readonly atMs: number; readonly text: string }[];
}

export interface NodeRow {
  readonly name: string;
  readonly spans: readonly NodeSpan[];
}

export interface NodeSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly state: keyof typeof nodeColours;
}

const left = 60;
const trafficHeight = 110;
const nodesTop = 180;
/** A thousand rows would be a pixel each: the first ones tell the story. */
const mostRows = 80;

/** One upgrade: what callers saw above, and below it each node from its birth to its end. */
export function drawNodeTimeline(timeline: NodeTimeline): string {
  const nodes = timeline.nodes.slice(0, mostRows);
  const rowHeight = nodes.length > 20 ? 8 : 16;
  const nodesHeight = nodes.length * rowHeight;
  const minutes = Math.max(1, Math.ceil(timeline.durationMs / 60_000));
  const time = { type: "value" as const, min: 0, max: minutes, axisLine: { lineStyle: { color: ink } } };
  const grid = { left, right: 20 };
  const option = {
    grid: [
      { ...grid, top: 30, height: trafficHeight },
      { ...grid, top: nodesTop, height: nodesHeight },
    ],
    xAxis: [
      { ...time, gridIndex: 0, axisLabel: { show: false }, splitLine: { show: false } },
      {
        ...time,
        gridIndex: 1,
        axisLabel: { color: ink, formatter: "{value} min", showMaxLabel: false },
        splitLine: { show: false },
      },
    ],
    yAxis: [
      {
        type: "value" as const,
        gridIndex: 0,
        name: "payments per second",
        nameTextStyle: { color: ink, align: "left" as const },
        axisLabel: { color: ink },
        splitNumber: 3,
        splitLine: { lineStyle: { color: ink, opacity: 0.2 } },
      },
      {
        type: "category" as const,
        gridIndex: 1,
        inverse: true,
        data: nodes.map(({ name }) => name),
        axisLabel: { show: false },
        axisTick: { show: false },
        name: nodes.length < timeline.nodes.length ? `first ${nodes.length} nodes` : "nodes",
        nameLocation: "start" as const,
        nameTextStyle: { color: ink, align: "left" as const },
      },
    ],
    series: [...trafficSeries(timeline), { ...spanSeries(nodes, rowHeight), markLine: eventLines(timeline) }],
  };
  return drawSvg(option, nodesTop + nodesHeight + 40);
}

function trafficSeries({ traffic, bucketMs }: NodeTimeline) {
  const perSecond = 1_000 / bucketMs;
  return (["served", "failed"] as const).map((what) => ({
    name: what,
    type: "line" as const,
    stack: "traffic",
    step: "end" as const,
    symbol: "none",
    lineStyle: { width: 0 },
    areaStyle: { opacity: 0.9 },
    color: what === "served" ? outcomeColours.ok : outcomeColours.error,
    xAxisIndex: 0,
    yAxisIndex: 0,
    data: traffic.map((bucket) => [bucket.atMs / 60_000, bucket[what] * perSecond]),
  }));
}

function spanSeries(nodes: readonly NodeRow[], rowHeight: number) {
  const spans = nodes.flatMap(({ spans: own }, row) => own.map((span) => ({ ...span, row })));
  return {
    type: "custom" as const,
    xAxisIndex: 1,
    yAxisIndex: 1,
    encode: { x: [1, 2], y: 0 },
    data: spans.map(({ row, fromMs, toMs }) => [row, fromMs / 60_000, toMs / 60_000]),
    renderItem: ({ dataIndex }: { dataIndex: number }, api: CustomApi) => {
      const [row = 0, from = 0, to = 0] = [0, 1, 2].map((index) => Number(api.value(index)));
      const [x1 = 0, y = 0] = api.coord([from, row]);
      const [x2 = 0] = api.coord([to, row]);
      const height = Math.max(2, rowHeight - 2);
      const width = Math.min(pictureWidth, Math.max(1, x2 - x1));
      const fill = nodeColours[spans[dataIndex]?.state ?? "old"];
      return { type: "rect" as const, shape: { x: x1, y: y - height / 2, width, height }, style: { fill } };
    },
  };
}

interface CustomApi {
  value(index: number): unknown;
  coord(point: number[]): number[];
}

function eventLines({ events }: NodeTimeline) {
  return {
    symbol: "none",
    silent: true,
    label: { show: false },
    lineStyle: { color: ink, type: "dashed" as const, opacity: 0.6 },
    data: events.map(({ atMs }) => ({ xAxis: atMs / 60_000 })),
  };
}
