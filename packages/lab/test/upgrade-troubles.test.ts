// What the search for trouble has found in Fairway, each kept as it was found.

import {
  type DeploymentTarget,
  makePlan,
  resumeUpgrade,
  rollBackUpgrade,
  runUpgrade,
  stopUpgrade,
  type UpgradePorts,
} from "@fairway/sdk";
import { expect, test } from "vitest";
import type { z } from "zod";
import { runScenario } from "../src/fuzz/run-scenario.ts";
import { scenarioFormat, scenarioSchema } from "../src/fuzz/scenario.ts";
import { createCluster } from "../src/live/platform.ts";
import { createMemoryJournal } from "../src/virtual/memory-journal.ts";
import { startProcess } from "../src/virtual/process.ts";
import { openVirtualWorld, type VirtualWorld } from "../src/virtual/world.ts";

test("a status that cannot be read while an upgrade goes on ends nobody", async () => {
  using world = await openVirtualWorld({ seed: 1 });
  const { address } = await startCluster(world);
  const isStatus = /managedClusters\/prod\?/;
  let [lost, isUpgrading] = [0, false];
  const process = startProcess(world, ({ method, url }) => {
    if (method === "PUT") isUpgrading = true;
    if (method !== "GET" || !isUpgrading || !isStatus.test(url) || lost > 20) return "answered";
    lost += 1;
    return "answer-lost";
  });
  const version = await world.run(async () => {
    const upgrades = (await process.connect(address)).capability("upgrades");
    return (await upgrades.start("1.35.1").result()).version;
  });
  // The client itself asks again four times: this was more.
  expect({ version, isLost: lost > 4 }).toEqual({ version: "1.35.1", isLost: true });
});

test("a control plane whose upgrade failed at its end is repaired, and not taken for upgraded", async () => {
  using world = await openVirtualWorld({ seed: 1 });
  const { address, target, ports, plan } = await startUpgrade(world);
  stick(world);
  await expect(world.run(() => runUpgrade(ports, plan).result())).rejects.toMatchObject({ code: "upgrade-failed" });
  expect(await statusOf(world, target)).toEqual({ version: "1.35.1", provisioningState: "Failed" });
  world.azure.control("DELETE", "/_emulator/faults");
  const state = await world.run(() => resumeUpgrade(ports, address).result());
  expect(state.phase.kind).toBe("finished");
  expect(state.notes["control-plane"]).toBeUndefined();
  expect(await statusOf(world, target)).toEqual({ version: "1.35.1", provisioningState: "Succeeded" });
});

test("a rollback leaves no control plane as failed as it found it", async () => {
  using world = await openVirtualWorld({ seed: 1 });
  const { address, target, ports, plan } = await startUpgrade(world);
  stick(world);
  await expect(world.run(() => runUpgrade(ports, plan).result())).rejects.toMatchObject({ code: "upgrade-failed" });
  world.azure.control("DELETE", "/_emulator/faults");
  const state = await world.run(() => rollBackUpgrade(ports, address).result());
  expect(state.notes["control-plane"]).toBe("the control plane stays at 1.35.1: AKS takes none back");
  expect(await statusOf(world, target)).toEqual({ version: "1.35.1", provisioningState: "Succeeded" });
});

