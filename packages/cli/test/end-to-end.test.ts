import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AvailableVersion, ClusterStatus, Revision } from "@fairway/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exitCodes } from "../src/exit-codes.ts";
import { run, type SpawnedCommand, spawnFairway } from "./run.ts";
import { sarifSchema } from "./sarif.ts";

let folder = "";
let emulator: SpawnedCommand;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairway-cli-"));
  // No image of the examples' names is needed: other images are modelled replicas.
  const options = ["--port", "0", "--no-postgres", "--time-scale", "300", "--folder", folder, "--json"];
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

test("the pre-flight prints for people, for machines, for code scanning and for tickets", async () => {
  // The cluster's own pods have just started.
  await expect.poll(() => run(["upgrade", "check"], environment), { timeout: 20_000 }).toMatchObject({ stderr: "" });
  const text = await run(["upgrade", "check"], environment);
  expect(text.code, text.stderr).toBe(exitCodes.done);
  expect(text.stdout).toMatch(/^! FW038 Nobody has said when upgrades may happen: maintenance window\n/m);
  expect(text.stdout).toMatch(/ to 1\.\d+\.\d+: 0 required, \d+ recommended\.\n$/);
  const strict = await run(["upgrade", "check", "--fail-on", "recommended", "--json"], environment);
  expect(strict.code).toBe(exitCodes.blocked);
  expect(JSON.parse(strict.stderr)).toMatchObject({ error: { code: "upgrade-blocked" } });
  expect(JSON.parse(strict.stdout)).toMatchObject({
    target: environment["FAIRWAY_TARGET"],
    ignored: [],
    findings: expect.arrayContaining([
      expect.objectContaining({ code: "FW038", severity: "recommended", docs: "docs/findings.md#fw038" }),
    ]) as unknown,
  });
  const aca = ["--target", environment["FAIRWAY_TARGET_ACA"] ?? ""];
  const sarif = await run(["upgrade", "check", "--format", "sarif", ...aca], environment);
  const [scan] = sarifSchema.parse(JSON.parse(sarif.stdout)).runs;
  expect(scan?.results).toContainEqual(
    expect.objectContaining({ ruleId: "FW049", level: "warning", suppressions: [] }),
  );
  for (const { ruleId, ruleIndex } of scan?.results ?? []) expect(scan?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
  const markdown = await run(["upgrade", "check", "--format", "markdown", ...aca], environment);
  expect(markdown.stdout).toContain(
    "| [FW049](docs/findings.md#fw049) The environment has no maintenance window | recommended |",
  );
});

test("the rules file ignores findings until a day, and brings checks of its own", async () => {
  const file = join(folder, "rules.yaml");
  const rules = `ignore:
  - { code: FW038, reason: the platform team upgrades by hand, until: 2999-12-31 }
checks:
  - { name: smoke, command: "echo $FAIRWAY_TARGET; exit 3" }
`;
  await writeFile(file, rules);
  const checked = await run(["upgrade", "check", "--rules", file, "--json"], environment);
  expect(checked.code).toBe(exitCodes.blocked);
  expect(JSON.parse(checked.stdout)).toMatchObject({
    ignored: [{ code: "FW038", reason: "the platform team upgrades by hand" }],
    findings: expect.arrayContaining([
      expect.objectContaining({ code: "FW039", evidence: `it ended with 3: ${environment["FAIRWAY_TARGET"]}` }),
    ]) as unknown,
  });
  const [scan] = sarifSchema.parse(
    JSON.parse((await run(["upgrade", "check", "--rules", file, "--format", "sarif"], environment)).stdout),
  ).runs;
  expect(scan?.results.filter(({ suppressions }) => suppressions.length > 0)).toMatchObject([
    { ruleId: "FW038", suppressions: [{ kind: "external", justification: "the platform team upgrades by hand" }] },
  ]);
  const ticket = await run(["upgrade", "check", "--rules", file, "--format", "markdown"], environment);
  expect(ticket.stdout).toContain("- FW038 maintenance window is ignored: the platform team upgrades by hand\n");
  await writeFile(file, rules.replace("2999-12-31", "2020-01-01"));
  const later = await run(["upgrade", "check", "--rules", file, "--fail-on", "never"], environment);
  expect(later).toMatchObject({ code: exitCodes.done, stdout: expect.stringMatching(/^! FW038 /m) as unknown });
  expect(later.stdout).toContain("The rule that ignores FW038 has ended on 2020-01-01: it counts again.\n");
  await writeFile(file, "ignore: [{ code: FW999, reason: x }]\nsilence: all\n");
  const wrong = await run(["upgrade", "check", "--rules", file, "--json"], environment);
  expect(wrong.code).toBe(exitCodes.usage);
  expect(JSON.parse(wrong.stderr)).toMatchObject({
    error: { code: "usage", issues: [{ path: "ignore[0].code" }, { path: "silence", message: "unknown field" }] },
  });
});

// Before any app is there: the time of a drain is compressed, that of an app which starts is not.
test("the cluster tells where it can go, and goes there", async () => {
  const before = await json<{ available: AvailableVersion[] }>(["upgrade", "--json"]);
  const to = before.available.at(-1)?.version ?? "";
  expect(to).not.toBe("");
  const journal = ["--journal", join(folder, "demo.upgrade")];
  const planned = await run(["upgrade", "plan", "--to", to, "--approve", "--seeds", "2"], environment);
  expect(planned.stdout).toMatch(
    /control-plane +\d+–\d+ +upgrade the control plane to .* — no way back: AKS takes no control plane back/,
  );
  expect(planned.stdout).toMatch(/Findings: 0 required, \d+ recommended/);
  const { code, stdout, stderr } = await run(["upgrade", "run", "--to", to, ...journal], environment);
  expect(code, stderr).toBe(exitCodes.done);
  expect(stderr).toContain(`control-plane: The cluster is at ${to}`);
  expect(stdout).toMatch(/done +pool1 .*\n/);
  expect(stdout).toMatch(/: finished\n$/);
  const shown = await json<{ phase: object; done: string[] }>(["upgrade", "status", ...journal, "--json"]);
  expect(shown).toMatchObject({ phase: { kind: "finished" } });
  const again = await run(["upgrade", "resume", ...journal], environment);
  expect(again).toMatchObject({ code: exitCodes.failed, stderr: expect.stringContaining("is finished") as unknown });
  const nowhere = await run(["upgrade", "status", "--journal", join(folder, "none")], environment);
  expect(nowhere).toMatchObject({
    code: exitCodes.failed,
    stderr: expect.stringContaining("has no upgrade") as unknown,
  });
  const after = await json<ClusterStatus>(["upgrade", "--json"]);
  expect(new Set(after.nodes.map(({ version }) => version))).toEqual(new Set([to]));
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
