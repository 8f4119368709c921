import { request } from "node:https";
import { createRealTimeKernel } from "@fairway/kernel";
import { describe, expect, it } from "vitest";
import { createArmServer } from "../src/http/arm/server.ts";
import { createControlDoor } from "../src/http/door/control-door.ts";
import { controlDoorRoute } from "../src/http/door/route.ts";
import { createCertificates } from "../src/http/tls.ts";
import { all, anyText, compose, type Json, like, startWithCluster, type TestWorld } from "./container-service-world.ts";

function openDoor(world: TestWorld, maintained: string[] = []) {
  const door = createControlDoor({
    world: world.world,
    faults: world.faults,
    clusters: () => world.provider.clusters.all(),
    environments: () => [{ name: "prod" }],
    startMaintenance: (name) => name === "prod" && maintained.push(name) > 0,
  });
  return (method: string, path: string, body?: unknown) => {
    const [bare = "", query] = path.split("?");
    const answer = door(method, bare, new URLSearchParams(query), body);
    if (!answer) return undefined;
    return {
      status: answer.status,
      headers: answer.headers ?? {},
      body: JSON.parse(JSON.stringify(answer.body ?? null)) as Json,
    };
  };
}

describe("the control door", () => {
  it("leaves other paths alone", () => {
    const call = openDoor(startWithCluster());
    expect(call("GET", "/subscriptions")).toBeUndefined();
    expect(call("GET", "/_emulatorx")).toBeUndefined();
  });

  it("tells what there is", () => {
    const world = startWithCluster();
    const summary = openDoor(world)("GET", "/_emulator");
    expect(summary).toMatchObject({
      status: 200,
      body: {
        timeScale: 1,
        timeMs: world.kernel.clock.now(),
        gateway: { host: anyText },
        clusters: [
          { name: "main", kubernetesVersion: "1.34.2", apiServer: "available", nodes: 3, pools: [{ count: 3 }] },
        ],
        environments: [{ name: "prod" }],
        faults: [],
      },
    });
  });

  it("injects, lists and clears faults", () => {
    const call = openDoor(startWithCluster());
    const fault = { kind: "slow-start", parameters: { image: "config-server:*", delayMs: 2_000 } };
    const injected = call("POST", "/_emulator/faults", fault);
    expect(injected).toMatchObject({ status: 201, body: { id: "fault-1", state: "active", ...fault } });
    expect(call("GET", "/_emulator/faults")?.body["faults"]).toHaveLength(1);
    expect(call("GET", "/_emulator/faults")?.body["kinds"]).toMatchObject({ "node-lost": { fields: { node: {} } } });
    expect(call("GET", "/_emulator/faults/fault-1")?.body["kind"]).toBe("slow-start");
    expect(call("DELETE", "/_emulator/faults/fault-1")?.status).toBe(204);
    expect(call("DELETE", "/_emulator/faults/fault-1")).toMatchObject({ status: 400, body: { field: "id" } });
    call("POST", "/_emulator/faults", fault);
    expect(call("DELETE", "/_emulator/faults")?.status).toBe(204);
    expect(call("GET", "/_emulator/faults")?.body["faults"]).toEqual([]);
  });

  it("cuts a control plane off for a time, or until the fault is cleared", () => {
    const world = startWithCluster();
    const call = openDoor(world);
    const cut = { kind: "control-plane-unavailable", parameters: { cluster: "MAIN", durationSeconds: 60 } };
    call("POST", "/_emulator/faults", cut);
    expect(world.cluster().apiServer.available).toBe(false);
    world.kernel.runFor(59_000);
    expect(world.cluster().apiServer.available).toBe(false);
    world.kernel.runFor(1_000);
    expect(world.cluster().apiServer.available).toBe(true);
    expect(call("GET", "/_emulator/faults/fault-1")?.body["state"]).toBe("ended");
    call("POST", "/_emulator/faults", cut);
    call("POST", "/_emulator/faults", cut);
    call("DELETE", "/_emulator/faults/fault-2");
    expect(world.cluster().apiServer.available).toBe(false);
    call("DELETE", "/_emulator/faults/fault-3");
    expect(world.cluster().apiServer.available).toBe(true);
  });

  it("loses a node", () => {
    const world = startWithCluster();
    const call = openDoor(world);
    const node = world.cluster().store.list({ group: "", resource: "nodes" })[0]?.metadata.name;
    expect(call("POST", "/_emulator/nodes/lose", { cluster: "main", node })?.status).toBe(201);
    expect(world.trace("fault.injected")[0]?.data).toMatchObject({ kind: "node-lost", node });
    const isReady = () => {
      const status = world.cluster().store.get({ group: "", resource: "nodes" }, undefined, node ?? "")?.["status"];
      const { conditions = [] } = status as { conditions?: { type: string; status: string }[] };
      return conditions.find(({ type }) => type === "Ready")?.status === "True";
    };
    expect(isReady()).toBe(true);
    world.kernel.runFor(120_000);
    expect(isReady()).toBe(false);
  });

  it("starts maintenance of an environment", () => {
    const maintained: string[] = [];
    const call = openDoor(startWithCluster(), maintained);
    expect(call("POST", "/_emulator/maintenance", { environment: "prod" })?.status).toBe(202);
    expect(maintained).toEqual(["prod"]);
  });

  it("gives the trace page by page", () => {
    const world = startWithCluster();
    const call = openDoor(world);
    const first = call("GET", "/_emulator/trace");
    const records = world.world.trace.records();
    expect(first?.body).toEqual({ next: records.length, records });
    world.world.trace.add("test.mark", {});
    const second = call("GET", `/_emulator/trace?since=${first?.body["next"]}`);
    expect(second?.body["records"]).toMatchObject([{ kind: "test.mark" }]);
  });

  it.each([
    ["POST", "/_emulator/faults", { kind: "meteor" }, "kind"],
    ["POST", "/_emulator/faults", undefined, "body"],
    ["POST", "/_emulator/nodes/lose", { cluster: "main", node: "nobody" }, "parameters.node"],
    ["POST", "/_emulator/nodes/lose", { cluster: "other", node: "nobody" }, "parameters.cluster"],
    ["POST", "/_emulator/maintenance", { environment: "test" }, "environment"],
    ["POST", "/_emulator/maintenance", undefined, "environment"],
    ["GET", "/_emulator/trace?since=yesterday", undefined, "since"],
  ])("refuses %s %s %j with the field and the way out", (method, path, body, field) => {
    const answer = openDoor(startWithCluster())(method, path, body);
    expect(answer).toMatchObject({
      status: 400,
      headers: { "content-type": "application/problem+json" },
      body: { status: 400, field, hint: like(/\w/) },
    });
  });

  it("does not know other routes", () => {
    expect(openDoor(startWithCluster())("PUT", "/_emulator/faults", {})?.status).toBe(404);
  });

  it("is served beside ARM, without a token", async () => {
    const kernel = createRealTimeKernel({ seed: 1 });
    const certificates = await createCertificates();
    const { world, faults, provider, arm } = compose(kernel, 60);
    const door = createControlDoor({ world, faults, clusters: () => provider.clusters.all() });
    const server = await createArmServer({ ...arm, certificates, extraRoutes: [controlDoorRoute(door)] });
    const send = (method: string, path: string, body?: string, accept = "*/*") =>
      new Promise<{ status: number | undefined; type: string | undefined; text: string }>((resolve, reject) => {
        const call = request(
          `${server.url}${path}`,
          { method, ca: certificates.caPem, headers: { accept } },
          async (response) => {
            const chunks = await all<Uint8Array>(response);
            const text = Buffer.concat(chunks).toString();
            resolve({ status: response.statusCode, type: response.headers["content-type"], text });
          },
        );
        call.on("error", reject);
        call.end(body);
      });
    try {
      expect((await send("GET", "/_emulator")).status).toBe(200);
      const broken = await send("POST", "/_emulator/faults", "{");
      expect(broken).toMatchObject({ status: 400, type: "application/problem+json" });
      const fault = { kind: "bad-release", parameters: { image: "web:2", env: { FAULT_ERROR_RATE: "1" } } };
      expect((await send("POST", "/_emulator/faults", JSON.stringify(fault))).status).toBe(201);
      const lines = await send("GET", "/_emulator/trace", undefined, "application/x-ndjson");
      expect(lines.type).toBe("application/x-ndjson");
      expect(
        lines.text
          .trim()
          .split("\n")
          .map((line) => (JSON.parse(line) as { kind: string }).kind),
      ).toContain("fault.injected");
    } finally {
      kernel.close();
      await server.close();
    }
  });
});
