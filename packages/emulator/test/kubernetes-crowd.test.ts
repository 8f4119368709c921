import type { TLSSocket } from "node:tls";
import { CoreV1Api, type V1ConfigMap, Watch } from "@kubernetes/client-node";
import { expect, it } from "vitest";
import { callRaw, connectTo, eventually, startTestApi, type TestApi } from "./kubernetes-fixture.ts";

const path = "/api/v1/namespaces/default/configmaps";
const configMaps = { group: "", resource: "configmaps" };
const watcherCount = 1_000;
/** Without the one that every namespace has. */
const ownMaps = { fieldSelector: "metadata.name!=kube-root-ca.crt" };

function request(api: TestApi, target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.token}\r\n\r\n`;
}

function write(api: TestApi, name: string, text: string): void {
  const metadata = { name, namespace: "default" };
  api.cluster.store.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { text } });
}

/** TLS sessions are taken up again, as clients do that connect often. */
async function openWatches(api: TestApi): Promise<readonly TLSSocket[]> {
  const first = await connectTo(api);
  const known = new Promise<Buffer>((resolve) => first.once("session", resolve));
  first.write(request(api, `${path}?watch=1`));
  const session = await known;
  const sockets = [first];
  while (sockets.length < watcherCount) {
    const opened = await Promise.all(Array.from({ length: 100 }, () => connectTo(api, session)));
    for (const socket of opened) socket.write(request(api, `${path}?watch=1`));
    sockets.push(...opened);
  }
  await eventually(() => api.listening.changes >= sockets.length);
  return sockets;
}

it("tells a thousand watchers of a change, answers others meanwhile, and forgets who goes", async () => {
  await using api = await startTestApi();
  const idle = api.listening.changes;
  const before = process.memoryUsage().rss;
  const sockets = await openWatches(api);
  // Both ends of each connection are in this process.
  expect((process.memoryUsage().rss - before) / sockets.length).toBeLessThan(500_000);
  let told = 0;
  for (const socket of sockets) {
    socket.on("data", (chunk: Buffer) => {
      if (chunk.includes('"name":"news"')) told += 1;
    });
  }
  write(api, "news", "x");
  expect((await callRaw(api, `${path}/news`)).status).toBe(200);
  await eventually(() => told === sockets.length);
  for (const socket of sockets) socket.destroy();
  await eventually(() => api.listening.changes === idle);
}, 60_000);

it("sends a watcher more than anybody may leave unread, as fast as it reads", async () => {
  await using api = await startTestApi();
  for (let index = 0; index < 40; index++) write(api, `big-${index}`, "x".repeat(300_000));
  const seen: string[] = [];
  const watch = await new Watch(api.config).watch(
    path,
    { ...ownMaps, allowWatchBookmarks: true, sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" },
    (phase, object: V1ConfigMap) => seen.push(`${phase} ${object.metadata?.name ?? ""}`.trim()),
    () => {},
  );
  write(api, "late", "x");
  await eventually(() => seen.includes("ADDED late"));
  expect(seen).toHaveLength(42);
  expect(seen.slice(-2)).toEqual(["BOOKMARK", "ADDED late"]);
  watch.abort();
});

it("drops a watcher that no longer reads, and nobody else", async () => {
  await using api = await startTestApi();
  const idle = api.listening.changes;
  const stalled = await connectTo(api);
  stalled.on("error", () => {});
  stalled.write(request(api, `${path}?watch=1`));
  const reader = await connectTo(api);
  let read = 0;
  reader.on("data", (chunk: Buffer) => {
    read += chunk.length;
  });
  reader.write(request(api, `${path}?watch=1`));
  await eventually(() => api.listening.changes === idle + 2);
  stalled.pause();
  for (let index = 0; index < 60; index++) {
    write(api, `big-${index}`, "x".repeat(300_000));
    await eventually(() => read > (index + 1) * 300_000);
    expect((await callRaw(api, `${path}/big-${index}`)).status).toBe(200);
  }
  await eventually(() => api.listening.changes === idle + 1);
  // A paused socket does not notice the end on its own: it is told by reading what is left.
  const closed = new Promise((resolve) => stalled.once("close", resolve));
  stalled.resume();
  await closed;
  reader.destroy();
  await eventually(() => api.listening.changes === idle);
}, 30_000);

it("lists what is many times its memory to a client that reads slowly, and serves others", async () => {
  await using api = await startTestApi();
  const text = "x".repeat(20_000);
  for (let index = 0; index < 3_000; index++) write(api, `c-${index}`, text);
  const before = process.memoryUsage().rss;
  const slow = await connectTo(api);
  slow.pause();
  slow.write(request(api, path));
  await eventually(() => slow.readableLength > 0);
  for (let index = 0; index < 20; index++) expect((await callRaw(api, `${path}/c-${index}`)).status).toBe(200);
  // The list is 60 MB.
  expect(process.memoryUsage().rss - before).toBeLessThan(40_000_000);
  slow.destroy();
  const list = await api.config.makeApiClient(CoreV1Api).listNamespacedConfigMap({ namespace: "default", ...ownMaps });
  expect(list.items).toHaveLength(3_000);
  expect(list.items[0]).toMatchObject({ metadata: { name: "c-0" }, data: { text } });
  expect(api.traced("kubernetes.bug")).toEqual([]);
});
