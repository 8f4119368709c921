import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { CoreV1Api, Log } from "@kubernetes/client-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { callRaw, eventually, startTestApi, statusOf, type TestApi, webPod } from "./kubernetes-fixture.ts";

const pods = { group: "", resource: "pods" };

describe("pod logs", () => {
  let api: TestApi;
  let core: CoreV1Api;
  beforeEach(async () => {
    api = await startTestApi();
    core = api.config.makeApiClient(CoreV1Api);
    const pod = webPod("web");
    await core.createNamespacedPod({
      namespace: "default",
      body: { ...pod, spec: { ...pod.spec, nodeName: "node-1" } },
    });
  });
  afterEach(() => api[Symbol.asyncDispose]());

  /** As the kubelet does it. */
  function setContainer(restartCount: number, state: object): void {
    api.cluster.store.update(pods, "default", "web", (pod) => ({
      ...pod,
      status: { phase: "Running", containerStatuses: [{ name: "web", restartCount, state }] },
    }));
  }
  const running = { running: { startedAt: "2026-01-01T00:00:00Z" } };
  function say(run: number, line: string): void {
    api.cluster.world.logs.append(`test/default/web/web/${run}`, line);
  }
  const read = (query: string) => callRaw(api, `/api/v1/namespaces/default/pods/web/log?${query}`);

  it("shows what the running container wrote, cut as asked", async () => {
    setContainer(0, running);
    for (const line of ["one", "two", "three"]) say(0, line);
    expect(await core.readNamespacedPodLog({ name: "web", namespace: "default" })).toBe("one\ntwo\nthree\n");
    expect((await read("tailLines=2")).text).toBe("two\nthree\n");
    expect((await read("tailLines=0")).text).toBe("");
    expect((await read("limitBytes=5")).text).toBe("one\nt");
    expect((await read("sinceSeconds=60")).text).toBe("one\ntwo\nthree\n");
    expect((await read("sinceTime=2999-01-01T00:00:00Z")).text).toBe("");
    expect((await read("timestamps=true&tailLines=1")).text).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}Z three\n$/);
  });

  it("shows the run before with previous", async () => {
    setContainer(0, running);
    say(0, "first run");
    expect(statusOf(await read("previous=true"))).toMatchObject({ code: 400, reason: "BadRequest" });
    setContainer(1, running);
    say(1, "second run");
    expect((await read("")).text).toBe("second run\n");
    expect((await read("previous=true")).text).toBe("first run\n");
  });

  it("shows the last run while the next one waits", async () => {
    setContainer(0, running);
    say(0, "it crashed");
    setContainer(1, { waiting: { reason: "CrashLoopBackOff" } });
    expect((await read("")).text).toBe("it crashed\n");
  });

  it("refuses what makes no sense", async () => {
    expect(statusOf(await read("")).message).toBe(
      'container "web" in pod "web" is waiting to start: ContainerCreating',
    );
    setContainer(0, running);
    expect(statusOf(await read("container=nobody")).message).toBe("container nobody is not valid for pod web");
    expect((await read("tailLines=-1")).status).toBe(422);
    expect((await callRaw(api, "/api/v1/namespaces/default/pods/nobody/log")).status).toBe(404);
  });

  it("follows until the container ends", async () => {
    setContainer(0, running);
    say(0, "before");
    const stream = new PassThrough();
    const all = text(stream);
    await new Log(api.config).log("default", "web", "web", stream, { follow: true });
    say(0, "after");
    setContainer(0, { terminated: { exitCode: 0 } });
    expect(await all).toBe("before\nafter\n");
  });

  it("stops following when the client goes", async () => {
    setContainer(0, running);
    const { hostname, port } = new URL(api.url);
    const path = "/api/v1/namespaces/default/pods/web/log?follow=true";
    const headers = { authorization: `Bearer ${api.token}` };
    const call = request({ hostname, port, path, headers, ca: api.certificates.caPem, agent: false });
    const answer = new Promise<IncomingMessage>((resolve) => call.once("response", resolve));
    call.end();
    const response = await answer;
    response.on("error", () => {});
    expect(api.listening.logs).toBe(1);
    response.destroy();
    await eventually(() => api.listening.logs === 0);
  });
});
