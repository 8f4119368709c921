import {
  type App,
  type AppDescription,
  defineApp,
  type Finding,
  makeMaintenancePlan,
  makeReleasePlan,
  type ReleaseRequest,
  readUpgrade,
  resumeUpgrade,
  rollBackUpgrade,
  runUpgrade,
  type UpgradePorts,
  type UpgradeState,
  type WeeklyHours,
} from "@fairway/sdk";
import { describe, expect, test } from "vitest";
import { createPlatform } from "../src/live/platform.ts";
import { createMemoryJournal } from "../src/virtual/memory-journal.ts";
import { type CallFate, startProcess } from "../src/virtual/process.ts";
import { openVirtualWorld } from "../src/virtual/world.ts";

describe("an app goes to its next revision", () => {
  test("share by share, each watched, and back to where it was", async () => {
    using world = await startWorld();
    const { old, next } = await world.twoRevisions();
    const plan = await world.releasePlan({ steps: [10, 50, 100], bakeMinutes: 5 });
    expect(plan.steps.map(({ id }) => id)).toEqual([
      "check",
      "release",
      "shift-10",
      "shift-10-watch",
      "shift-50",
      "shift-50-watch",
      "shift-100",
      "shift-100-watch",
    ]);
    expect(plan.from.version).toBe(old);
    const startMs = world.now();
    const state = await world.drive((ports) => runUpgrade(ports, plan));
    expect(state.phase).toEqual({ kind: "finished" });
    expect(world.now() - startMs).toBeGreaterThan(15 * 60_000);
    expect(await world.weights()).toEqual({ [old]: 0, [next]: 100 });
    const back = await world.drive((ports) => rollBackUpgrade(ports, world.address));
    expect(back).toMatchObject({
      phase: { kind: "rolled-back" },
      notes: { release: `${next} stays, without traffic` },
    });
    expect(await world.weights()).toEqual({ [old]: 100, [next]: 0 });
  });

  test("and stays where it was when a gate is shut after the first share", async () => {
    using world = await startWorld();
    const { old, next } = await world.twoRevisions();
    const plan = await world.releasePlan({
      steps: [10, 100],
      gates: [{ kind: "metric", query: "errors", comparison: "<", bound: 1 }],
    });
    const shut = { gates: { command: async () => ({ passed: true, evidence: "" }), metric: async () => 7 } };
    await expect(world.drive((ports) => runUpgrade(ports, plan), shut)).rejects.toMatchObject({
      code: "upgrade-failed",
      message: "The gate is shut: look whether errors < 1: it is 7. Traffic is back where it was.",
    });
    expect(await world.weights()).toEqual({ [old]: 100, [next]: 0 });
    expect((await world.state())?.phase).toEqual({ kind: "rolled-back" });
  });

  test("and stays where it was when the new revision never starts", async () => {
    using world = await startWorld();
    const { old } = await world.twoRevisions();
    const bad = web({ image: "registry.example/web:does-not-exist" });
    const plan = await world.releasePlan({ steps: [100] }, bad);
    await expect(world.drive((ports) => runUpgrade(ports, plan), { app: async () => bad })).rejects.toMatchObject({
      code: "revision-failed",
      message: expect.stringContaining("Traffic is back where it was") as unknown,
    });
    expect(await world.weights()).toMatchObject({ [old]: 100 });
  });

  test("only with the description that was planned, and only past what stands against it", async () => {
    using world = await startWorld();
    await world.twoRevisions();
    const plan = await world.releasePlan({ steps: [100] });
    const changed = { app: async () => web({ image: "web:9" }) };
    await expect(world.drive((ports) => runUpgrade(ports, plan), changed)).rejects.toMatchObject({ code: "conflict" });
    const finding = (subject: string): Finding => ({
      code: "FW047",
      severity: "required",
      subject,
      evidence: "takes messages",
      fix: "-",
    });
    using other = await startWorld();
    await other.twoRevisions();
    const checked = await other.releasePlan({ steps: [100] });
    const against = { check: async () => [finding("app web"), finding("app other")] };
    await expect(other.drive((ports) => runUpgrade(ports, checked), against)).rejects.toMatchObject({
      code: "upgrade-blocked",
      message: "A finding stands against the upgrade: FW047 app web: takes messages.",
    });
  });

  test.for([{ steps: [10, 5, 100] }, { steps: [10, 50] }, { steps: [] }])(
    "not in shares of $steps",
    async ({ steps }) => {
      using world = await startWorld();
      await world.twoRevisions();
      await expect(world.releasePlan({ steps })).rejects.toMatchObject({ code: "upgrade-invalid", path: "steps" });
    },
  );

  test("with whoever takes it up after a kill at any call, before it or after Azure did it", {
    timeout: 60_000,
  }, async () => {
    const whole = await releaseWithKill(() => "answered");
    expect(whole.phase).toBe("finished");
    expect(whole.calls).toBeGreaterThan(20);
    for (let number = 1; number <= whole.calls; number += 1) {
      for (const fate of ["killed-before", "killed-after"] as const) {
        const { phase, weights } = await releaseWithKill((call) => (call === number ? fate : "answered"));
        expect({ number, fate, phase, weights }).toEqual({ number, fate, phase: "finished", weights: whole.weights });
      }
    }
  });
});

