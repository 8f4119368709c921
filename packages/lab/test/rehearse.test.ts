import { expect, test } from "vitest";
import { behaviourOf } from "../src/rehearse/behaviour.ts";
import { buildCluster } from "../src/rehearse/build-cluster.ts";
import { rehearse } from "../src/rehearse/rehearse.ts";
import { formatSnapshot, parseSnapshot } from "../src/rehearse/snapshot.ts";
import { startProcess } from "../src/virtual/process.ts";
import { openVirtualWorld } from "../src/virtual/world.ts";
import { budget, deployment, snapshotOf, startShop } from "./rehearsed-shop.ts";

const options = {
  strategy: "node-pool",
  version: "1.35.1",
  seed: 1,
  seeds: 3,
  workers: 2,
  region: "westeurope",
} as const;

test("a sound cluster upgrades in every world, and nothing is proposed", { timeout: 60_000 }, async () => {
  const snapshot = await snapshotOf([deployment("api", { replicas: 3 }), budget("api", { maxUnavailable: 1 })]);
  const report = await rehearse(snapshot, options);
  expect(report.before).toMatchObject({ runs: 3, finished: 3, failures: [], stuck: [] });
  expect(report.before.minutes.p50).toBeGreaterThan(10);
  expect(report.before.minutes.p95).toBeGreaterThanOrEqual(report.before.minutes.p50);
  expect(report.before.workloads).toEqual([
    expect.objectContaining({ workload: "Deployment shop/api", wanted: 3, lowest: 2, downMinutes: { p50: 0, p95: 0 } }),
  ]);
  expect(report.before.surge).toEqual([expect.objectContaining({ pool: "pool1", nodes: 1 })]);
  expect(report.before.cost.dollars).toBeGreaterThan(0);
  expect({ remedies: report.remedies, after: report.after }).toEqual({ remedies: [], after: undefined });
  const steps = report.before.steps.map(({ step }) => step);
  expect(steps).toEqual(["check", "control-plane", "control-plane-verify", "pool1", "pool1-verify"]);
  expect(report.before.steps.find(({ step }) => step === "pool1")?.minutes.p50).toBeGreaterThan(5);
  expect(report.isWhole).toBe(true);
  expect(await rehearse(snapshot, { ...options, workers: 1 })).toEqual(report);
});

test("an early end leaves what the worlds before it say, and none at all an error", async () => {
  const snapshot = await snapshotOf([deployment("api", { replicas: 2 }), budget("api", { minAvailable: 2 })]);
  const ending = new AbortController();
  const onRun = ({ number }: { readonly number: number }) => number === 2 && ending.abort();
  const { before, after, ...rest } = await rehearse(snapshot, {
    ...options,
    seeds: 50,
    workers: 1,
    signal: ending.signal,
    onRun,
  });
  expect({ runs: before.runs, isWhole: rest.isWhole, after }).toEqual({ runs: 2, isWhole: false, after: undefined });
  expect(rest.remedies).toEqual([expect.objectContaining({ code: "FW005" })]);
  await expect(rehearse(snapshot, { ...options, signal: AbortSignal.abort() })).rejects.toThrow("aborted");
});

test("what AKS refuses at once is mended in the model, and what a second replica saves is shown", async () => {
  const snapshot = await snapshotOf([
    deployment("api", { replicas: 2 }),
    budget("api", { minAvailable: 2 }),
    deployment("solo", { replicas: 1 }),
  ]);
  const { before, after, remedies } = await rehearse(snapshot, { ...options, seeds: 2 });
  expect(before).toMatchObject({ finished: 0, failures: [{ step: "pool1", runs: 2 }] });
  expect(before.failures[0]?.message).toContain("shop/api (minAvailable 2, expected pods 2)");
  expect(remedies).toEqual([
    expect.objectContaining({ code: "FW005", subject: "PodDisruptionBudget shop/api", modelled: "maxUnavailable 1" }),
    expect.objectContaining({ code: "FW012", subject: "Deployment shop/solo", modelled: "two replicas" }),
  ]);
  expect(after).toMatchObject({ finished: 2, failures: [] });
  expect(after?.workloads.map(({ workload, lowest }) => [workload, lowest])).toEqual([
    ["Deployment shop/api", 1],
    ["Deployment shop/solo", 1],
  ]);
});

