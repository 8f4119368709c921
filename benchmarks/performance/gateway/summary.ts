import { type Goal, goal } from "../harness/results-file.ts";
import { type Spread, spreadOf, spreadText } from "../harness/statistics.ts";
import type { LoadResult } from "../harness/wrk.ts";

export interface Workload {
  readonly name: string;
  readonly connections: number;
  readonly method: "GET" | "POST";
  /** CPU per request of nginx over ours, at least. */
  readonly goalEfficiency: number;
}

export interface Sample extends LoadResult {
  readonly round: number;
  readonly workload: string;
  readonly proxy: string;
  readonly cpuUsPerRequest: number;
  /** Cores that others used just before. */
  readonly coresInUse: number;
}

type Table = Record<string, Record<string, string | number>>;

const measure = "nginx";
const ours = "fairway";

/** Ratios are taken within a round, where all saw the same machine; shown are their medians and ranges. */
export function summarise(workloads: readonly Workload[], samples: readonly Sample[]): { table: Table; goals: Goal[] } {
  const table: Table = {};
  const goals: Goal[] = [];
  const proxies = [...new Set(samples.map(({ proxy }) => proxy))];
  for (const { name, goalEfficiency } of workloads) {
    const efficiencies = new Map(proxies.map((proxy) => [proxy, ratios(samples, name, proxy, cpuRatio)]));
    for (const proxy of proxies) {
      const own = samples.filter((sample) => sample.workload === name && sample.proxy === proxy);
      table[`${name} ${proxy}`] = {
        "CPU µs/request": spreadOf(own.map(({ cpuUsPerRequest }) => cpuUsPerRequest)).median.toFixed(1),
        "efficiency (nginx = 1)": spreadText(efficiencies.get(proxy)),
        "requests/s / nginx": spreadText(ratios(samples, name, proxy, rateRatio)),
        "p99 µs": Math.round(spreadOf(own.map(({ latencyUsP99 }) => latencyUsP99)).median),
        failures: own.reduce((sum, { failures }) => sum + failures, 0),
      };
    }
    goals.push(...goalsOf(name, goalEfficiency, efficiencies));
  }
  const failed = samples.reduce((sum, { proxy, failures }) => sum + (proxy === ours ? failures : 0), 0);
  goals.push(goal(`failed requests through ${ours}: ${failed}, goal 0`, failed === 0));
  return { table, goals };
}

function goalsOf(workload: string, wanted: number, efficiencies: ReadonlyMap<string, Spread>): Goal[] {
  const reached = efficiencies.get(ours)?.median ?? 0;
  const toNginx = goal(`${workload}: ${reached.toFixed(2)} of nginx's efficiency, goal ${wanted}`, reached >= wanted);
  const toNode = ["undici", "http-proxy"]
    .filter((proxy) => efficiencies.has(proxy))
    .map((proxy) => {
      const times = reached / (efficiencies.get(proxy)?.median ?? Number.NaN);
      return goal(`${workload}: ${times.toFixed(1)} times ${proxy}'s efficiency, goal more than 1`, times > 1);
    });
  return [toNginx, ...toNode];
}

function ratios(
  samples: readonly Sample[],
  workload: string,
  proxy: string,
  ratio: (reference: Sample, own: Sample) => number,
): Spread {
  const own = samples.filter((sample) => sample.workload === workload && sample.proxy === proxy);
  return spreadOf(
    own.flatMap((sample) => {
      const reference = samples.find(
        (other) => other.round === sample.round && other.workload === workload && other.proxy === measure,
      );
      return reference ? [ratio(reference, sample)] : [];
    }),
  );
}

const cpuRatio = (reference: Sample, own: Sample): number => reference.cpuUsPerRequest / own.cpuUsPerRequest;
const rateRatio = (reference: Sample, own: Sample): number => own.requestsPerSecond / reference.requestsPerSecond;
