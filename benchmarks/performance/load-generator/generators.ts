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

export function runOurs(job: Job): Promise<Measured> {
  return runScript("ours.ts", job);
}

async function runScript(name: string, job: Job): Promise<Measured> {
  const file = join(import.meta.dirname, name);
  const { stdout } = await runPinned(process.execPath, [...process.execArgv, file, JSON.stringify(job)]);
  return JSON.parse(stdout) as Measured;
}

function runPinned(command: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return run("taskset", ["-c", generatorCpu, command, ...args], { maxBuffer: 1e8 });
}
