import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Azure } from "@fairway/emulator";
import {
  type ClusterStatus,
  connect,
  createFileJournal,
  type DeploymentTarget,
  defineApp,
  type Finding,
  type JournalEntry,
  makePlan,
  type Operation,
  type PlanRequest,
  resumeUpgrade,
  rollBackUpgrade,
  runUpgrade,
  stopUpgrade,
  type UpgradePorts,
  type UpgradeState,
} from "@fairway/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connection, createCluster, images, startModelledAzure } from "./embedded-azure.ts";

let azure: Azure;
let folder = "";
beforeAll(async () => {
  azure = await startModelledAzure();
  folder = await mkdtemp(join(tmpdir(), "fairway-upgrade-"));
});
afterAll(async () => {
  await azure.close();
  await rm(folder, { recursive: true });
});

describe.concurrent("an upgrade", { timeout: 60_000 }, () => {
  test("goes step by step, each written before it is taken and after, and back as far as AKS lets it", async () => {
    await using world = await startWorld("steps");
    const state = await runUpgrade(world.ports(), await world.plan({})).result();
    expect(state.phase).toEqual({ kind: "finished" });
    expect((await world.journal.read()).map(short)).toEqual([
      "planned",
      "begun check",
      "done check",
      "begun control-plane",
      "done control-plane",
      "begun control-plane-verify",
      "done control-plane-verify",
      "begun pool1",
      "done pool1",
      "begun pool1-verify",
      "done pool1-verify",
      "finished",
    ]);
    expect(await world.versions()).toEqual({ controlPlane: "1.35.1", pool1: "1.35.1" });
    const back = await rollBackUpgrade(world.ports(), world.address).result();
    expect(back).toMatchObject({
      phase: { kind: "rolled-back" },
      notes: { "control-plane": "the control plane stays at 1.35.1: AKS takes none back" },
    });
    expect(await world.versions()).toEqual({ controlPlane: "1.35.1", pool1: "1.34.4" });
    await expect(rollBackUpgrade(world.ports(), world.address).result()).rejects.toMatchObject({ code: "conflict" });
    await expect(resumeUpgrade(world.ports(), world.address).result()).rejects.toMatchObject({ code: "conflict" });
  });

  test("in place is one request, and nobody else drives it meanwhile", async () => {
    await using world = await startWorld("place");
    const plan = await world.plan({ strategy: "in-place" });
    const running = runUpgrade(world.ports(), plan);
    await said(running, /^cluster: Upgrading/);
    await expect(resumeUpgrade(world.ports(), world.address).result()).rejects.toMatchObject({ code: "lease-held" });
    expect((await running.result()).phase).toEqual({ kind: "finished" });
    expect(await world.versions()).toEqual({ controlPlane: "1.35.1", pool1: "1.35.1" });
  });

  test("waits for a person before what leads nowhere back, and a resume is that person's word", async () => {
    await using world = await startWorld("person");
    const plan = await world.plan({ gates: [{ kind: "person" }] });
    const paused = await runUpgrade(world.ports(), plan).result();
    expect(paused.phase).toEqual({ kind: "paused", by: "test", gate: "gate-2" });
    expect(await world.versions()).toEqual({ controlPlane: "1.34.4", pool1: "1.34.4" });
    await expect(runUpgrade(world.ports(), plan).result()).rejects.toMatchObject({
      code: "conflict",
      hint: expect.stringContaining("resume") as unknown,
    });
    const state = await resumeUpgrade(world.ports({ by: "ada" }), world.address).result();
    expect(state).toMatchObject({ phase: { kind: "finished" }, notes: { "gate-2": "opened by ada" } });
  });

  test("whose process ends in the middle of a step is taken up by another", async () => {
    await using world = await startWorld("ends");
    const running = runUpgrade(world.ports(), await world.plan({}));
    await said(running, /^pool1: pool1: 0 of 3/);
    running.cancel();
    await expect(running.result()).rejects.toMatchObject({ code: "operation-cancelled" });
    const resumed = resumeUpgrade(world.ports(), world.address);
    expect((await resumed.result()).phase).toEqual({ kind: "finished" });
    expect(await messages(resumed)).toContainEqual(
      expect.stringMatching(/^pool1: Waiting for the end of what runs already/),
    );
    expect((await world.journal.read()).map(short).filter((one) => one.endsWith("control-plane"))).toHaveLength(2);
  });

  test("pauses after the step that runs, and aborts in the middle of it, when others ask", async () => {
    await using world = await startWorld("asked");
    const running = runUpgrade(world.ports(), await world.plan({}));
    await said(running, /^control-plane: Control plane is at/);
    await stopUpgrade(world.ports({ by: "ada" }), world.address, "pause");
    expect((await running.result()).phase).toMatchObject({ kind: "paused" });
    expect(await world.versions()).toEqual({ controlPlane: "1.35.1", pool1: "1.34.4" });

    const resumed = resumeUpgrade(world.ports(), world.address);
    await said(resumed, /^pool1: pool1: 0 of 3/);
    await stopUpgrade(world.ports({ by: "ada" }), world.address, "abort");
    expect((await resumed.result()).phase).toMatchObject({ kind: "aborted" });
    expect((await world.status()).pools).toEqual([expect.objectContaining({ provisioningState: "Canceled" })]);

    const back = await rollBackUpgrade(world.ports(), world.address).result();
    expect(back.phase).toEqual({ kind: "rolled-back" });
    expect(await world.versions()).toEqual({ controlPlane: "1.35.1", pool1: "1.34.4" });
  });

  test("that nobody drives is paused and aborted by whoever asks", async () => {
    await using world = await startWorld("alone");
    const running = runUpgrade(world.ports(), await world.plan({}));
    await said(running, /^pool1: pool1: 0 of 3/);
    running.cancel();
    await running.result().catch(() => undefined);
    const state = await stopUpgrade(world.ports({ by: "ada" }), world.address, "abort");
    expect(state.phase).toEqual({ kind: "aborted", by: "ada" });
    expect((await world.status()).pools).toEqual([expect.objectContaining({ provisioningState: "Canceled" })]);
    expect((await resumeUpgrade(world.ports(), world.address).result()).phase).toEqual({ kind: "finished" });
  });

  test("stops at what stands against it and at a gate that is shut, and goes on when that is mended", async () => {
    await using world = await startWorld("gates");
    const plan = await world.plan({
      gates: [
        { kind: "command", command: "smoke" },
        { kind: "metric", query: "errors", comparison: "<", bound: 1 },
      ],
    });
    const finding: Finding = {
      code: "FW004",
      severity: "required",
      subject: "PodDisruptionBudget a/b",
      evidence: "2 of 2",
      fix: "-",
    };
    await expect(runUpgrade(world.ports({ check: async () => [finding] }), plan).result()).rejects.toMatchObject({
      code: "upgrade-blocked",
      message: expect.stringContaining("FW004 PodDisruptionBudget a/b: 2 of 2") as unknown,
    });
    expect(await world.versions()).toEqual({ controlPlane: "1.34.4", pool1: "1.34.4" });
    const shut = world.ports({
      gates: { command: async () => ({ passed: false, evidence: "it ended with 1" }), metric: async () => 0 },
    });
    await expect(resumeUpgrade(shut, world.address).result()).rejects.toMatchObject({
      code: "upgrade-failed",
      message: "The gate is shut: run smoke: it ended with 1.",
    });
    const bad = world.ports({
      gates: { command: async () => ({ passed: true, evidence: "ok" }), metric: async () => 3 },
    });
    await expect(resumeUpgrade(bad, world.address).result()).rejects.toMatchObject({
      message: "The gate is shut: look whether errors < 1: it is 3.",
    });
    expect((await resumeUpgrade(world.ports(), world.address).result()).phase).toEqual({ kind: "finished" });
  });

  test("after somebody has changed the cluster by hand is reconciled, or refused when that went beyond it", async () => {
    await using world = await startWorld("hand");
    const plan = await world.plan({ gates: [{ kind: "command", command: "smoke" }] });
    const running = runUpgrade(
      world.ports({ gates: { command: async () => ({ passed: false, evidence: "" }), metric: async () => 0 } }),
      plan,
    );
    await expect(running.result()).rejects.toMatchObject({ code: "upgrade-failed" });
    const upgrades = world.target.capability("upgrades");
    await upgrades.start("1.35.1", { pools: ["pool1"], controlPlane: false }).result();
    const open = world.ports();
    const resumed = resumeUpgrade(open, world.address);
    expect(await resumed.result()).toMatchObject({
      phase: { kind: "finished" },
      notes: { pool1: "it was there already" },
    });

    await upgrades.pools.rollBack("pool1", "1.34.4").result();
    const again = await world.plan({ version: "1.35.1" });
    expect(again.steps.map(({ id }) => id)).toEqual(["check", "pool1", "pool1-verify"]);
    const blocked = world.ports({ check: async () => Promise.reject(new Error("no")) });
    await expect(runUpgrade(blocked, again).result()).rejects.toMatchObject({ code: "platform" });
    await upgrades.start("1.35.1", { pools: ["pool1"], controlPlane: false }).result();
    await upgrades.start("1.36.1").result();
    await expect(resumeUpgrade(world.ports(), world.address).result()).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringMatching(/is at 1\.36\.1, beyond the 1\.35\.\d of this upgrade/) as unknown,
    });
  });

  test("by blue and green moves the pods as their budgets allow, and can go back until blue is deleted", async () => {
    await using world = await startWorld("green");
    await world.target.apply(defineApp({ name: "web", image: images.one, scale: { min: 2, max: 2 } })).result();
    const plan = await world.plan({ strategy: "pool-blue-green", gates: [{ kind: "person" }] });
    expect(plan.steps.filter(({ noReturn }) => noReturn !== undefined).map(({ id }) => id)).toEqual([
      "control-plane",
      "pool1-delete",
    ]);
    await runUpgrade(world.ports(), plan).result();
    const paused = await resumeUpgrade(world.ports(), world.address).result();
    expect(paused.phase).toMatchObject({ kind: "paused" });
    expect(await world.versions()).toEqual({ controlPlane: "1.35.1", pool1: "1.34.4", pool1g: "1.35.1" });
    expect(await world.poolsOf("web")).toEqual(["pool1g", "pool1g"]);

    expect((await rollBackUpgrade(world.ports(), world.address).result()).phase).toEqual({ kind: "rolled-back" });
    expect(await world.versions()).toEqual({ controlPlane: "1.35.1", pool1: "1.34.4" });
    expect(await world.poolsOf("web")).toEqual(["pool1", "pool1"]);

    const second = await world.plan({ strategy: "pool-blue-green" });
    expect((await runUpgrade(world.ports(), second).result()).phase).toEqual({ kind: "finished" });
    expect(await world.versions()).toEqual({ controlPlane: "1.35.1", pool1g: "1.35.1" });
    expect(await world.poolsOf("web")).toEqual(["pool1g", "pool1g"]);
  });

  test("that is guarded goes through the inactive cluster first, and touches the active one only after it", async () => {
    await using inactive = await startWorld("inactive");
    await using active = await startWorld("active");
    const plan = makePlan(
      { strategy: "guarded", version: "1.35.1", gates: [{ kind: "command", command: "smoke" }] },
      await active.read(),
      await inactive.read(),
    );
    const shut = active.ports({
      connect: async (address) => (address === inactive.address ? inactive.target : active.target),
      gates: {
        command: async (_, address) => ({ passed: address !== active.address, evidence: "" }),
        metric: async () => 0,
      },
    });
    await expect(runUpgrade(shut, plan).result()).rejects.toMatchObject({ code: "upgrade-failed" });
    expect(await inactive.versions()).toEqual({ controlPlane: "1.35.1", pool1: "1.35.1" });
    expect(await active.versions()).toEqual({ controlPlane: "1.35.1", pool1: "1.34.4" });
  });

  test("with a spare pool has another place for special machines, which goes again", async () => {
    await using world = await startWorld("spare");
    const plan = await world.plan({ spares: ["pool1"] });
    expect(plan.steps.map(({ id }) => id)).toEqual([
      "check",
      "control-plane",
      "control-plane-verify",
      "pool1s",
      "pool1",
      "pool1s-drain",
      "pool1s-delete",
      "pool1-verify",
    ]);
    expect((await runUpgrade(world.ports(), plan).result()).phase).toEqual({ kind: "finished" });
    expect(await world.versions()).toEqual({ controlPlane: "1.35.1", pool1: "1.35.1" });
  });

  test("in the journal of another cluster is refused", async () => {
    await using world = await startWorld("mine");
    const running = runUpgrade(world.ports(), await world.plan({ gates: [{ kind: "person" }] }));
    await running.result();
    const other = world.address.replace("/mine/", "/other/");
    await expect(resumeUpgrade(world.ports(), other).result()).rejects.toMatchObject({
      code: "journal-invalid",
      message: expect.stringMatching(/\/mine, not aks:.*\/other\.$/) as unknown,
    });
  });
});