describe("the maintenance of an environment", () => {
  const hours: WeeklyHours = { weekDay: "Tuesday", startHour: 1, durationHours: 8 };

  test("is waited for and followed; meanwhile Azure refuses changes, by whomever", async () => {
    using world = await startWorld();
    await world.apply(web({ scale: { min: 2, max: 2 } }));
    const plan = await world.maintenancePlan({ hours });
    expect(plan.steps.map(({ id }) => id)).toEqual([
      "check",
      "hours",
      "gate-3",
      "hold",
      "follow",
      "release-hold",
      "verify",
    ]);
    let refused: unknown;
    const state = await world.drive(
      (ports) => runUpgrade(ports, plan),
      {},
      async (at) => {
        await at(/^hold: done/);
        refused = await world.apply(web({ image: "web:2" })).catch((error: unknown) => error);
        world.maintain();
      },
    );
    expect(refused).toMatchObject({ code: "conflict", message: expect.stringContaining("are locked") as unknown });
    expect(new Date(world.now()).toUTCString()).toMatch(/^Tue, .* 0[1-8]:/);
    expect(state.phase).toEqual({ kind: "finished" });
    expect(state.notes["follow"]).toMatch(/^2 of 2 replicas replaced; lowest: web [01] of 2 ready$/);
    await world.apply(web({ image: "web:2" }));
    const again = await world.maintenancePlan({});
    expect(again.steps.map(({ id }) => id)).not.toContain("hours");
  });

  test("that does not come is over with its hours, and a rollback takes them and the hold away", async () => {
    using world = await startWorld();
    await world.apply(web({}));
    const plan = await world.maintenancePlan({ hours });
    const state = await world.drive((ports) => runUpgrade(ports, plan));
    expect(state.notes["follow"]).toBe("the hours are over: 0 of 1 replicas replaced; lowest: web 1 of 1 ready");
    expect(new Date(world.now()).toUTCString()).toMatch(/^Tue, .* 09:/);
    expect((await world.drive((ports) => rollBackUpgrade(ports, world.address))).phase.kind).toBe("rolled-back");
    expect(await world.hours()).toBeUndefined();
  });

  test("needs hours", async () => {
    using world = await startWorld();
    await expect(world.maintenancePlan({})).rejects.toMatchObject({ code: "upgrade-invalid", path: "hours" });
  });

  test("holds nobody for ever: a kill at any call is taken up", { timeout: 60_000 }, async () => {
    const run = async (kill: (number: number) => CallFate) => {
      using world = await startWorld();
      await world.apply(web({}));
      const plan = await world.maintenancePlan({ hours });
      const calls = await world.driveAndKill((ports) => runUpgrade(ports, plan), kill);
      const state = await world.finish(plan);
      await world.apply(web({ image: "web:2" }));
      return { calls, phase: state.phase.kind };
    };
    const whole = await run(() => "answered");
    // The same look, again and again, is killed once.
    for (let number = 1; number <= whole.calls; number += number < 20 ? 1 : Math.ceil(whole.calls / 6)) {
      for (const fate of ["killed-before", "killed-after"] as const) {
        const { phase } = await run((call) => (call === number ? fate : "answered"));
        expect({ number, fate, phase }).toEqual({ number, fate, phase: "finished" });
      }
    }
  });
});

