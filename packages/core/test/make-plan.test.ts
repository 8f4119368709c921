import { type ClusterFacts, clusterStrategies, makePlan, type PlanRequest } from "@fairway/core";
import { expect, test } from "vitest";
import { pool, soundCluster } from "./cluster-facts.ts";

const address = "aks://sub/group/main/shop";

const switcher = { address: "tm://sub/group/shop", routes: {} };
const alone = { "aks://sub/group/main": 100 };

test.for(clusterStrategies)(
  "%s begins with the checks, ends with a look, and names what leads nowhere back",
  (strategy) => {
    const second = { address: "aks://sub/group/spare/shop", facts: soundCluster({ location: "northeurope" }) };
    const isAlone = !["guarded", "active-active", "region-failover"].includes(strategy);
    const isReplaced = strategy === "cluster-blue-green";
    const isShared = isReplaced || (!isAlone && strategy !== "guarded");
    const weights = { "aks://sub/group/main": 60, "aks://sub/group/spare": 40 };
    const traffic = { switcher, weights: isReplaced ? alone : weights, convergenceMs: 120_000 };
    const successor = { address: "aks://sub/group/next/shop", exists: false };
    const made = makePlan(
      { strategy, version: "1.35", ...(isShared ? { traffic } : {}), ...(isReplaced ? { successor } : {}) },
      { address, facts: soundCluster() },
      isAlone ? undefined : second,
    );
    expect(made).toMatchObject({
      version: "1.35.1",
      cluster: "aks://sub/group/main",
      from: { version: "1.34.2", pools: { pool1: "1.34.2" } },
    });
    expect(made.steps[0]?.action.kind).toBe(isReplaced ? "create-cluster" : "check");
    expect(made.steps.filter(({ noReturn }) => noReturn !== undefined).length).toBeGreaterThan(0);
    expect(new Set(made.steps.map(({ id }) => id)).size).toBe(made.steps.length);
  },
);

test("system pools go first, windows before and tests after every step, a person before what leads nowhere back", () => {
  const facts = soundCluster({ pools: [pool("web", { isSystem: false }), pool("sys")] });
  const gates = [
    { kind: "window", from: "22:00", to: "04:00" },
    { kind: "person" },
    { kind: "command", command: "smoke" },
  ] as const;
  const steps = plan({ gates }, facts).steps.map(({ id, action }) => (action.kind === "gate" ? action.gate.kind : id));
  expect(steps).toEqual([
    "check",
    "window",
    "person",
    "control-plane",
    "control-plane-verify",
    "command",
    "window",
    "sys",
    "sys-verify",
    "command",
    "window",
    "web",
    "web-verify",
    "command",
  ]);
});

test("a pool's step says which pods move, those of the largest workloads by name", () => {
  const cluster = soundCluster();
  const [pod] = cluster.pods;
  const node = cluster.nodes[0]?.name ?? "";
  const pods = Array.from({ length: 12 }, (_, index) => ({
    ...pod,
    node,
    name: `pod-${index}`,
    owner: { kind: index === 11 ? "DaemonSet" : "Deployment", name: index < 4 ? "web" : `app-${index}` },
  })) as ClusterFacts["pods"];
  const titles = plan({}, soundCluster({ pods })).steps.map(({ title }) => title);
  expect(titles.find((title) => title.includes("pool1"))).toMatch(
    /11 pods move: 4 of web, 1 of app-10, 1 of app-4, 1 of app-5, 1 of app-6, 1 of app-7 and 2 of 2 others$/,
  );
});

test("chosen pools come in the order in which they were named", () => {
  const facts = soundCluster({ pools: [pool("a"), pool("b"), pool("c")] });
  const ids = plan({ pools: ["c", "a"] }, facts).steps.map(({ id }) => id);
  expect(ids.filter((id) => /^[abc]$/.test(id))).toEqual(["c", "a"]);
});

test("the name of a green pool is free and as short as AKS wants it", () => {
  const facts = soundCluster({ pools: [pool("poolwithlong"), pool("poolwithlog")] });
  const created = plan({ strategy: "pool-blue-green" }, facts).steps.flatMap(({ action }) =>
    action.kind === "create-pool" ? action.pool : [],
  );
  expect(created).toHaveLength(2);
  for (const name of created) expect(name).toMatch(/^[a-z][a-z0-9]{0,11}$/);
});

const refused: readonly (readonly [string, Partial<PlanRequest>, Partial<ClusterFacts>, object])[] = [
  [
    "a version that does not exist",
    { version: "1.35.9" },
    {},
    { code: "upgrade-invalid", path: "version", hint: /can go to 1\.34\.4, 1\.35\.0, 1\.35\.1/ },
  ],
  ["a version that skips a minor", { version: "1.36.1" }, {}, { code: "upgrade-invalid", path: "version" }],
  ["a lower version", { version: "1.33.1" }, {}, { code: "upgrade-invalid", path: "version", hint: /never back/ }],
  ["the version that it has", { version: "1.34.2" }, {}, { code: "upgrade-invalid", path: "version" }],
  [
    "no version",
    { version: "latest" },
    {},
    { code: "upgrade-invalid", path: "version", message: /no Kubernetes version|is not a Kubernetes version/ },
  ],
  ["a stopped cluster", {}, { isStopped: true }, { code: "upgrade-invalid", message: /stopped/ }],
  ["a busy cluster", {}, { provisioningState: "Upgrading" }, { code: "operation-in-progress", message: /Upgrading/ }],
  ["a pool that is not there", { pools: ["gpu"] }, {}, { code: "upgrade-invalid", path: "pools", hint: /pool1/ }],
  ["a guarded one without its rehearsal", { strategy: "guarded" }, {}, { code: "upgrade-invalid", path: "rehearsal" }],
  [
    "in place for some of the pools",
    { strategy: "in-place", pools: ["a"] },
    { pools: [pool("a"), pool("b")] },
    { code: "upgrade-invalid", path: "pools" },
  ],
];

test.for(refused)("%s is refused", ([, request, facts, error]) => {
  const matching = Object.fromEntries(
    Object.entries(error).map(([key, value]) => [
      key,
      value instanceof RegExp ? (expect.stringMatching(value) as unknown) : value,
    ]),
  );
  expect(() => plan(request, soundCluster(facts))).toThrow(expect.objectContaining(matching));
});

test("a failed cluster may be upgraded: the upgrade is what repairs it", () => {
  expect(plan({}, soundCluster({ provisioningState: "Failed" })).steps.length).toBeGreaterThan(3);
});

test("pools that were left behind are brought to the version of the control plane", () => {
  const facts = soundCluster({ version: "1.35.1", reachable: ["1.35.3", "1.36.0"] });
  expect(plan({ version: "1.35.1" }, facts).steps.map(({ id }) => id)).toEqual(["check", "pool1", "pool1-verify"]);
});

function plan(request: Partial<PlanRequest>, facts: ClusterFacts) {
  return makePlan({ strategy: "node-pool", version: "1.35.1", ...request }, { address, facts });
}
