import type { Capabilities, DeploymentTarget, Journal, JournalEntry, Operation } from "@fairway/sdk";
import { expect, test } from "vitest";
import type { z } from "zod";
import { buildWorld } from "../src/fuzz/build-world.ts";
import { drawScenario } from "../src/fuzz/draw.ts";
import { formatReplay, parseReplay, type Replay } from "../src/fuzz/replay.ts";
import { type RunOptions, runScenario } from "../src/fuzz/run-scenario.ts";
import { scenarioFormat, scenarioSchema } from "../src/fuzz/scenario.ts";
import { search } from "../src/fuzz/search.ts";

/** Searches the first so many scenarios of a seed. */
async function searchFor(seed: string, scenarios: number, sabotage?: (target: DeploymentTarget) => DeploymentTarget) {
  const ends = new Set<string>();
  const troubles: Replay[] = [];
  await search({
    seed,
    first: 1,
    step: 1,
    ...(sabotage ? { sabotage } : {}),
    onScenario({ number, end }) {
      ends.add(end);
      return number < scenarios && (sabotage === undefined || troubles.length === 0);
    },
    onTrouble: (trouble) => void troubles.push(trouble),
  });
  return { ends, troubles };
}

test("drawn adventures end upgraded or rolled back, whatever goes wrong meanwhile", { timeout: 60_000 }, async () => {
  const { ends, troubles } = await searchFor("suite-c", 6);
  expect(troubles).toEqual([]);
  expect([...ends].toSorted()).toEqual(["finished", "rolled-back"]);
});

test("the same scenario gives the same run", async () => {
  const scenario = drawScenario("suite/3");
  expect(await runScenario(scenario)).toEqual(await runScenario(scenario));
});

test("a step that does nothing is found, made small, and found again in its file", {
  timeout: 60_000,
}, async () => {
  const { troubles } = await searchFor("planted", 40, withoutUpgrading);
  const [trouble] = troubles;
  expect(trouble?.violations).toContainEqual({
    checker: "rest",
    message: expect.stringMatching(/^It comes to no rest/) as unknown,
  });
  expect(trouble?.scenario).toMatchObject({ pools: [{ nodes: 1 }], apps: [], faults: [], calls: [], asks: [] });
  const scenario = parseReplay(formatReplay(trouble as Replay), "it.json");
  expect((await runScenario(scenario, { sabotage: withoutUpgrading })).violations).toEqual(trouble?.violations);
  expect((await runScenario(scenario)).violations).toEqual([]);
});

test("traffic that goes astray is seen: weights, revisions that nobody serves, clusters that are gone", async () => {
  const traffic = { share: 90, quietMinutes: 0, keepMinutes: 0 };
  using built = await buildWorld(scenarioSchema.parse({ ...calm, strategy: "active-active", traffic }));
  const { world, watch, observer } = built;
  const { dataPlane } = world.azure;
  const host = dataPlane.hosts().find((one) => /^app1\.default\.prod-[^-.]+\.hcp\./.test(one)) ?? "";
  const backends = dataPlane.route(host)?.backends ?? [];
  const extra = { name: "app1--new", endpoints: [], whenEmpty: "reject" } as const;
  dataPlane.setRoute(host, { backends: [...backends, { ...extra, weight: 0 }] });
  expect(watch.violations).toEqual([]);
  dataPlane.setRoute(host, { backends: [...backends, { ...extra, weight: 10 }] });
  await world.run(async () => {
    await observer
      .capability("clusters")
      .remove(built.observers[1]?.address ?? "")
      .result();
    await world.wait(15 * 60_000);
  });
  const messages = watch.violations.map(({ message }) =>
    message.replace(/^\S+: /, "").replace(/\d+ minutes/, "minutes"),
  );
  expect([...new Set(messages)].toSorted()).toEqual([
    "Callers are sent to prod-2, which is gone for minutes.",
    expect.stringMatching(/^The weights of app1.* sum to 110: app1--\w+ 100, app1--new 10\.$/) as unknown,
    expect.stringMatching(/^app1--new of app1.* was given 10 % and has nobody who serves\.$/) as unknown,
    expect.stringMatching(/^app1--new serves app1.*, and was given nothing\.$/) as unknown,
  ]);
});

test.for([
  { name: "nothing", text: "", why: /no JSON/ },
  { name: "something else", text: "{}", why: /no replay/ },
  {
    name: "a scenario of another form",
    text: '{"format":"fairway-lab-replay","scenario":{"format":2}}',
    why: /scenario\.format/,
  },
])("a file with $name is no replay", ({ text, why }) => {
  expect(() => parseReplay(text, "it.json")).toThrow(
    expect.objectContaining({ code: "usage", message: expect.stringMatching(why) as unknown }),
  );
});

