import type { ContainerApp } from "@azure/arm-appcontainers";
import { describe, expect, it } from "vitest";
import { eventually, prepare, startServer } from "./container-apps-server.ts";
import { appBody, environmentPath } from "./container-apps-world.ts";
import { httpsRequest } from "./https-request.ts";

const quick = { behaviour: () => ({ createMs: 5, listenAfterMs: 5, stopMs: 5 }) };

function app(changes: Parameters<typeof appBody>[0] = {}): ContainerApp {
  const { location, properties } = appBody({
    container: { probes: [{ type: "Startup", tcpSocket: { port: 8080 }, periodSeconds: 1 }], ...changes.container },
    ...changes,
  });
  return { location, ...properties } as unknown as ContainerApp;
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("@azure/arm-appcontainers", () => {
  it("creates an environment and an app, reads them, shifts traffic and deletes them", async () => {
    await using server = await startServer(quick);
    await prepare(server);
    const { client } = server;
    const created = await client.containerApps.createOrUpdate("shop", "web", app());
    expect(created).toMatchObject({
      name: "web",
      location: "West Europe",
      provisioningState: "Succeeded",
      runningStatus: "Running",
      environmentId: environmentPath,
    });
    const first = created.latestRevisionName ?? "";
    expect(first).toMatch(/^web--[a-z0-9]{7}$/);
    await eventually(async () => {
      const revision = await client.containerAppsRevisions.getRevision("shop", "web", first);
      return revision.healthState === "Healthy" ? revision : undefined;
    });
    const next = app({ container: { image: "shop/web:1.1.0", probes: [] }, template: { revisionSuffix: "v2" } });
    const updated = await client.containerApps.createOrUpdate("shop", "web", next);
    expect(updated.latestRevisionName).toBe("web--v2");
    const traffic = [
      { revisionName: first, weight: 75 },
      { revisionName: "web--v2", weight: 25, label: "next" },
    ];
    const patched = await client.containerApps.update("shop", "web", {
      configuration: { ingress: { traffic } },
    } as ContainerApp);
    expect(patched.configuration?.ingress?.traffic).toMatchObject(traffic);
    expect(patched.template?.containers?.[0]?.image).toBe("shop/web:1.1.0");
    const revisions = await collect(client.containerAppsRevisions.listRevisions("shop", "web"));
    expect(revisions.map(({ name, active }) => [name, active])).toEqual([
      [first, true],
      ["web--v2", true],
    ]);
    const { value: replicas } = await client.containerAppsRevisionReplicas.listReplicas("shop", "web", first);
    expect(replicas.map(({ runningState }) => runningState)).toEqual(["Running", "Running"]);
    await client.containerAppsRevisions.restartRevision("shop", "web", first);
    await client.containerAppsRevisions.deactivateRevision("shop", "web", "web--v2");
    await client.containerAppsRevisions.activateRevision("shop", "web", "web--v2");
    expect((await collect(client.containerApps.listByResourceGroup("shop"))).map(({ name }) => name)).toEqual(["web"]);
    await client.containerApps.delete("shop", "web");
    await expect(client.containerApps.get("shop", "web")).rejects.toMatchObject({
      statusCode: 404,
      code: "ResourceNotFound",
    });
    await client.managedEnvironments.delete("shop", "main");
    expect(await collect(client.managedEnvironments.listBySubscription())).toEqual([]);
  });

  it("sees a failed operation with its reason", async () => {
    await using server = await startServer(quick);
    await prepare(server);
    const { containerApps } = server.client;
    const bad = containerApps.createOrUpdate("shop", "web", app({ container: { image: "shop/web:does-not-exist" } }));
    await expect(bad.pollUntilDone()).rejects.toThrow(/ContainerAppOperationError.*Failed to provision revision/s);
    expect((await containerApps.get("shop", "web")).provisioningState).toBe("Failed");
  });

  it("sees a conflict as 409", async () => {
    await using server = await startServer({ behaviour: () => ({ createMs: 60_000 }) });
    await prepare(server);
    const { containerApps } = server.client;
    await containerApps.createOrUpdate("shop", "web", app()).submitted();
    await expect(containerApps.createOrUpdate("shop", "web", app())).rejects.toMatchObject({
      statusCode: 409,
      code: "ContainerAppOperationInProgress",
    });
  });

  it("stops and starts an app", async () => {
    await using server = await startServer(quick);
    await prepare(server);
    const { containerApps } = server.client;
    await containerApps.createOrUpdate("shop", "web", app());
    expect((await containerApps.stop("shop", "web")).runningStatus).toBe("Stopped");
    expect(server.dataPlane.hosts()).toEqual([]);
    expect((await containerApps.start("shop", "web")).runningStatus).toBe("Running");
  });
});

describe("the log stream", () => {
  it("gives the last lines and follows, with the app's own token only", async () => {
    await using server = await startServer(quick);
    await prepare(server);
    const { client } = server;
    const created = await client.containerApps.createOrUpdate("shop", "web", app());
    const revision = created.latestRevisionName ?? "";
    const container = await eventually(async () => {
      const { value } = await client.containerAppsRevisionReplicas.listReplicas("shop", "web", revision);
      return value[0]?.containers?.find(({ ready }) => ready);
    });
    const containerId = container.containerId ?? "";
    server.world.logs.append(containerId, "one");
    server.world.logs.append(containerId, "two");
    const { token = "" } = await client.containerApps.getAuthToken("shop", "web");
    const url = container.logStreamEndpoint ?? "";
    const call = (query: string, bearer: string, onText?: (text: string) => "stop" | undefined) => {
      const headers = { authorization: `Bearer ${bearer}` };
      return httpsRequest(`${url}?${query}`, { ca: server.caPem, headers, ...(onText ? { onText } : {}) });
    };
    expect((await call("follow=false&tailLines=1", token)).text).toMatch(/^\S+ two\n$/);
    expect((await call("follow=false", server.token())).status).toBe(401);
    const followed = await call("follow=true&tailLines=2&output=json", token, (text) => {
      if (text.includes("three")) return "stop";
      if (text.includes("two") && !text.includes("three")) server.world.logs.append(containerId, "three");
      return undefined;
    });
    const lines = followed.text
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { Log: string }).Log);
    expect(lines).toEqual(["one", "two", "three"]);
    await expect(client.containerApps.get("shop", "web")).resolves.toBeDefined();
    const asArm = await httpsRequest(`${server.url}/subscriptions?api-version=2022-12-01`, {
      ca: server.caPem,
      headers: { authorization: `Bearer ${token}` },
    });
    expect(asArm.status).toBe(401);
  });

  it("tells what the system did to an app, and to the apps of an environment, and opens no shell", async () => {
    await using server = await startServer(quick);
    await prepare(server);
    const { client } = server;
    const { eventStreamEndpoint = "" } = await client.containerApps.createOrUpdate("shop", "web", app());
    const { token = "" } = await client.containerApps.getAuthToken("shop", "web");
    const call = (url: string, bearer: string) =>
      httpsRequest(url, { ca: server.caPem, headers: { authorization: `Bearer ${bearer}` } });
    const { text } = await call(`${eventStreamEndpoint}?follow=false&tailLines=50`, token);
    expect(JSON.parse(text.split("\n", 1)[0] ?? "")).toMatchObject({
      ContainerAppName: "web",
      RevisionName: expect.stringMatching(/^web--/) as unknown,
      Reason: "RevisionCreation",
      Type: "Normal",
    });
    const environment = await client.managedEnvironments.get("shop", "main");
    const forAll = await client.managedEnvironments.getAuthToken("shop", "main");
    const url = environment.eventStreamEndpoint ?? "";
    expect((await call(url, forAll.token ?? "")).text).toContain("RevisionCreation");
    expect((await call(url, token)).status).toBe(401);
    const shell = url.replace(/managedEnvironments\/.*/, "containerApps/web/revisions/r/replicas/p/containers/c/exec");
    expect((await call(shell, token)).status).toBe(501);
  });
});
