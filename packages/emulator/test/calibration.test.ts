import { createVirtualKernel, Random } from "@fairway/kernel";
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type CalibrationChanges,
  CalibrationError,
  calibrationWith,
  createVirtualAzure,
  type Distribution,
  defaultCalibration,
  parseCalibration,
  quantileSeconds,
  startAzure,
} from "../src/index.ts";
import { drawSeconds } from "../src/world/calibration/distribution.ts";

const known = { source: "this test", confidence: "D" } as const;

it.for(Object.entries(defaultCalibration))(
  "%s has a source, and the default is one that it takes itself",
  ([name, entry]) => {
    const { distribution, source, confidence } = entry;
    expect(source.length).toBeGreaterThan(5);
    expect(calibrationWith({ [name]: { distribution, source, confidence } } as CalibrationChanges)).toHaveProperty(
      [name],
      entry,
    );
  },
);

const seconds = fc.double({ min: 0.01, max: 5_000, noNaN: true });
const simple: fc.Arbitrary<Distribution> = fc.oneof(
  seconds.map((value) => ({ kind: "fixed", seconds: value }) as const),
  fc
    .tuple(seconds, seconds)
    .map(([a, b]) => ({ kind: "uniform", fromSeconds: Math.min(a, b), toSeconds: Math.max(a, b) }) as const),
  fc
    .tuple(seconds, fc.double({ min: 1, max: 20, noNaN: true }))
    .map(([median, factor]) => ({ kind: "lognormal", medianSeconds: median, p95Seconds: median * factor }) as const),
  fc
    .array(seconds, { minLength: 1, maxLength: 12 })
    .map((values) => ({ kind: "empirical", seconds: values.toSorted((a, b) => a - b) }) as const),
);
const distributions: fc.Arbitrary<Distribution> = fc.oneof(
  simple,
  fc.tuple(simple, simple, fc.double({ min: 0.05, max: 0.95, noNaN: true })).map(
    ([one, other, weight]) =>
      ({
        kind: "mixture",
        parts: [
          { weight, distribution: one },
          { weight: 1 - weight, distribution: other },
        ],
      }) as const,
  ),
);

it("as many draws stay below a quantile as it says", () => {
  fc.assert(
    fc.property(distributions, fc.constantFrom(0.05, 0.5, 0.95), fc.integer(), (distribution, share, seed) => {
      const random = new Random(seed);
      const bound = quantileSeconds(distribution, share);
      const draws = Array.from({ length: 1_000 }, () => drawSeconds(distribution, random));
      // Where all draws are the same, none is below and all are at it.
      const below = draws.filter((draw) => draw < bound * (1 - 1e-9)).length / draws.length;
      const upTo = draws.filter((draw) => draw <= bound * (1 + 1e-9)).length / draws.length;
      expect(below).toBeLessThan(share + 0.08);
      expect(upTo).toBeGreaterThan(share - 0.08);
    }),
    { numRuns: 60 },
  );
});

