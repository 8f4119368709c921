import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Azure, startAzure } from "@fairway/emulator";
import { createPlatform } from "@fairway/lab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exitCodes } from "../src/exit-codes.ts";
import { type Outcome, run, spawnFairway } from "./run.ts";

let azure: Azure;
let folder = "";
let shell: NodeJS.ProcessEnv = {};
let target = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairway-rehearse-"));
  azure = await startAzure({ runtime: "model", timeScale: 600 });
  const { clusterAddress } = await createPlatform(azure, { group: "shop", name: "prod", nodeCount: 2 });
  const authority = join(folder, "ca.pem");
  await writeFile(authority, azure.caCertificate);
  target = clusterAddress;
  shell = { ...process.env, ...azure.environment, FAIRWAY_ARM_ENDPOINT: azure.armUrl, FAIRWAY_ARM_CA: authority };
}, 60_000);
afterAll(async () => {
  await azure.close();
  await rm(folder, { recursive: true });
});

interface State {
  readonly clusters: readonly {
    readonly body: object;
    readonly kubernetes: { readonly tables: readonly { readonly objects: readonly KubernetesObject[] }[] };
  }[];
}

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly uid: string; readonly generation?: number };
}

/** What a client could have written, and not what kubelets and controllers tell while time passes. */
function written(): unknown {
  const { clusters } = JSON.parse(azure.exportState()) as State;
  const told = new Set(["Event", "Lease", "Pod", "Node", "EndpointSlice", "Endpoints"]);
  return clusters.map(({ body, kubernetes }) => {
    const objects = kubernetes.tables.flatMap((table) => table.objects).filter(({ kind }) => !told.has(kind));
    return [body, objects.map(({ kind, metadata }) => [kind, metadata.uid, metadata.generation])];
  });
}

const rehearsing = ["upgrade", "rehearse", "--to", "1.35.1", "--seeds", "2", "--workers", "1"];
/** In this process, which the program is loaded into already. */
const rehearse = (...args: readonly string[]): Promise<Outcome> => run([...rehearsing, ...args]);

test("a live cluster is rehearsed and saved, is the same afterwards, and its file says the same", {
  timeout: 120_000,
}, async () => {
  const file = join(folder, "prod.json");
  const before = written();
  const fromCluster = ["--target", target, "--save-snapshot", file, "--json", "--workers", "2"];
  const live = await spawnFairway([...rehearsing, ...fromCluster], shell).ended;
  expect(live).toMatchObject({ code: exitCodes.done, stderr: "" });
  expect(written()).toEqual(before);
  expect(JSON.parse(live.stdout)).toMatchObject({ target, before: { runs: 2, finished: 2 }, remedies: [] });
  const again = await rehearse("--snapshot", file, "--json");
  expect(again.stdout).toBe(live.stdout);
  const text = await rehearse("--snapshot", file);
  expect(text.stdout).toMatch(/upgrades that finish +2 of 2\nminutes, p50 and p95 +\d+/);

  // A budget that allows nothing, as somebody might have set it after the snapshot.
  const snapshot = JSON.parse(await readFile(file, "utf8")) as {
    facts: { pods: object[]; workloads: object[]; budgets: object[] };
  };
  const { facts } = snapshot;
  const owner = { kind: "Deployment", name: "api" };
  const [sample] = facts.pods;
  facts.pods.push({ ...sample, namespace: "shop", name: "api-1", labels: { app: "api" }, owner, node: undefined });
  facts.workloads.push({ ...owner, namespace: "shop", replicas: 1, minReadySeconds: 0, labels: {} });
  facts.budgets.push({
    namespace: "shop",
    name: "api",
    labels: {},
    selector: { matchLabels: { app: "api" }, matchExpressions: [] },
    minAvailable: "1",
    unhealthyPolicy: "IfHealthyBudget",
  });
  const guilty = join(folder, "guilty.json");
  await writeFile(guilty, JSON.stringify(snapshot));
  const stuck = await rehearse("--snapshot", guilty);
  expect(stuck.code).toBe(exitCodes.blocked);
  expect(stuck.stdout).toMatch(/upgrades that finish +0 of 2 +2 of 2\n/);
  expect(stuck.stdout).toContain("(maxUnavailable 1, two replicas of Deployment shop/api)");
  expect(stuck.stderr).toContain("does not finish in 2 of 2 worlds");
  expect((await rehearse("--snapshot", guilty, "--fail-on", "never")).code).toBe(exitCodes.done);
});