async function releaseWithKill(fate: (number: number) => CallFate) {
  using world = await startWorld();
  await world.twoRevisions();
  const plan = await world.releasePlan({ steps: [10, 100] });
  const calls = await world.driveAndKill((ports) => runUpgrade(ports, plan), fate);
  const state = await world.finish(plan);
  return { calls, phase: state.phase.kind, weights: await world.weights() };
}

type Begin = (ports: UpgradePorts) => ReturnType<typeof runUpgrade>;
type At = (said: RegExp) => Promise<void>;

async function startWorld() {
  const opened = await openVirtualWorld({ seed: 1 });
  const { azure, httpClient } = opened;
  const { environmentAddress: address } = await opened.run(() =>
    createPlatform(azure, { group: "shop", name: "main", nodeCount: 1, httpClient }),
  );
  const target = await opened.connect(address);
  const journal = createMemoryJournal();
  const ports = (process: ReturnType<typeof startProcess>, changes: Partial<UpgradePorts> = {}): UpgradePorts => ({
    clock: process.clock,
    journal: process.open(journal),
    by: "test",
    connect: process.connect,
    app: async () => next,
    check: async () => [],
    gates: { command: async () => ({ passed: true, evidence: "" }), metric: async () => 0 },
    // Nobody sits before the eight hours of a maintenance.
    pollMs: 5 * 60_000,
    ...changes,
  });
  const apply = (app: App) => opened.run(() => target.apply(app).result());
  const drive = (begin: Begin, changes: Partial<UpgradePorts> = {}, meanwhile?: (at: At) => Promise<void>) =>
    opened.run(async () => {
      const operation = begin(ports(startProcess(opened), changes));
      const at: At = async (said) => {
        for await (const { message } of operation.events()) if (said.test(message)) return;
      };
      await meanwhile?.(at);
      return await operation.result();
    });
  return {
    address,
    apply,
    drive,
    now: () => opened.clock.now(),
    state: () => readUpgrade({ journal }),
    maintain: () => azure.control("POST", "/_emulator/maintenance", { environment: "main" }),
    hours: () => opened.run(() => target.capability("maintenance").hours()),
    async twoRevisions() {
      const { name: old } = await apply(web({}));
      const { revision } = await opened.run(() => target.plan(next));
      return { old, next: revision.name };
    },
    async weights() {
      const revisions = await opened.run(() => target.revisions("web"));
      return Object.fromEntries(revisions.map(({ name, weight }): [string, number] => [name, weight]));
    },
    releasePlan: (request: ReleaseRequest, app: App = next) =>
      opened.run(async () => makeReleasePlan(request, { address, app, deploy: await target.plan(app) })),
    maintenancePlan: (request: Parameters<typeof makeMaintenancePlan>[0]) =>
      opened.run(async () => {
        const maintenance = target.capability("maintenance");
        return makeMaintenancePlan(request, {
          address,
          hours: await maintenance.hours(),
          replicas: await maintenance.replicas(),
        });
      }),
    /** How many calls were made, to its end or to its kill. */
    async driveAndKill(begin: Begin, fate: (number: number) => CallFate): Promise<number> {
      const process = startProcess(opened, ({ number }) => fate(number));
      await opened.run(() => Promise.race([begin(ports(process)).result(), process.killed]));
      journal.abandon();
      return process.calls;
    },
    /** Begun anew when it was killed before its first word. */
    async finish(plan: Parameters<typeof runUpgrade>[1]): Promise<UpgradeState> {
      const state = await readUpgrade({ journal });
      if (state?.phase.kind === "finished") return state;
      return await drive((given) => (state ? resumeUpgrade(given, address) : runUpgrade(given, plan)));
    },
    [Symbol.dispose]: () => opened[Symbol.dispose](),
  };
}

const next = web({ image: "web:2" });

function web(changes: Partial<AppDescription>): App {
  return defineApp({
    name: "web",
    image: "web:1",
    ingress: { exposure: "public" },
    scale: { min: 1, max: 2 },
    ...changes,
  });
}
