import { performance } from "node:perf_hooks";
import { createModelCluster } from "@fairway/emulator";
import { createRealTimeKernel } from "@fairway/kernel";
import { call, podOf, pods } from "./calls.ts";
import { type Connection, connect, send, watch } from "./connection.ts";

export interface CrowdResult {
  readonly list: {
    readonly megabytes: number;
    readonly seconds: number;
    /** More than before the list, at the most; both ends are in this process. */
    readonly residentMoreMegabytes: number;
    /** The longest GET of one pod meanwhile. */
    readonly getMsMax: number;
  };
  readonly watches: {
    readonly count: number;
    /** Both ends. */
    readonly residentKilobytesEach: number;
    /** From the PATCH until the last watcher has its event. */
    readonly toldMs: number;
    readonly getMsMax: number;
  };
}

/** What many clients, and clients that want much, cost a cluster of 30,000 pods, over loopback. */
export async function measureCrowd(podCount = 30_000, watcherCount = 3_000): Promise<CrowdResult> {
  const kernel = createRealTimeKernel({ seed: 1 });
  const model = createModelCluster(kernel, { name: "prod", kubernetesVersion: "1.33.2" });
  for (let index = 0; index < podCount; index++) call(model, "POST", pods, podOf(`p${index}`));
  const server = await model.listen();
  const connection = connect(server, Number.POSITIVE_INFINITY);
  await send(connection, "GET", `${pods}/p0`);
  const result = { list: await listAll(connection), watches: await crowd(connection, watcherCount) };
  connection.agent.destroy();
  await server.close();
  model.close();
  kernel.close();
  return result;
}

async function listAll(connection: Connection): Promise<CrowdResult["list"]> {
  const before = residentMegabytes();
  let most = before;
  const start = performance.now();
  const listing = send(connection, "GET", pods);
  const getMsMax = await longestGet(connection, listing, () => {
    most = Math.max(most, residentMegabytes());
  });
  const megabytes = (await listing) / 1e6;
  const seconds = (performance.now() - start) / 1_000;
  return { megabytes, seconds, residentMoreMegabytes: most - before, getMsMax };
}

async function crowd(connection: Connection, count: number): Promise<CrowdResult["watches"]> {
  const before = residentMegabytes();
  let missing = count;
  let finished = (): void => {};
  const told = new Promise<void>((resolve) => {
    finished = resolve;
  });
  for (let opened = 0; opened < count; opened += 100) {
    const arrived = (): void => {
      missing -= 1;
      if (missing === 0) finished();
    };
    await Promise.all(Array.from({ length: 100 }, () => watch(connection, arrived)));
  }
  const residentKilobytesEach = ((residentMegabytes() - before) * 1_000) / count;
  const start = performance.now();
  await send(connection, "PATCH", `${pods}/p0`, { metadata: { labels: { news: "yes" } } });
  const getMsMax = await longestGet(connection, told, () => {});
  return { count, residentKilobytesEach, toldMs: performance.now() - start, getMsMax };
}

/** GETs one after the other until `work` is done. */
async function longestGet(connection: Connection, work: Promise<unknown>, each: () => void): Promise<number> {
  const state = { running: true };
  void work.finally(() => {
    state.running = false;
  });
  let longest = 0;
  do {
    const start = performance.now();
    await send(connection, "GET", `${pods}/p1`);
    longest = Math.max(longest, performance.now() - start);
    each();
  } while (state.running);
  return longest;
}

function residentMegabytes(): number {
  return process.memoryUsage().rss / 1e6;
}
