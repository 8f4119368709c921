import { join } from "node:path";
import { cpuTimeUs, type RunningProgram, startPinned } from "../harness/process-tree.ts";
import { waitForQuiet } from "../harness/quiet.ts";
import { runWrk } from "../harness/wrk.ts";
import { type Contender, host } from "./contenders.ts";
import type { Sample, Workload } from "./summary.ts";

export interface Plan {
  readonly part: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly cores: { readonly proxies: string; readonly others: string };
  readonly proxies: readonly Contender[];
}

type CostPlan = Plan & { readonly workloads: readonly Workload[] };

/** All proxies run all the time; in each round they take turns under each workload. */
export async function measureCost(plan: CostPlan): Promise<Sample[]> {
  await using programs = await startAll(plan);
  const [, warmup] = plan.workloads;
  for (const proxy of plan.proxies) if (warmup) await load(proxy, warmup, plan, plan.warmupSeconds);
  const samples: Sample[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    const coresInUse = await waitForQuiet(5_000);
    for (const workload of plan.workloads) {
      for (const [proxy, { pid }] of programs.running) {
        samples.push({ coresInUse, ...(await sample(round, workload, proxy, pid, plan)) });
      }
    }
    const told = samples
      .filter((one) => one.round === round)
      .map(({ proxy, cpuUsPerRequest }) => `${proxy} ${cpuUsPerRequest.toFixed(1)} µs`);
    console.log(`${plan.part} ${round} of ${plan.rounds}: ${told.join(", ")} (others used ${coresInUse} cores)`);
  }
  return samples;
}

export interface Programs extends AsyncDisposable {
  readonly running: ReadonlyMap<Contender, RunningProgram>;
}

export async function startAll({ proxies, cores }: Plan): Promise<Programs> {
  await using stack = new AsyncDisposableStack();
  const running = new Map<Contender, RunningProgram>();
  for (const proxy of proxies) {
    running.set(proxy, stack.use(await startPinned(cores.proxies, proxy.command, proxy.port)));
  }
  const owned = stack.move();
  return { running, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function sample(
  round: number,
  workload: Workload,
  proxy: Contender,
  pid: number,
  plan: CostPlan,
): Promise<Omit<Sample, "coresInUse">> {
  const before = cpuTimeUs(pid);
  const result = await load(proxy, workload, plan, plan.seconds);
  const cpuUsPerRequest = (cpuTimeUs(pid) - before) / result.requests;
  return { round, workload: workload.name, proxy: proxy.name, cpuUsPerRequest, ...result };
}

function load({ port }: Contender, { connections, method }: Workload, { cores }: CostPlan, seconds: number) {
  const script = method === "POST" ? { script: join(import.meta.dirname, "post.lua") } : {};
  return runWrk(cores.others, { url: `http://127.0.0.1:${port}/payments`, host, connections, seconds, ...script });
}
