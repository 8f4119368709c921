import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface Load {
  readonly url: string;
  readonly host: string;
  readonly connections: number;
  readonly seconds: number;
  /** Lua file that shapes the request. */
  readonly script?: string;
}

export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Connection errors, time-outs and answers other than 2xx and 3xx. */
  readonly failures: number;
  readonly latencyUsP50: number;
  readonly latencyUsP99: number;
}

/** One run of wrk with one thread on some cores, `0` or `0,1`. */
export async function runWrk(cores: string, load: Load): Promise<LoadResult> {
  const shape = load.script === undefined ? [] : ["-s", load.script];
  const connections = ["-t", "1", "-c", String(load.connections), "-d", `${load.seconds}s`];
  const args = ["wrk", ...connections, "--latency", ...shape, "-H", `Host: ${load.host}`, load.url];
  const { stdout } = await promisify(execFile)("taskset", ["-c", cores, ...args]);
  const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? 0);
  const socketErrors =
    /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1) ?? [];
  return {
    requests: number(/(\d+) requests in/),
    requestsPerSecond: number(/Requests\/sec:\s+([\d.]+)/),
    failures: socketErrors.reduce((sum, count) => sum + Number(count), number(/Non-2xx or 3xx responses: (\d+)/)),
    latencyUsP50: microseconds(/50%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
    latencyUsP99: microseconds(/99%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
  };
}

function microseconds(match: RegExpExecArray | null): number {
  const factors: Readonly<Record<string, number>> = { us: 1, ms: 1_000, s: 1_000_000 };
  return Number(match?.[1] ?? Number.NaN) * (factors[match?.[2] ?? ""] ?? Number.NaN);
}