test("a plan has the minutes of virtual worlds, or says that they are an estimate", { timeout: 120_000 }, async () => {
  const plan = (...args: readonly string[]): Promise<Outcome> =>
    spawnFairway(
      ["upgrade", "plan", "--to", "1.35.1", "--target", target, "--seeds", "3", "--workers", "1", ...args],
      shell,
    ).ended;
  const [asJson, asText, estimated] = [await plan("--json"), await plan(), await plan("--no-rehearsal")];
  const { duration, steps } = JSON.parse(asJson.stdout) as {
    readonly duration: { readonly p50Minutes: number; readonly p95Minutes: number };
    readonly steps: readonly { readonly id: string; readonly estimate?: { readonly p50Minutes: number } }[];
  };
  expect(duration).toMatchObject({ source: "rehearsal", worlds: 3, finished: 3, failures: [] });
  expect(duration.p95Minutes).toBeGreaterThanOrEqual(duration.p50Minutes);
  const parts = ["control-plane", "pool1"].map(
    (name) => steps.find(({ id }) => id === name)?.estimate?.p50Minutes ?? 0,
  );
  expect(parts.every((minutes) => minutes > 2 && minutes < duration.p95Minutes)).toBe(true);
  expect(asText.stderr).toContain("[100 %] Virtual world 3 of 3\n");
  expect(asText.stdout).toContain("from 3 virtual worlds, it finishes in all of them.\n");
  expect(estimated).toMatchObject({ code: exitCodes.done, stderr: "" });
  expect(estimated.stdout).toMatch(/if nothing gets stuck: an estimate from the defaults of docs\/calibration\.md/);
});

test("Ctrl-C leaves what a rehearsal has found so far", { timeout: 120_000 }, async () => {
  const many = spawnFairway(
    ["upgrade", "rehearse", "--to", "1.35.1", "--target", target, "--seeds", "1000", "--workers", "1"],
    shell,
  );
  await many.said("As it is: world 2 of 1000");
  many.interrupt();
  const { code, stdout, stderr } = await many.ended;
  expect(code).toBe(exitCodes.interrupted);
  expect(stdout).toMatch(/^Ended early: \d+ of 1000 worlds as it is, 0 mended\.\n/);
  expect(stdout).toMatch(/upgrades that finish +(\d+) of \1\n/);
  expect(stderr).toMatch(/Interrupted\.\n$/);
});

test("what cannot be read is told, and nothing is rehearsed", async () => {
  const huge = join(folder, "huge.json");
  await writeFile(huge, Buffer.alloc(65 * 1_024 * 1_024, " "));
  const attempts: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["--snapshot", join(folder, "nothere.json")], exitCodes.usage, /it does not exist/],
    [["--snapshot", folder], exitCodes.usage, /it is no file/],
    [["--snapshot", huge], exitCodes.usage, /more than 64 MiB/],
    [["--snapshot", huge, "--target", target], exitCodes.usage, /name two clusters/],
    [["--snapshot", huge, "--seeds", "0"], exitCodes.usage, /--seeds/],
    [[], exitCodes.usage, /No target was named/],
    [
      ["--target", "aks://11111111-2222-4333-8444-555555555555/a/b/c", "--arm-endpoint", "https://127.0.0.1:1"],
      exitCodes.unreachable,
      /./,
    ],
    [
      ["--target", "aca://11111111-2222-4333-8444-555555555555/a/b"],
      exitCodes.usage,
      /is no cluster: Container Apps .*\nhint: What stands against its maintenance: fairway upgrade check\./,
    ],
    [
      ["--strategy", "maintenance"],
      exitCodes.usage,
      /no rehearsal of maintenance.*\nhint: .*--strategies container-apps/,
    ],
    [["--strategy", "revision"], exitCodes.usage, /no rehearsal of revision.*\nhint: .*gives it a small share first/],
    [["--snapshot", huge, "--workers", "0"], exitCodes.usage, /--workers/],
  ];
  for (const [args, code, said] of attempts) {
    const outcome = await run(["upgrade", "rehearse", "--to", "1.35.1", ...args]);
    expect(outcome).toMatchObject({ code, stdout: "" });
    expect(outcome.stderr).toMatch(said);
  }
});
