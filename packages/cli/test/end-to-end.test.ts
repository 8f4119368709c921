import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AvailableVersion, ClusterStatus, Revision } from "@fairway/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exitCodes } from "../src/exit-codes.ts";
import { run, type SpawnedCommand, spawnFairway } from "./run.ts";

let folder = "";
let emulator: SpawnedCommand;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairway-cli-"));
  // No image of the examples' names is needed: other images are modelled replicas.
  const options = ["--port", "0", "--no-postgres", "--time-scale", "600", "--folder", folder, "--json"];
  emulator = spawnFairway(["emulator", ...options]);
  environment = JSON.parse(await emulator.printed("\n")) as Record<string, string>;
  // DefaultAzureCredential reads the environment of the process, not of the context.
  for (const name of ["IDENTITY_ENDPOINT", "IDENTITY_HEADER"]) process.env[name] = environment[name];
});

afterAll(async () => {
  emulator.interrupt();
  await emulator.ended;
  await rm(folder, { recursive: true, force: true });
});

test.for([
  { kind: "AKS", variable: "FAIRWAY_TARGET" },
  { kind: "Container Apps", variable: "FAIRWAY_TARGET_ACA" },
])("an app is planned, deployed twice, shifted and shown on $kind", async ({ variable }) => {
  const target = ["--target", environment[variable] ?? "", "--json"];
  const deploy = ["examples/config-server.yaml", "--image"];
  const plan = await json(["plan", ...deploy, "shop:1", ...target]);
  expect(plan).toMatchObject({ app: "config-server", revision: { isNew: true } });

  const first = await json<Revision>(["deploy", ...deploy, "shop:1", ...target]);
  expect(first).toMatchObject({ weight: 100, state: { kind: "ready" } });
  const second = await json<Revision>(["deploy", ...deploy, "shop:2", ...target]);
  expect(second).toMatchObject({ weight: 0, state: { kind: "ready" } });

  const weights = [`${second.name}=10`, `${first.name}=90`];
  const shifted = await json<Revision[]>(["shift", "config-server", ...weights, ...target]);
  expect(Object.fromEntries(shifted.map(({ name, weight }) => [name, weight]))).toEqual({
    [first.name]: 90,
    [second.name]: 10,
  });

  const wrong = await run(["shift", "config-server", `${first.name}=99`, ...target], environment);
  expect(wrong.code).toBe(exitCodes.usage);
  expect(JSON.parse(wrong.stderr)).toMatchObject({ error: { code: "traffic-invalid" } });
  const unknown = await run(["shift", "config-server", "config-server--none=100", ...target], environment);
  expect(unknown.code).toBe(exitCodes.failed);
  expect(JSON.parse(unknown.stderr)).toMatchObject({ error: { code: "revision-not-found" } });

  const shown = await run(["status", "config-server", ...target.slice(0, 2)], environment);
  expect(shown.stdout).toMatch(new RegExp(`${first.name} +90 % +ready +2/2`));
});

test("the cluster tells where it can go, and goes there", async () => {
  const before = await json<{ available: AvailableVersion[] }>(["upgrade", "--json"]);
  const to = before.available.at(-1)?.version ?? "";
  expect(to).not.toBe("");
  const { code, stdout, stderr } = await run(["upgrade", "--to", to], environment);
  expect(code, stderr).toBe(exitCodes.done);
  expect(stderr).toContain(`The cluster is at ${to}`);
  expect(stdout).toContain(`Control plane ${to}`);
  const after = await json<ClusterStatus>(["upgrade", "--json"]);
  expect(new Set(after.nodes.map(({ version }) => version))).toEqual(new Set([to]));
});

test("a cluster that does not exist is named, with the exit code of unreachable", async () => {
  const missing = (environment["FAIRWAY_TARGET"] ?? "").replace("/demo/demo/", "/demo/missing/");
  const { code, stderr } = await run(["status", "--target", missing], environment);
  expect(code).toBe(exitCodes.unreachable);
  expect(stderr).toMatch(/error \[target-not-found\]: .*missing/);
  expect(stderr).toContain("hint: ");
});

test("an emulator on a taken port says so and leaves the other alone", async () => {
  const port = new URL(environment["FAIRWAY_ARM_ENDPOINT"] ?? "").port;
  const second = await run(["emulator", "--port", port, "--no-demo", "--no-postgres", "--folder", folder]);
  expect(second.code).toBe(exitCodes.usage);
  expect(second.stderr).toContain("error [port-in-use]");
  expect((await run(["status"], environment)).code).toBe(exitCodes.done);
});

test("the emulator leaves a kubeconfig that only its owner reads", async () => {
  expect(await readFile(environment["KUBECONFIG"] ?? "", "utf8")).toContain("clusters:");
});

async function json<T = unknown>(args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await run(args, environment);
  expect({ code, stderr }).toEqual({ code: exitCodes.done, stderr: "" });
  return JSON.parse(stdout) as T;
}
