import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { createPlatform } from "../src/live/platform.ts";
import { openVirtualWorld } from "../src/virtual/world.ts";
import { deployAndUpgrade, digestOf } from "./virtual-program.ts";

const runProgram = promisify(execFile);

test("a deploy, a shift and an upgrade through the SDK take their half an hour in virtual time", async () => {
  // Once for the libraries, which load at first use.
  await deployAndUpgrade(1);
  const startedMs = performance.now();
  const { cluster, version, revisions, weights, virtualMs } = await deployAndUpgrade(2);
  expect(cluster.version).toBe(version);
  expect(cluster.nodes.map((node) => [node.version, node.ready, node.schedulable])).toEqual(
    Array.from({ length: 3 }, () => [version, true, true]),
  );
  expect(weights).toEqual({ [revisions[0] ?? ""]: 0, [revisions[1] ?? ""]: 100 });
  expect(virtualMs).toBeGreaterThan(15 * 60_000);
  // A thousand times faster than real, on a busy machine too.
  expect(performance.now() - startedMs).toBeLessThan(virtualMs / 300);
});

test("the same seed gives the same bytes of the trace, in this process and in another", async () => {
  const here = await deployAndUpgrade(3);
  const again = await deployAndUpgrade(3);
  const other = await deployAndUpgrade(4);
  expect(here.trace.length).toBeGreaterThan(50);
  expect(again.trace).toEqual(here.trace);
  expect(other.trace).not.toEqual(here.trace);
  const { stdout } = await runProgram(process.execPath, [
    "--conditions=fairway-source",
    join(import.meta.dirname, "virtual-program.ts"),
    "3",
  ]);
  expect(stdout).toBe(digestOf(here.trace));
});

test("a watch tells changes at their virtual time, and breaks when the API server goes", async () => {
  using world = await openVirtualWorld({ seed: 5 });
  const { azure, httpClient } = world;
  const { kubeconfig } = await world.run(() =>
    createPlatform(azure, { group: "lab", name: "prod", nodeCount: 1, httpClient }),
  );
  const [server = "", token = ""] = [/server: (\S+)/, /token: (\S+)/].map((form) => form.exec(kubeconfig)?.[1]);
  const call = (method: string, path: string, body?: unknown) =>
    azure.kubernetes({
      method,
      url: `${server}${path}`,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body)),
    });
  const seen: [string, number][] = [];
  await world.run(async () => {
    const maps = "/api/v1/namespaces/default/configmaps";
    const watch = await call("GET", `${maps}?watch=1&fieldSelector=metadata.name%3Dchanging`);
    if (watch.kind !== "stream") throw new Error("no watch");
    const startMs = world.kernel.clock.now();
    const tell = (what: string) => seen.push([what, world.kernel.clock.now() - startMs]);
    watch.open({
      begin: (chunks) => expect([...chunks]).toEqual([]),
      write: (chunk) => tell(String((JSON.parse(chunk) as { type: string }).type)),
      end: () => tell("end"),
    });
    await world.wait(60_000);
    await call("POST", maps, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "changing" } });
    await world.wait(60_000);
    const fault = { kind: "apiserver-gap", parameters: { cluster: "prod" } };
    expect(azure.control("POST", "/_emulator/faults", fault).status).toBe(201);
    await world.wait(1_000);
    await expect(call("GET", maps)).rejects.toThrow("fetch failed");
  });
  expect(seen.filter(([what]) => what !== "BOOKMARK")).toEqual([
    ["ADDED", 60_000],
    ["end", 120_000],
  ]);
});
