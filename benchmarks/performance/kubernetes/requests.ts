import { performance } from "node:perf_hooks";
import { createModelCluster, type ModelCluster } from "@fairway/emulator";
import { createRealTimeKernel } from "@fairway/kernel";
import { call, mergePatch, podOf, pods } from "./calls.ts";
import { type Connection, connect, send, watch } from "./connection.ts";

const podCount = 500;
const watcherCount = 100;

export interface RequestResult {
  readonly inProcess: {
    readonly getPerSecond: number;
    readonly patchPerSecond: number;
    readonly listPerSecond: number;
  };
  readonly loopback: { readonly getPerSecond: number; readonly patchPerSecond: number; readonly listPerSecond: number };
  /** From the PATCH until the last of 100 watchers has its event, over loopback; median of the rounds. */
  readonly fanOutMs: number;
}

export async function measureRequests(rounds: number): Promise<RequestResult> {
  const kernel = createRealTimeKernel({ seed: 1 });
  const model = createModelCluster(kernel, { name: "prod", kubernetesVersion: "1.33.2" });
  for (let index = 0; index < podCount; index++) call(model, "POST", pods, podOf(`p${index}`));
  const server = await model.listen();
  const connection = connect(server);
  const result = {
    inProcess: inProcess(model),
    loopback: await overLoopback(connection),
    fanOutMs: await fanOut(connection, rounds),
  };
  connection.agent.destroy();
  await server.close();
  model.close();
  kernel.close();
  return result;
}

function inProcess(model: ModelCluster): RequestResult["inProcess"] {
  return {
    getPerSecond: rate(20_000, (index) => JSON.stringify(call(model, "GET", `${pods}/p${index % podCount}`))),
    patchPerSecond: rate(5_000, (index) =>
      call(model, "PATCH", `${pods}/p${index % podCount}`, labelled(index), mergePatch),
    ),
    listPerSecond: rate(100, () => JSON.stringify(call(model, "GET", `${pods}?limit=500`))),
  };
}

function labelled(value: number): unknown {
  return { metadata: { labels: { round: String(value) } } };
}

/** Calls per second after a warm-up of a fifth. */
function rate(count: number, work: (index: number) => unknown): number {
  for (let index = 0; index < count / 5; index++) work(index);
  const start = performance.now();
  for (let index = 0; index < count; index++) work(count + index);
  return Math.round((count * 1_000) / (performance.now() - start));
}

async function overLoopback(connection: Connection): Promise<RequestResult["loopback"]> {
  return {
    getPerSecond: await concurrentRate(4_000, (index) => send(connection, "GET", `${pods}/p${index % podCount}`)),
    patchPerSecond: await concurrentRate(2_000, (index) =>
      send(connection, "PATCH", `${pods}/p${index % podCount}`, labelled(100_000 + index)),
    ),
    listPerSecond: await concurrentRate(50, () => send(connection, "GET", `${pods}?limit=500`)),
  };
}

/** Sixteen at a time, client and server in one process. */
async function concurrentRate(count: number, work: (index: number) => Promise<unknown>): Promise<number> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: 16 }, worker));
  return Math.round((count * 1_000) / (performance.now() - start));
}

async function fanOut(connection: Connection, rounds: number): Promise<number> {
  const waiting = new Set<() => void>();
  const stops = await Promise.all(
    Array.from({ length: watcherCount }, () => watch(connection, () => waiting.forEach((arrived) => arrived()))),
  );
  const times: number[] = [];
  for (let index = 0; index < rounds; index++) {
    const start = performance.now();
    await new Promise<void>((resolve, reject) => {
      let missing = watcherCount;
      const arrived = (): void => {
        missing -= 1;
        if (missing > 0) return;
        waiting.delete(arrived);
        resolve();
      };
      waiting.add(arrived);
      send(connection, "PATCH", `${pods}/p0`, labelled(200_000 + index)).catch(reject);
    });
    times.push(performance.now() - start);
  }
  for (const stop of stops) stop();
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}
