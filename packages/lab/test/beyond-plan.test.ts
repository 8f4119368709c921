import { makePlan, resumeUpgrade, rollBackUpgrade, runUpgrade, type UpgradePorts } from "@fairway/sdk";
import { expect, test } from "vitest";
import { createMemoryJournal } from "../src/virtual/memory-journal.ts";
import { openVirtualWorld } from "../src/virtual/world.ts";
import { startShop } from "./rehearsed-shop.ts";

test("a rollback leaves a pool alone that somebody has upgraded by hand, beyond the plan", async () => {
  using world = await openVirtualWorld({ seed: 5 });
  const { address, target } = await startShop(world, []);
  const ports: UpgradePorts = {
    clock: world.clock,
    journal: createMemoryJournal(),
    by: "ada",
    connect: async () => target,
    check: async () => [],
    gates: { command: async () => ({ passed: true, evidence: "" }), metric: async () => 0 },
    pollMs: 10_000,
  };
  const state = await world.run(async () => {
    const facts = await target.capability("upgrades").facts();
    const plan = makePlan({ strategy: "node-pool", version: "1.35.0" }, { address, facts });
    await runUpgrade(ports, plan).result();
    await target.capability("upgrades").start("1.35.1").result();
    return await rollBackUpgrade(ports, address).result();
  });
  expect(state.phase).toEqual({ kind: "rolled-back" });
  expect(state.notes["pool1"]).toBe("it stays at 1.35.1: somebody has upgraded it by hand, beyond 1.35.0");
  const { pools } = await world.run(() => target.capability("upgrades").status());
  expect(pools).toMatchObject([{ name: "pool1", version: "1.35.1", provisioningState: "Succeeded" }]);
});

test("a resume that is refused says why in the journal, and where it would go on", async () => {
  using world = await openVirtualWorld({ seed: 6 });
  const { address, target } = await startShop(world, []);
  const journal = createMemoryJournal();
  const ports: UpgradePorts = {
    clock: world.clock,
    journal,
    by: "ada",
    connect: async () => target,
    check: async () => [],
    gates: { command: async () => ({ passed: true, evidence: "" }), metric: async () => 0 },
    pollMs: 10_000,
  };
  await world.run(async () => {
    const facts = await target.capability("upgrades").facts();
    const gates = [{ kind: "person" }] as const;
    const plan = makePlan({ strategy: "node-pool", version: "1.35.0", gates }, { address, facts });
    await runUpgrade(ports, plan).result();
    await target.capability("upgrades").start("1.35.1").result();
    await expect(resumeUpgrade(ports, address).result()).rejects.toMatchObject({ code: "conflict" });
  });
  expect((await journal.read()).at(-1)).toMatchObject({
    type: "failed",
    step: "control-plane",
    error: { code: "conflict", message: expect.stringContaining("is at 1.35.1, beyond the 1.35.0") as unknown },
  });
});