it.for([
  {
    what: "an entry that there is not",
    text: "nodes.joins: {}",
    path: "nodes.joins",
    says: /no entry.*near to it are nodes\.join/,
  },
  {
    what: "a negative duration",
    text: entry("{ kind: fixed, seconds: -1 }"),
    path: "nodes.join.distribution.seconds",
    says: /must not be negative, and is -1/,
  },
  {
    what: "NaN",
    text: entry("{ kind: fixed, seconds: .nan }"),
    path: "nodes.join.distribution.seconds",
    says: /number of seconds, not NaN/,
  },
  {
    what: "no end",
    text: entry("{ kind: fixed, seconds: .inf }"),
    path: "nodes.join.distribution.seconds",
    says: /not Infinity/,
  },
  {
    what: "a text in the place of a number",
    text: entry("{ kind: fixed, seconds: 3 s }"),
    path: "nodes.join.distribution.seconds",
    says: /number of seconds, not "3 s"/,
  },
  {
    what: "a p95 below the median",
    text: entry("{ kind: lognormal, medianSeconds: 9, p95Seconds: 3 }"),
    path: "nodes.join.distribution.p95Seconds",
    says: /at least medianSeconds \(9\)/,
  },
  {
    what: "a lognormal of nothing",
    text: entry("{ kind: lognormal, medianSeconds: 0, p95Seconds: 3 }"),
    path: "nodes.join.distribution.medianSeconds",
    says: /above 0/,
  },
  {
    what: "a uniform that ends before it begins",
    text: entry("{ kind: uniform, fromSeconds: 9, toSeconds: 3 }"),
    path: "nodes.join.distribution.toSeconds",
    says: /at least fromSeconds/,
  },
  {
    what: "a kind that there is not",
    text: entry("{ kind: weibull, shape: 2 }"),
    path: "nodes.join.distribution",
    says: /fixed, uniform, lognormal, empirical, mixture, not kind "weibull"/,
  },
  {
    what: "no samples",
    text: entry("{ kind: empirical, seconds: [] }"),
    path: "nodes.join.distribution.seconds",
    says: /at least one/,
  },
  {
    what: "a sample that is none",
    text: entry("{ kind: empirical, seconds: [1, null] }"),
    path: "nodes.join.distribution.seconds[1]",
    says: /not null/,
  },
  {
    what: "weights that do not sum",
    text: entry(
      "{ kind: mixture, parts: [{ weight: 0.5, distribution: { kind: fixed, seconds: 1 } }, { weight: 0.4, distribution: { kind: fixed, seconds: 2 } }] }",
    ),
    path: "nodes.join.distribution.parts",
    says: /sum to 0\.9, not to 1/,
  },
  {
    what: "a weight that is none",
    text: entry("{ kind: mixture, parts: [{ weight: 2, distribution: { kind: fixed, seconds: 1 } }] }"),
    path: "nodes.join.distribution.parts[0].weight",
    says: /up to 1, not 2/,
  },
  {
    what: "what is wrong within a mixture",
    text: entry("{ kind: mixture, parts: [{ weight: 1, distribution: { kind: fixed } }] }"),
    path: "nodes.join.distribution.parts[0].distribution.seconds",
    says: /not nothing/,
  },
  {
    what: "a key that nobody knows",
    text: entry("{ kind: fixed, seconds: 1, unit: minutes }"),
    path: "nodes.join.distribution.unit",
    says: /known are kind, seconds/,
  },
  {
    what: "the pace, which is not the user's",
    text: `${entry("{ kind: fixed, seconds: 1 }")}  scaled: false\n`,
    path: "nodes.join.scaled",
    says: /is not known here/,
  },
  {
    what: "no source",
    text: "nodes.join:\n  distribution: { kind: fixed, seconds: 1 }\n  confidence: B\n",
    path: "nodes.join.source",
    says: /where the entry comes from/,
  },
  {
    what: "a confidence that is none",
    text: "nodes.join:\n  distribution: { kind: fixed, seconds: 1 }\n  source: x\n  confidence: high\n",
    path: "nodes.join.confidence",
    says: /A, B, C or D, not "high"/,
  },
  {
    what: "a duration in the place of a chance",
    text: entry("{ kind: fixed, seconds: 1 }", "nodes.joinFails"),
    path: "nodes.joinFails.distribution",
    says: /kind: chance/,
  },
  {
    what: "a chance above 1",
    text: entry("{ kind: chance, probability: 4 }", "nodes.joinFails"),
    path: "nodes.joinFails.distribution.probability",
    says: /0 to 1, not 4/,
  },
  {
    what: "an entry twice",
    text: `${entry("{ kind: fixed, seconds: 1 }")}${entry("{ kind: fixed, seconds: 2 }")}`,
    path: "line 5",
    says: /unique/,
  },
  { what: "no YAML", text: "{", path: "line 1", says: /./ },
  { what: "nothing", text: "", path: "calibration", says: /is empty/ },
  { what: "a list", text: "- a", path: "calibration", says: /map of entries/ },
])("$what is refused with its path", ({ text, path, says }) => {
  const [issue] = issuesOf(() => parseCalibration(text));
  expect(issue?.path).toBe(path);
  expect(issue?.message).toMatch(says);
});

