import { connect } from "node:net";
import { CoreV1Api, makeInformer, type V1ConfigMap, Watch } from "@kubernetes/client-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { callRaw, eventually, startTestApi, type TestApi } from "./kubernetes-fixture.ts";

interface Seen {
  readonly phase: string;
  readonly name: string | undefined;
  readonly object: { metadata?: { resourceVersion?: string; annotations?: Record<string, string> }; code?: number };
}

const path = "/api/v1/namespaces/default/configmaps";
const configMaps = { group: "", resource: "configmaps" };

describe("watches", () => {
  let api: TestApi;
  let core: CoreV1Api;
  beforeEach(async () => {
    api = await startTestApi();
    core = api.config.makeApiClient(CoreV1Api);
  });
  afterEach(() => api[Symbol.asyncDispose]());

  async function follow(query: Record<string, string | boolean> = {}) {
    const seen: Seen[] = [];
    let ended = false;
    const controller = await new Watch(api.config).watch(
      path,
      // Every namespace has this one.
      { fieldSelector: "metadata.name!=kube-root-ca.crt", ...query },
      (phase, object: Seen["object"] & { metadata?: { name?: string } }) =>
        seen.push({ phase, name: object.metadata?.name, object }),
      () => {
        ended = true;
      },
    );
    return {
      phases: () => seen.map(({ phase, name }) => `${phase} ${name ?? ""}`.trim()),
      seen,
      get ended() {
        return ended;
      },
      stop: () => controller.abort(),
    };
  }

  function write(
    name: string,
    labels: Record<string, string> = {},
    data: Record<string, string> = {},
  ): Promise<unknown> {
    return core.createNamespacedConfigMap({ namespace: "default", body: { metadata: { name, labels }, data } });
  }

  async function relabel(name: string, labels: Record<string, string>): Promise<void> {
    const { metadata } = await core.readNamespacedConfigMap({ name, namespace: "default" });
    const body = { metadata: { name, labels, resourceVersion: metadata?.resourceVersion ?? "" } };
    await core.replaceNamespacedConfigMap({ name, namespace: "default", body });
  }

  it("shows what is there and then each change", async () => {
    await write("first");
    const watch = await follow();
    await write("second");
    await relabel("first", { a: "b" });
    await core.deleteNamespacedConfigMap({ name: "second", namespace: "default" });
    await eventually(() => watch.seen.length === 4);
    expect(watch.phases()).toEqual(["ADDED first", "ADDED second", "MODIFIED first", "DELETED second"]);
    watch.stop();
  });

  it("resumes after a version without losing or repeating anything", async () => {
    await write("before");
    const { metadata } = await core.listNamespacedConfigMap({ namespace: "default" });
    await write("meanwhile");
    await core.deleteNamespacedConfigMap({ name: "before", namespace: "default" });
    const watch = await follow({ resourceVersion: metadata?.resourceVersion ?? "" });
    await write("after");
    await eventually(() => watch.seen.length === 3);
    expect(watch.phases()).toEqual(["ADDED meanwhile", "DELETED before", "ADDED after"]);
    watch.stop();
  });

  it("shows an object that begins or ceases to match as added or deleted", async () => {
    const watch = await follow({ labelSelector: "tier=front" });
    await write("mover", { tier: "back" });
    await relabel("mover", { tier: "front" });
    await relabel("mover", { tier: "front", x: "y" });
    await relabel("mover", { tier: "back" });
    await core.deleteNamespacedConfigMap({ name: "mover", namespace: "default" });
    await write("end", { tier: "front" });
    await eventually(() => watch.seen.some(({ name }) => name === "end"));
    expect(watch.phases()).toEqual(["ADDED mover", "MODIFIED mover", "DELETED mover", "ADDED end"]);
    watch.stop();
  });

  it("tells who comes too late that the version is gone", async () => {
    await write("old");
    for (let index = 0; index < 11_000; index++) {
      api.cluster.store.update(configMaps, "default", "old", (current) => ({
        ...current,
        data: { index: `${index}` },
      }));
    }
    const watch = await follow({ resourceVersion: "1" });
    await eventually(() => watch.ended);
    const [only, ...others] = watch.seen;
    expect(others).toEqual([]);
    expect(only?.phase).toBe("ERROR");
    expect(only?.object).toMatchObject({ kind: "Status", reason: "Expired", code: 410 });
  });

  it("ends the initial events with a bookmark when asked to", async () => {
    await write("one");
    const watch = await follow({
      sendInitialEvents: true,
      resourceVersionMatch: "NotOlderThan",
      allowWatchBookmarks: true,
    });
    await eventually(() => watch.seen.length === 2);
    expect(watch.phases()).toEqual(["ADDED one", "BOOKMARK"]);
    expect(watch.seen[1]?.object.metadata?.annotations).toEqual({ "k8s.io/initial-events-end": "true" });
    watch.stop();
    const refused = await callRaw(api, `${path}?watch=1&sendInitialEvents=true`);
    expect(refused.status).toBe(422);
  });

  it("forgets a watcher that vanishes", async () => {
    const before = api.listening.changes;
    const watch = await follow();
    await eventually(() => api.listening.changes === before + 1);
    watch.stop();
    await eventually(() => api.listening.changes === before);
  });

  it("ends after timeoutSeconds", async () => {
    const watch = await follow({ timeoutSeconds: "1", allowWatchBookmarks: true });
    await eventually(() => watch.ended);
    expect(watch.phases()).toEqual([]);
  });

  it("keeps an informer right", async () => {
    const list = () => core.listNamespacedConfigMap({ namespace: "default" });
    const informer = makeInformer<V1ConfigMap>(api.config, path, list);
    await write("known");
    await informer.start();
    await write("new");
    await core.deleteNamespacedConfigMap({ name: "known", namespace: "default" });
    await eventually(() => {
      const names = informer.list("default").map(({ metadata }) => metadata?.name);
      return names.includes("new") && !names.includes("known");
    });
    await informer.stop();
  });
});

describe("a control plane that is away", () => {
  it("breaks connections, refuses new ones and comes back on the same port", async () => {
    await using api = await startTestApi();
    let ended = false;
    await new Watch(api.config).watch(
      path,
      {},
      () => {},
      () => {
        ended = true;
      },
    );
    api.cluster.apiServer.set(false);
    await eventually(() => ended);
    const port = Number(new URL(api.url).port);
    const refused = await new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve("connected"));
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(refused).toBe("ECONNREFUSED");
    api.cluster.apiServer.set(true);
    const back = await eventually(() => callRaw(api, "/readyz").catch(() => undefined));
    expect(back.text).toBe("ok");
    const core = api.config.makeApiClient(CoreV1Api);
    expect((await core.listNamespace()).items.length).toBeGreaterThan(0);
  });

  it("comes back when it was away only for a moment", async () => {
    await using api = await startTestApi();
    for (const available of [false, true, false, true]) api.cluster.apiServer.set(available);
    const back = await eventually(() => callRaw(api, "/livez").catch(() => undefined));
    expect(back.status).toBe(200);
  });
});
