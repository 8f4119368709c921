import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The generators work on this core, the servers on the other. */
export const generatorCpu = "1";
export const serverCpu = "0";

export interface Job {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Undefined: as fast as it goes. */
  readonly ratePerSecond?: number;
}

/** What only ours can be told. */
export interface OurJob extends Job {
  /** Default: constant. */
  readonly arrivals?: "constant" | "poisson";
  /** The Host header; default: the address. */
  readonly hostName?: string;
  /** POST: payments. Default: GET. */
  readonly method?: "GET" | "POST";
}

export interface Measured {
  readonly requestsPerSecond: number;
  /** User and system time of the generator: says more than the rate where others use the machine too. */
  readonly cpuUsPerRequest: number;
  readonly latencyMsP99: number;
}

export async function runWrk({ port, connections, seconds }: Job): Promise<Measured> {
  const wrk = ["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "--latency", `http://127.0.0.1:${port}/`];
  const { stdout, stderr } = await runPinned("bash", ["-c", 'TIMEFORMAT="%U %S"; time "$@"', "bash", ...wrk]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`Requests of wrk failed: ${stdout}`);
  const [userSeconds = Number.NaN, systemSeconds = Number.NaN] = stderr.trim().split(" ").map(Number);
  const [, p99, unit = ""] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? [];
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    cpuUsPerRequest: (1e6 * (userSeconds + systemSeconds)) / Number(/(\d+) requests in/.exec(stdout)?.[1]),
    latencyMsP99: Number(p99) * ({ us: 0.001, ms: 1, s: 1_000 }[unit] ?? Number.NaN),
  };
}

export function runAutocannon(job: Job): Promise<Measured> {
  return runScript("autocannon.ts", job);
}

/** Of ours is known besides what happened to the requests before they left. */
export interface MeasuredByOurs extends Measured {
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly latencyMsP50: number;
  readonly serviceMsP50: number;
  readonly serviceMsP99: number;
  readonly lagMsP50: number;
}

export function runOurs(job: OurJob): Promise<MeasuredByOurs> {
  return runScript("ours.ts", job) as Promise<MeasuredByOurs>;
}

/** Its 99th percentile. It has no rate over all connections, only one for each. */
export async function runHey({ port, connections, seconds, ratePerSecond = 0 }: Job): Promise<number> {
  const limits = ["-z", `${1_000 * seconds}ms`, "-c", String(connections), "-q", String(ratePerSecond / connections)];
  const { stdout } = await runPinned("hey", [...limits, `http://127.0.0.1:${port}/`]);
  return 1_000 * Number(/99% in ([\d.]+) secs/.exec(stdout)?.[1]);
}

async function runScript(name: string, job: Job): Promise<Measured> {
  const file = join(import.meta.dirname, name);
  const { stdout } = await runPinned(process.execPath, [...process.execArgv, file, JSON.stringify(job)]);
  return JSON.parse(stdout) as Measured;
}

function runPinned(command: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return run("taskset", ["-c", generatorCpu, command, ...args], { maxBuffer: 1e8 });
}