it("tells everything that is wrong at once", () => {
  const text = `${entry("{ kind: fixed, seconds: -1 }")}what: {}\n`;
  expect(issuesOf(() => parseCalibration(text)).map(({ path }) => path)).toEqual([
    "nodes.join.distribution.seconds",
    "what",
  ]);
});

it("a calibration that is wrong starts no Azure", async () => {
  const calibration = { "nodes.join": { ...known, distribution: { kind: "fixed", seconds: Number.NaN } } } as const;
  await expect(startAzure({ calibration })).rejects.toBeInstanceOf(CalibrationError);
  expect(() => createVirtualAzure(createVirtualKernel({ seed: 1 }), { calibration })).toThrow(
    /nodes\.join\.distribution\.seconds/,
  );
});

it("operations take as long as a changed entry says, and the same seed gives the same bytes", async () => {
  const calibration = parseCalibration(
    entry("{ kind: empirical, seconds: [50, 10, 30] }", "managedEnvironments.create"),
  );
  const [first, again] = [await createEnvironment(calibration), await createEnvironment(calibration)];
  expect(again.trace).toEqual(first.trace);
  expect(first.seconds).toBeGreaterThanOrEqual(10);
  expect(first.seconds).toBeLessThanOrEqual(50);
  const fixed = parseCalibration(entry("{ kind: fixed, seconds: 77 }", "managedEnvironments.create"));
  expect((await createEnvironment(fixed)).seconds).toBe(77);
});

it.for([
  { name: "nodes.joinFails", code: "VMExtensionProvisioningTimeout" },
  { name: "nodes.allocationFails", code: "AllocationFailed" },
] as const)("what happens always, $name, fails every new cluster", async ({ name, code }) => {
  const calibration = { [name]: { ...known, distribution: { kind: "chance", probability: 1 } } } as CalibrationChanges;
  const cluster = {
    identity: { type: "SystemAssigned" },
    properties: {
      dnsPrefix: "a",
      agentPoolProfiles: [{ name: "pool1", mode: "System", count: 1, vmSize: "Standard_D4s_v5" }],
    },
  };
  const { failure } = await create(
    "Microsoft.ContainerService/managedClusters/main?api-version=2026-06-01",
    cluster,
    calibration,
  );
  expect(failure).toContain(code);
});

function entry(distribution: string, name = "nodes.join"): string {
  return `${name}:\n  distribution: ${distribution}\n  source: this test\n  confidence: D\n`;
}

function issuesOf(work: () => unknown): CalibrationError["issues"] {
  try {
    work();
  } catch (error) {
    if (error instanceof CalibrationError) return error.issues;
    throw error;
  }
  return [];
}

function createEnvironment(calibration: CalibrationChanges) {
  return create("Microsoft.App/managedEnvironments/main?api-version=2026-07-01", { properties: {} }, calibration);
}

/** A write, and the clock moved until it has ended. */
async function create(path: string, body: object, calibration: CalibrationChanges) {
  const kernel = createVirtualKernel({ seed: 7 });
  const azure = createVirtualAzure(kernel, { calibration });
  const headers = {
    authorization: `Bearer ${(await azure.credential.getToken()).token}`,
    "content-type": "application/json",
  };
  const put = (place: string, content: object) =>
    azure.arm({
      method: "PUT",
      url: `${azure.armUrl}/subscriptions/${azure.subscriptionId}/resourceGroups/g${place}`,
      headers,
      body: Buffer.from(JSON.stringify({ location: azure.location, ...content })),
    });
  put("?api-version=2024-11-01", {});
  const startMs = kernel.clock.now();
  expect(put(`/providers/${path}`, body)).toMatchObject({ status: 201 });
  kernel.runUntil(startMs + 3 * 3_600_000);
  const trace = kernel.trace.records();
  const end = trace.find(({ kind }) => kind.startsWith("operation.") && kind !== "operation.started");
  azure.close();
  return {
    seconds: ((end?.timeMs ?? 0) - startMs) / 1_000,
    failure: JSON.stringify(end),
    trace: trace.map((one) => JSON.stringify(one)),
  };
}
