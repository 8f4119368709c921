import { distribute } from "@fairway/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import { explicitTraffic, saysTheSame, type TrafficFacts, trafficEntries } from "../src/traffic.ts";

const names = ["a", "b", "c", "d", "e"] as const;

/** An array as the service may give it back: weights that once summed to 100, of revisions that may be off or gone. */
const facts: fc.Arbitrary<TrafficFacts> = fc
  .record({
    shares: fc.array(fc.nat(10), { minLength: 5, maxLength: 5 }),
    active: fc.subarray([...names]),
    gone: fc.subarray([...names]),
    latest: fc.option(fc.constantFrom(...names), { nil: undefined }),
    byLatest: fc.option(fc.constantFrom(...names), { nil: undefined }),
    labels: fc.dictionary(fc.constantFrom("blue", "green"), fc.constantFrom(...names), { noNullPrototype: true }),
  })
  .map(({ shares, active, gone, latest, byLatest, labels }) => {
    const weights = distribute(100, Object.fromEntries(names.map((name, index) => [name, shares[index] ?? 0])));
    const target = (name: string) => (name === byLatest ? { latestRevision: true } : { revisionName: name });
    const revisions = names
      .filter((name) => !gone.includes(name))
      .map((name) => ({ name, active: active.includes(name) }));
    const entries = names.map((name) => ({ ...target(name), weight: weights[name] ?? 0 }));
    const labelled = Object.entries(labels).map(([label, revisionName]) => ({ revisionName, weight: 0, label }));
    return { entries: [...entries, ...labelled], revisions, latestReady: latest };
  });

test("whatever the array was: what is written names active revisions only, and sums to 100 when there is one", () => {
  fc.assert(
    fc.property(facts, (given) => {
      const active = given.revisions.filter((revision) => revision.active).map(({ name }) => name);
      const written = trafficEntries(explicitTraffic(given));
      const total = written.reduce((sum, { weight }) => sum + (weight ?? 0), 0);
      expect(total).toBe(active.length === 0 ? 0 : 100);
      for (const entry of written) {
        expect(entry.latestRevision).toBeUndefined();
        expect(active).toContain(entry.revisionName);
      }
      const labels = written.flatMap(({ label }) => label ?? []);
      expect(new Set(labels).size).toBe(labels.length);
    }),
  );
});

test("reading back what was written changes nothing", () => {
  fc.assert(
    fc.property(facts, (given) => {
      const traffic = explicitTraffic(given);
      const entries = trafficEntries(traffic);
      expect(saysTheSame(entries, traffic)).toBe(true);
      expect(explicitTraffic({ ...given, entries })).toEqual(traffic);
    }),
  );
});

const active = (...names: string[]) => names.map((name) => ({ name, active: true }));

test("the latest ready revision gets the share that it has by being the latest", () => {
  const entries = [
    { latestRevision: true, weight: 80 },
    { revisionName: "old", weight: 20 },
  ];
  const traffic = explicitTraffic({ entries, revisions: active("new", "ready", "old"), latestReady: "ready" });
  expect(traffic.weights).toEqual({ ready: 80, old: 20 });
});

test("the share of a dead revision goes to the living in proportion", () => {
  const entries = [
    { revisionName: "a", weight: 50 },
    { revisionName: "b", weight: 30, label: "blue" },
    { revisionName: "dead", weight: 20, label: "old" },
  ];
  const revisions = [...active("a", "b"), { name: "dead", active: false }];
  expect(explicitTraffic({ entries, revisions, latestReady: "a" })).toEqual({
    weights: { a: 63, b: 37 },
    labels: { blue: "b" },
  });
});

test("one revision with two labels keeps both, and its weight once", () => {
  const traffic = { weights: { a: 100 }, labels: { blue: "a", green: "a", next: "b" } };
  expect(trafficEntries(traffic)).toEqual([
    { revisionName: "a", weight: 100, label: "blue" },
    { revisionName: "a", weight: 0, label: "green" },
    { revisionName: "b", weight: 0, label: "next" },
  ]);
});