/** A bug: an upgrade of pools ends well, and has done nothing. */
function withoutUpgrading(target: DeploymentTarget): DeploymentTarget {
  return changed(target, (upgrades) => ({
    ...upgrades,
    start: (version, options) =>
      options?.pools?.length === 0 ? upgrades.start(version, options) : upgrades.start(version, { pools: [] }),
  }));
}

/** Upgrades with calm weather: what is found is what was planted. */
const calm = {
  format: scenarioFormat,
  seed: "planted",
  platform: "cluster",
  pools: [
    {
      name: "pool1",
      nodes: 2,
      maxSurge: 1,
      maxUnavailable: 0,
      drainTimeoutMinutes: 5,
      undrainable: "Schedule",
    },
  ],
  apps: [{ name: "app1", replicas: 2, cpu: 0.25, startSeconds: 5 }],
  strategy: "node-pool",
  faults: [],
  calls: [],
  asks: [],
} as const;

const nothing: Operation<never> = {
  id: "nothing",
  async *events() {},
  // Nobody looks at what it gives.
  result: async () => undefined as never,
  cancel: () => undefined,
  state: () => ({ kind: "running" }),
  toJSON: () => ({ id: "nothing", target: "", call: "", arguments: [] }),
};

interface Planted extends RunOptions {
  readonly bug: string;
  readonly checker: string;
  readonly message: RegExp;
  readonly scenario?: Partial<z.input<typeof scenarioSchema>>;
}

const planted: readonly Planted[] = [
  {
    bug: "nodes that stay cordoned",
    checker: "end-state",
    message: /there are 4 nodes, and 2 at the beginning/,
    scenario: { strategy: "pool-blue-green" },
    sabotage: (target) =>
      changed(target, (upgrades) => ({ ...upgrades, pools: { ...upgrades.pools, remove: () => nothing } })),
  },
  {
    bug: "an old cluster that is not deleted",
    checker: "end-state",
    message: /there are the clusters prod, prod-2, not prod-2/,
    scenario: {
      strategy: "cluster-blue-green",
      traffic: { share: 100, quietMinutes: 0, keepMinutes: 0 },
    },
    sabotage: (target) => ({
      ...target,
      capability: ((name: "clusters") =>
        name === "clusters"
          ? { ...target.capability(name), remove: () => nothing }
          : target.capability(name)) as DeploymentTarget["capability"],
    }),
  },
  {
    bug: "a step that is written down as done before it is begun",
    checker: "journal",
    message: /the journal names no step that is under way/,
    sabotageJournal: writing((entry) => (entry.type === "begun" ? { ...entry, type: "done" } : entry)),
  },
  {
    bug: "an end that is written down too early",
    checker: "journal",
    message: /not every step is done/,
    sabotageJournal: writing((entry) =>
      entry.type === "done" && entry.step === "control-plane" ? { at: entry.at, type: "finished" } : entry,
    ),
  },
  {
    bug: "somebody who drives on without a lease",
    checker: "drivers",
    message: /process 1 sent POST .*eviction, and process 2 drives/,
    scenario: {
      strategy: "pool-blue-green",
      calls: [{ process: 1, number: 1, of: "writes", fate: "frozen", minutes: 5 }],
    },
    sabotageJournal: (journal) => ({
      ...journal,
      async acquire(by) {
        const lease = await journal.acquire(by);
        const anyhow = (work: Promise<void>) => work.catch(() => undefined);
        return {
          ...lease,
          append: (entry) => anyhow(lease.append(entry)),
          isSure: () => true,
          takeRequest: async () => undefined,
        };
      },
    }),
  },
];

/** A journal that has something else than what was to be written. */
function writing(change: (entry: JournalEntry) => JournalEntry): (journal: Journal) => Journal {
  return (journal) => ({
    ...journal,
    async acquire(by) {
      const lease = await journal.acquire(by);
      return { ...lease, append: (entry) => lease.append(change(entry)) };
    },
  });
}

test.for(planted)("$bug: the checker of it sees that", async ({ checker, message, scenario, ...options }) => {
  const { violations } = await runScenario(scenarioSchema.parse({ ...calm, ...scenario }), options);
  expect(violations).toContainEqual({ checker, message: expect.stringMatching(message) as unknown });
});

type Upgrades = Capabilities["upgrades"];

function changed(target: DeploymentTarget, change: (upgrades: Upgrades) => Upgrades): DeploymentTarget {
  if (!target.supports("upgrades")) return target;
  const upgrades = change(target.capability("upgrades"));
  return {
    ...target,
    capability: ((name: "upgrades") =>
      name === "upgrades" ? upgrades : target.capability(name)) as DeploymentTarget["capability"],
  };
}
