import type { Capabilities, DeploymentTarget } from "@fairway/sdk";
import { expect, test } from "vitest";
import { drawScenario } from "../src/fuzz/draw.ts";
import { formatReplay, parseReplay, type Replay } from "../src/fuzz/replay.ts";
import { runScenario } from "../src/fuzz/run-scenario.ts";
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
  const { ends, troubles } = await searchFor("suite", 8);
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