test("a drain that waits for ever is told with node, app and minutes, and is gone when the app is well", async () => {
  const { target, facts } = await snapshotOf([
    deployment("api", { replicas: 3 }),
    budget("api", { maxUnavailable: 1 }),
  ]);
  const [ill] = facts.pods.filter(({ namespace }) => namespace === "shop");
  const pods = facts.pods.map((pod) => (pod === ill ? { ...pod, isReady: false } : pod));
  const { before, after, remedies } = await rehearse({ target, facts: { ...facts, pods } }, { ...options, seeds: 2 });
  expect(before.finished).toBe(0);
  const [stuck] = before.stuck;
  expect(stuck).toMatchObject({ pool: "pool1", workload: "Deployment shop/api", runs: 2, givenUp: 2 });
  expect(facts.nodes.map(({ name }) => name)).toContain(stuck?.node);
  expect(stuck?.why).toContain("disruption budget");
  // As long as AKS lets a drain wait.
  expect((stuck?.toMinute ?? 0) - (stuck?.fromMinute ?? 0)).toBeCloseTo(30, 0);
  expect(remedies).toEqual([expect.objectContaining({ code: "FW006", subject: "PodDisruptionBudget shop/api" })]);
  expect(after).toMatchObject({ finished: 2, stuck: [] });
});

test("pods stand in the model where they stand in the cluster, and start as slowly", async () => {
  const slow = deployment("slow", { replicas: 2 });
  const { facts } = await snapshotOf([slow, deployment("api", { replicas: 4 })]);
  const pods = facts.pods.map((pod) => (pod.owner?.name === "slow" ? { ...pod, startSeconds: 120 } : pod));
  const crowded = {
    ...facts,
    pods: pods.map((pod) => (pod.namespace === "shop" ? { ...pod, node: facts.nodes[1]?.name ?? "" } : pod)),
  };
  using world = await openVirtualWorld({ seed: 3, behaviour: behaviourOf(crowded) });
  const built = await buildCluster(world, crowded);
  const model = await world.run(() => built.target.capability("upgrades").facts());
  const shop = model.pods.filter(({ namespace }) => namespace === "shop");
  expect(shop.map(({ node }) => built.nodeNames.get(node ?? ""))).toEqual(shop.map(() => facts.nodes[1]?.name));
  expect(
    shop.filter(({ owner }) => owner?.name === "slow").map(({ startSeconds }) => (startSeconds ?? 0) >= 120),
  ).toEqual([true, true]);
  expect(shop.every(({ isReady }) => isReady)).toBe(true);
});

test("reading a cluster writes nothing to it, and no secret is in the snapshot", async () => {
  using world = await openVirtualWorld({ seed: 9 });
  const { address } = await startShop(world, [deployment("api", { replicas: 2 })]);
  const calls: string[] = [];
  const process = startProcess(world, ({ method, url }) => {
    calls.push(`${method} ${new URL(url).pathname.split("/").slice(-1).join("/")}`);
    return "answered";
  });
  const records = world.kernel.trace.records().length;
  const text = await world.run(async () => {
    const target = await process.connect(address);
    return formatSnapshot({ target: address, facts: await target.capability("upgrades").facts() });
  });
  expect(calls.length).toBeGreaterThan(20);
  // Azure has this read as a POST, since its answer is a credential.
  expect(calls.filter((call) => !call.startsWith("GET ") && call !== "POST listClusterUserCredential")).toEqual([]);
  expect(world.kernel.trace.records().length).toBe(records);
  expect(text).not.toMatch(/very-secret|PASSWORD/);
});

const snapshotText = (changes: object) => {
  const whole = { format: "fairway-cluster-snapshot", version: 1, target: "aks://a/b/c/d", facts: {} };
  return JSON.stringify({ ...whole, ...changes });
};

test.for([
  { name: "nothing", text: "  ", why: /it is empty/ },
  { name: "half a file", text: '{"format":"fairway-', why: /it is no JSON/ },
  { name: "another file", text: '{"name":"package"}', why: /no snapshot of a cluster/ },
  { name: "null", text: "null", why: /no snapshot of a cluster/ },
  { name: "a newer form", text: snapshotText({ version: 2 }), why: /has form 2; this Fairway reads 1/ },
  { name: "no facts", text: snapshotText({}), why: /facts\.takenAt/ },
  { name: "facts that are no object", text: snapshotText({ facts: [] }), why: /facts: / },
])("a snapshot that is $name is refused", ({ text, why }) => {
  expect(() => parseSnapshot(text, "it.json")).toThrow(
    expect.objectContaining({ code: "usage", message: expect.stringMatching(why) as unknown }),
  );
});

test("a cluster that cannot go there, or that the model does not know, is refused", async () => {
  const snapshot = await snapshotOf([]);
  for (const version of ["1.99.0", "banana", "1.34.1"]) {
    await expect(rehearse(snapshot, { ...options, version })).rejects.toMatchObject({ code: "upgrade-invalid" });
  }
  const old = { ...snapshot.facts, version: "1.19.7", reachable: ["1.20.1"] };
  await expect(rehearse({ ...snapshot, facts: old }, { ...options, version: "1.20" })).rejects.toMatchObject({
    code: "upgrade-invalid",
    message: "The model knows no Kubernetes 1.19.7.",
  });
});