test.for([
  { what: "upgrades no control plane", write: /^PUT .*managedClusters\/prod\?/ },
  { what: "makes no pool", write: /^PUT .*agentPools/ },
  { what: "cordons no node", write: /^PATCH .*\/nodes\// },
  { what: "evicts nobody", write: /^POST .*\/eviction/ },
])(
  "a process that lost its lease while its machine stood still, just before the call, $what any more",
  async ({ write }) => {
    const calls: string[] = [];
    await driveUntilFrozen((call) => void calls.push(call));
    const before = calls.findIndex((call) => write.test(call)) - 1;
    const late: string[] = [];
    let seen = 0;
    const phase = await driveUntilFrozen((call) => {
      if (seen > before) late.push(call);
      seen += 1;
      return seen - 1 === before;
    });
    expect(phase).toBe("finished");
    expect(calls[before + 1]).toMatch(write);
    expect(late.filter((call) => !call.startsWith("GET"))).toEqual([]);
  },
);

/** `isLast`: told of each call; when it says so the machine stands still after it, and another process goes on. */
async function driveUntilFrozen(isLast: (call: string) => boolean | void): Promise<string> {
  using world = await openVirtualWorld({ seed: 1 });
  const { address, target, ports } = await startUpgrade(world);
  const facts = await world.run(() => target.capability("upgrades").facts());
  const plan = makePlan({ strategy: "pool-blue-green", version: "1.35.1" }, { address, facts });
  const journal = createMemoryJournal(undefined, world.clock);
  const process = startProcess(world, ({ method, url }) =>
    isLast(`${method} ${url}`) === true ? { frozenMs: 60_000 } : "answered",
  );
  return await world.run(async () => {
    const own = { ...ports, journal: process.open(journal), connect: process.connect, by: "first" };
    const first = runUpgrade(own, plan).result();
    const ended = await Promise.race([first, process.frozen]);
    if (ended) return ended.phase.kind;
    // As long as the journals of the SDK wait for somebody who is silent.
    await world.wait(31_000);
    journal.abandon("first");
    const second = resumeUpgrade({ ...ports, journal, by: "second" }, address).result();
    await expect(first).rejects.toMatchObject({ code: "lease-held" });
    return (await second).phase.kind;
  });
}

test("an upgrade that was stopped before its turn came to the pools can be taken back", async () => {
  using world = await openVirtualWorld({ seed: 1 });
  const { address, target, ports } = await startUpgrade(world);
  const facts = await world.run(() => target.capability("upgrades").facts());
  const plan = makePlan({ strategy: "in-place", version: "1.35.1" }, { address, facts });
  const state = await world.run(async () => {
    const running = runUpgrade(ports, plan);
    await world.wait(60_000);
    await stopUpgrade(ports, address, "abort");
    await running.result();
    return await rollBackUpgrade(ports, address).result();
  });
  expect(state.phase.kind).toBe("rolled-back");
  expect(state.notes["cluster"]).toMatch(
    /^the cluster stays Canceled, at 1\.34\.4: Azure has it on its way to 1\.35\.1/,
  );
});

const pool = { name: "pool1", nodes: 1, maxSurge: 1, maxUnavailable: 0, drainTimeoutMinutes: 30 } as const;
const setsAside = { ...pool, name: "pool2", maxSurge: 0, maxUnavailable: 1, undrainable: "Cordon" } as const;
const calm: Pick<z.input<typeof scenarioSchema>, "format" | "platform" | "apps" | "calls" | "asks"> = {
  format: scenarioFormat,
  platform: "cluster",
  apps: [],
  calls: [],
  asks: [],
};

const scenarios: readonly (readonly [string, string, z.input<typeof scenarioSchema>])[] = [
  [
    "a node that was reimaged twice while nobody reached the API server joins when it is there again",
    "finished",
    {
      ...calm,
      seed: "night/509",
      pools: [{ ...pool, nodes: 2, undrainable: "Schedule" }],
      strategy: "node-pool",
      faults: [
        {
          trigger: { kind: "record", record: "node.reimaging", count: 2 },
          kind: "apiserver-gap",
          parameters: { cluster: "prod", durationSeconds: 3_600 },
        },
      ],
    },
  ],
  [
    "a pool whose upgrade failed before any node of it went is taken back",
    "rolled-back",
    {
      ...calm,
      seed: "late/193",
      pools: [
        { ...pool, undrainable: "Schedule" },
        { ...pool, name: "pool3", undrainable: "Schedule" },
      ],
      strategy: "in-place",
      backAfter: 2,
      faults: [
        {
          trigger: { kind: "minutes", minutes: 10 },
          kind: "apiserver-gap",
          parameters: { cluster: "prod", durationSeconds: 1_200 },
        },
      ],
    },
  ],
  [
    "nodes that Azure has set aside are not taken for upgraded, and are told of",
    "failed at pool2: upgrade-failed: Azure has set nodes aside that it could not drain: aks-pool2-",
    {
      ...calm,
      seed: "late/311",
      pools: [
        { ...pool, undrainable: "Schedule" },
        { ...setsAside, nodes: 3, drainTimeoutMinutes: 10 },
      ],
      strategy: "node-pool",
      faults: [
        {
          trigger: { kind: "record", record: "node.drained", count: 3 },
          kind: "cni-ip-starvation",
          parameters: { cluster: "prod", durationSeconds: 1_200 },
        },
      ],
    },
  ],
  [
    "a node that joined after its upgrade was given up is not left cordoned",
    "finished",
    {
      ...calm,
      seed: "1",
      pools: [{ ...pool, nodes: 4, undrainable: "Schedule" }],
      strategy: "in-place",
      faults: [
        {
          trigger: { kind: "record", record: "node.reimaging", count: 1 },
          kind: "apiserver-gap",
          parameters: { cluster: "prod", durationSeconds: 2_000 },
        },
      ],
    },
  ],
  [
    "nodes that Azure has set aside on the way back are not taken for rolled back",
    "failed at pool2: upgrade-failed: Azure has set nodes aside that it could not drain: aks-pool2-",
    {
      ...calm,
      seed: "aside",
      pools: [
        { ...pool, undrainable: "Schedule" },
        { ...setsAside, nodes: 2, drainTimeoutMinutes: 5 },
      ],
      strategy: "node-pool",
      backAfter: 1,
      faults: [
        {
          trigger: { kind: "record", record: "pool.upgraded", count: 2 },
          kind: "pdb-blocks-drain",
          parameters: { cluster: "prod", namespace: "kube-system", durationSeconds: 3_600 },
        },
      ],
    },
  ],
  [
    "nodes that Azure set aside on the way there are named before it is asked to take the pool back",
    "failed at cluster: upgrade-failed: Azure has set nodes aside that it could not drain: aks-pool2-",
    {
      ...calm,
      seed: "quiet1/342",
      pools: [
        { ...pool, undrainable: "Schedule" },
        { ...setsAside, nodes: 2, drainTimeoutMinutes: 5 },
      ],
      strategy: "in-place",
      backAfter: 1,
      faults: [
        {
          trigger: { kind: "minutes", minutes: 25 },
          kind: "cni-ip-starvation",
          parameters: { cluster: "prod", durationSeconds: 1_200 },
        },
      ],
    },
  ],
  [
    "a pool that Azure set aside wholly on the way there is not taken for one that never left",
    "failed at cluster: upgrade-failed: Azure has set nodes aside that it could not drain: aks-pool2-",
    {
      ...calm,
      seed: "rest1/1320",
      pools: [
        { ...pool, drainTimeoutMinutes: 10, undrainable: "Schedule" },
        { ...setsAside, drainTimeoutMinutes: 8 },
      ],
      strategy: "in-place",
      rivals: [{ minutes: 0, what: "rollback", insists: true }],
      faults: [
        {
          trigger: { kind: "record", record: "node.reimaged", count: 1 },
          kind: "identity-lost",
          parameters: { cluster: "prod", durationSeconds: 3_600 },
        },
      ],
    },
  ],
  [
    "a pool that goes on when its control plane is repaired is taken back too",
    "rolled-back",
    {
      ...calm,
      seed: "calm1/251",
      pools: [{ ...pool, undrainable: "Schedule" }],
      strategy: "in-place",
      backAfter: 2,
      faults: [],
      calls: [{ process: 1, of: "writes", number: 1, fate: "frozen", minutes: 1 }],
      asks: [{ minutes: 2, what: "abort" }],
    },
  ],
  [
    "a revision whose only replica maintenance replaces loses its traffic again, which is no fault of ours",
    "rolled-back",
    {
      ...calm,
      platform: "environment",
      seed: "still2/137",
      pools: [],
      apps: [{ name: "app1", replicas: 1, cpu: 1, startSeconds: 90 }],
      strategy: "revision",
      faults: [
        { trigger: { kind: "record", record: "revision.created", count: 1 }, kind: "maintenance", parameters: {} },
      ],
      entries: [{ process: 1, number: 5, fate: "refused" }],
    },
  ],
  [
    "a rollback leaves no route to a cluster that is deleted",
    "rolled-back",
    {
      ...calm,
      seed: "quiet1/1718",
      pools: [{ ...pool, undrainable: "Schedule" }],
      strategy: "cluster-blue-green",
      traffic: { share: 100, quietMinutes: 5, canary: { percent: 5, minutes: 1 }, keepMinutes: 5 },
      backAfter: 3,
      faults: [],
      calls: [
        { process: 3, of: "all", number: 1, fate: "killed-after" },
        { process: 1, of: "all", number: 17, fate: "frozen", minutes: 1 },
      ],
      asks: [{ minutes: 19, what: "abort" }],
    },
  ],
];

test.for(scenarios)("%s", async ([, end, scenario]) => {
  const run = await runScenario(scenarioSchema.parse(scenario));
  expect(run.violations).toEqual([]);
  expect(run.end.startsWith(end)).toBe(true);
});

test("a clock that is set back makes nobody wait longer than was planned", async () => {
  const { end, log } = await runScenario(
    scenarioSchema.parse({
      ...calm,
      seed: "back",
      pools: [{ ...pool, undrainable: "Schedule" }],
      strategy: "region-failover",
      traffic: { share: 100, quietMinutes: 5, keepMinutes: 0 },
      faults: [],
      asks: [{ minutes: 3, what: "abort" }],
      jumps: [{ minutes: 4, by: -24 * 60 }],
    }),
  );
  expect(end).toBe("finished");
  expect(log.at(-1)).toMatch(/^2026-01-05T/);
});

function stick({ azure }: VirtualWorld): void {
  azure.control("POST", "/_emulator/faults", { kind: "controlplane-stuck", parameters: { cluster: "prod" } });
}

async function statusOf(world: VirtualWorld, target: DeploymentTarget) {
  const { version, provisioningState } = await world.run(() => target.capability("upgrades").status());
  return { version, provisioningState };
}

async function startUpgrade(world: VirtualWorld) {
  const { address, target } = await startCluster(world);
  const ports: UpgradePorts = {
    clock: world.clock,
    journal: createMemoryJournal(),
    by: "test",
    connect: async () => target,
    check: async () => [],
    gates: { command: async () => ({ passed: true, evidence: "" }), metric: async () => 0 },
    pollMs: 10_000,
  };
  const facts = await world.run(() => target.capability("upgrades").facts());
  const plan = makePlan({ strategy: "node-pool", version: "1.35.1" }, { address, facts });
  return { address, target, ports, plan };
}

async function startCluster(world: VirtualWorld) {
  const { azure, httpClient } = world;
  const { clusterAddress: address } = await world.run(() =>
    createCluster(azure, {
      group: "trouble",
      name: "prod",
      pools: [{ name: "pool1", mode: "System", count: 1, vmSize: "Standard_D4s_v5" }],
      httpClient,
    }),
  );
  return { address, target: await world.connect(address) };
}