interface World extends AsyncDisposable {
  readonly address: string;
  readonly target: DeploymentTarget;
  readonly journal: UpgradePorts["journal"];
  ports(changes?: Partial<UpgradePorts>): UpgradePorts;
  read(): Promise<Parameters<typeof makePlan>[1]>;
  plan(request: Partial<PlanRequest>): Promise<ReturnType<typeof makePlan>>;
  status(): Promise<ClusterStatus>;
  versions(): Promise<Record<string, string>>;
  poolsOf(app: string): Promise<readonly string[]>;
}

async function startWorld(name: string): Promise<World> {
  const address = await createCluster(azure, name);
  const options = connection(azure);
  const target = await connect(address, options);
  const journal = createFileJournal(join(folder, `${name}.upgrade`), options.clock);
  const upgrades = target.capability("upgrades");
  const read = async () => ({ address, facts: await upgrades.facts() });
  return {
    address,
    target,
    journal,
    read,
    status: () => upgrades.status(),
    ports: (changes = {}) => ({
      clock: options.clock,
      journal,
      by: "test",
      connect: async () => target,
      check: async () => [],
      gates: { command: async () => ({ passed: true, evidence: "ok" }), metric: async () => 0 },
      ...changes,
    }),
    plan: async (request) => makePlan({ strategy: "node-pool", version: "1.35.1", ...request }, await read()),
    async versions() {
      const { version, pools } = await upgrades.status();
      return { controlPlane: version, ...Object.fromEntries(pools.map((pool) => [pool.name, pool.version])) };
    },
    async poolsOf(app) {
      const { pods, nodes } = await upgrades.facts();
      const own = pods.filter(({ labels, isTerminating }) => labels["fairway.dev/app"] === app && !isTerminating);
      return own.map((pod) => nodes.find((node) => node.name === pod.node)?.pool ?? "");
    },
    [Symbol.asyncDispose]: () => target.close(),
  };
}

function short(entry: JournalEntry): string {
  return "step" in entry ? `${entry.type} ${entry.step}` : entry.type;
}

async function said(operation: Operation<UpgradeState>, pattern: RegExp): Promise<void> {
  for await (const { message } of operation.events()) if (pattern.test(message)) return;
  throw new Error(`It never said ${String(pattern)}: ${(await messages(operation)).join("\n")}`);
}

async function messages(operation: Operation<unknown>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const { message } of operation.events()) all.push(message);
  return all;
}
