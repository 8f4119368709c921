import { waitForQuiet } from "../harness/quiet.ts";
import { goal } from "../harness/results-file.ts";
import { spreadOf, spreadText } from "../harness/statistics.ts";
import { type MeasuredByOurs, runOurs } from "../load-generator/generators.ts";
import { backendPorts, type Contender, host } from "./contenders.ts";
import { type Plan, startAll } from "./cost.ts";

const ratePerSecond = 1_500;
const connections = 32;

/** Times nginx's, at most. */
const goals = { p50: 1.35, p99: 2 };

export interface LatencySample extends MeasuredByOurs {
  readonly round: number;
  readonly proxy: string;
  /** Cores that others used just before. */
  readonly coresInUse: number;
}

type LatencyPlan = Plan & { readonly method: "GET" | "POST" };

/** Poisson arrivals at a rate that every proxy can serve, one proxy after the other; and the backend without any. */
export async function measureLatency(plan: LatencyPlan): Promise<LatencySample[]> {
  await using _programs = await startAll(plan);
  const direct = { name: "direct", port: backendPorts[0] };
  const targets = [direct, ...plan.proxies];
  for (const target of targets) await load(target, plan, plan.warmupSeconds);
  const samples: LatencySample[] = [];
  for (let round = 1; round <= plan.rounds; round += 1) {
    const coresInUse = await waitForQuiet(5_000);
    for (const target of targets) {
      samples.push({ round, proxy: target.name, coresInUse, ...(await load(target, plan, plan.seconds)) });
    }
    const told = samples
      .filter((one) => one.round === round)
      .map(({ proxy, latencyMsP50 }) => `${proxy} ${(1_000 * latencyMsP50).toFixed(0)} µs`);
    console.log(`${plan.part} ${round} of ${plan.rounds}: p50 ${told.join(", ")} (others used ${coresInUse} cores)`);
  }
  return samples;
}

function load({ port }: Pick<Contender, "port">, { method }: LatencyPlan, seconds: number): Promise<MeasuredByOurs> {
  return runOurs({ port, hostName: host, method, connections, seconds, ratePerSecond, arrivals: "poisson" });
}

/** Ratios are taken within a round. */
export function summariseLatency(part: string, samples: readonly LatencySample[]) {
  const proxies = [...new Set(samples.map(({ proxy }) => proxy))];
  const us = (proxy: string, figure: Figure): number =>
    Math.round(1_000 * spreadOf(samples.filter((one) => one.proxy === proxy).map((one) => one[figure])).median);
  const rowOf = (proxy: string) => ({
    "p50 µs": us(proxy, "latencyMsP50"),
    "p50 / nginx": spreadText(ratios(samples, proxy, "latencyMsP50")),
    "p99 µs": us(proxy, "latencyMsP99"),
    "p99 / nginx": spreadText(ratios(samples, proxy, "latencyMsP99")),
    "service p50 µs": us(proxy, "serviceMsP50"),
    "service p50 / nginx": spreadText(ratios(samples, proxy, "serviceMsP50")),
    "service p99 µs": us(proxy, "serviceMsP99"),
    "service p99 / nginx": spreadText(ratios(samples, proxy, "serviceMsP99")),
    "lag p50 µs": us(proxy, "lagMsP50"),
  });
  const table = Object.fromEntries(proxies.map((proxy) => [proxy, rowOf(proxy)]));
  const goalOf = (name: string, figure: Figure, most: number) => {
    const { median } = ratios(samples, "fairway", figure);
    return goal(`${part}: ${name} ${median.toFixed(2)} times nginx's, goal at most ${most}`, median <= most);
  };
  return {
    table,
    goals: [
      goalOf("p50", "latencyMsP50", goals.p50),
      goalOf("p99", "latencyMsP99", goals.p99),
      goalOf("p50 of the service time", "serviceMsP50", goals.p50),
      goalOf("p99 of the service time", "serviceMsP99", goals.p99),
    ],
  };
}

type Figure = "latencyMsP50" | "latencyMsP99" | "serviceMsP50" | "serviceMsP99" | "lagMsP50";

function ratios(samples: readonly LatencySample[], proxy: string, figure: Figure) {
  const nginx = samples.filter((one) => one.proxy === "nginx");
  const own = samples.filter((one) => one.proxy === proxy);
  return spreadOf(
    own.flatMap((one) => {
      const reference = nginx.find(({ round }) => round === one.round);
      return reference ? [one[figure] / reference[figure]] : [];
    }),
  );
}
