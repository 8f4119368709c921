import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { serverCpu } from "./generators.ts";

export const pauseMs = 500;
export const periodMs = 2_500;

/** A stretch in which the server stood still, as it has noted itself; milliseconds since the epoch. */
export interface Pause {
  readonly beginMs: number;
  readonly endMs: number;
}

export interface StallingServer extends AsyncDisposable {
  readonly port: number;
  /** So far. */
  readonly pauses: readonly Pause[];
}

export async function startStallingServer(): Promise<StallingServer> {
  const file = join(import.meta.dirname, "stalling-server.ts");
  const command = [process.execPath, file, String(pauseMs), String(periodMs)];
  const child = spawn("taskset", ["-c", serverCpu, ...command], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const lines = createInterface(child.stdout);
  const [port] = (await once(lines, "line")) as [string];
  const pauses: Pause[] = [];
  lines.on("line", (line) => pauses.push(JSON.parse(line) as Pause));
  return {
    port: Number(port),
    pauses,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/**
 * Requests that should leave during a pause wait for its end: uniformly 0 to `pauseMs`, for a share of
 * `pauseMs / periodMs` of all requests, when the load lasts for whole periods. The slowest 1 % of all are the slowest
 * 5 % of those.
 */
export const analyticP99Ms = pauseMs * (1 - 0.01 / (pauseMs / periodMs));

/** The 99th percentile that a load would see at least, from the pauses as they really were, with answers in no time. */
export function p99OfPausesMs(
  pauses: readonly Pause[],
  load: { readonly startedAtMs: number; readonly ratePerSecond: number; readonly seconds: number },
): number {
  const requests = load.ratePerSecond * load.seconds;
  const waits = Array.from({ length: requests }, (_, index) => {
    const dueMs = load.startedAtMs + (1_000 * index) / load.ratePerSecond;
    const pause = pauses.find(({ beginMs, endMs }) => beginMs <= dueMs && dueMs < endMs);
    return pause ? pause.endMs - dueMs : 0;
  });
  waits.sort((a, b) => a - b);
  return waits[Math.ceil(0.99 * requests) - 1] ?? Number.NaN;
}
