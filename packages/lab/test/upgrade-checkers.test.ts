import { expect, test } from "vitest";
import type { CheckedObject, ObjectChange } from "../src/checkers/checker.ts";
import { UpgradeCheckers } from "../src/checkers/upgrade-checkers.ts";

test("an eviction that leaves fewer pods healthy than the budget wants", () => {
  const { checkers, change, record, found } = watch();
  change("poddisruptionbudgets", {
    spec: { selector: { matchLabels: { app: "shop" } } },
    status: { desiredHealthy: 2 },
  });
  for (const name of ["shop-1", "shop-2", "shop-3"]) change("pods", pod(name, "True"));
  record("pod.evicted", { pod: "default/shop-1" });
  expect(found()).toEqual([]);
  change("pods", {
    ...pod("shop-1", "True"),
    metadata: { ...pod("shop-1", "True").metadata, deletionTimestamp: "2026" },
  });
  record("pod.evicted", { pod: "default/shop-2" });
  expect(found()).toEqual(["no-eviction-below-budget"]);
  expect(checkers.violations[0]?.message).toContain("shop-2 was evicted, which left 1 healthy of the 2");
});

test("an eviction of a pod that has just fallen ill takes nothing from a budget that lets ill ones go", () => {
  const { change, record, found } = watch();
  const spec = { selector: { matchLabels: { app: "shop" } }, unhealthyPodEvictionPolicy: "AlwaysAllow" };
  change("poddisruptionbudgets", { spec, status: { desiredHealthy: 1 } });
  change("pods", pod("shop-1", "True"));
  change("pods", pod("shop-1", "False"));
  record("pod.evicted", { pod: "default/shop-1" }, 10_400);
  expect(found()).toEqual([]);
});

test("a node that is newer than the control plane of its cluster", () => {
  const { change, record, found } = watch();
  const node = (version: string) => change("nodes", { status: { nodeInfo: { kubeletVersion: `v${version}` } } });
  record("controlplane.upgrading", { from: "1.34.9", to: "1.35.1" });
  node("1.34.9");
  record("controlplane.upgraded", { from: "1.34.9", to: "1.34.10" });
  node("1.34.10");
  expect(found()).toEqual([]);
  node("1.35.1");
  expect(found()).toEqual(["no-pool-newer-than-control-plane"]);
});

test("weights that do not sum to 100", () => {
  const { change, found } = watch();
  const route = (...weights: number[]) =>
    change("httproutes", {
      spec: { rules: [{ backendRefs: weights.map((weight, index) => ({ name: `v${index}`, weight })) }] },
    });
  route(90, 10);
  expect(found()).toEqual([]);
  route(90, 11);
  expect(found()).toEqual(["weights-sum-to-100"]);
});

test("a pod that is not at rest in the end, and a cluster that is still busy", () => {
  const { checkers, change, found } = watch();
  change("pods", pod("shop-1", "False"));
  checkers.atEnd({ outcome: "upgraded", endState: end("Succeeded") });
  change("pods", pod("shop-1", "True"));
  checkers.atEnd({ outcome: "upgraded", endState: end("Succeeded") });
  expect(found()).toEqual(["at-rest"]);
  checkers.atEnd({ outcome: "upgraded", endState: end("Updating") });
  expect(found()).toEqual(["at-rest", "at-rest"]);
});

test("an end that is called what it is not", () => {
  const { checkers, found } = watch();
  checkers.atEnd({ outcome: "upgraded", endState: end("Succeeded", "1.34.1") });
  checkers.atEnd({ outcome: "half-upgraded", endState: { ...end("Succeeded", "1.34.1"), phase: "failed" } });
  expect(found()).toEqual(["named-end"]);
});

function watch() {
  const checkers = new UpgradeCheckers(() => 0);
  const change = (resource: ObjectChange["resource"], object: Partial<CheckedObject>) =>
    checkers.onChange({
      cluster: "prod",
      resource,
      atMs: 10_000,
      isGone: false,
      object: { metadata: { name: "one", namespace: "default" }, ...object },
    });
  const record = (kind: string, data: Record<string, unknown>, timeMs = 20_000) =>
    checkers.onRecord({ timeMs, kind, data: { cluster: "prod", ...data } });
  return { checkers, change, record, found: () => checkers.violations.map(({ checker }) => checker) };
}

function pod(name: string, ready: "True" | "False") {
  return {
    metadata: { name, namespace: "default", labels: { app: "shop" } },
    status: { phase: "Running", conditions: [{ type: "Ready", status: ready }] },
  };
}

function end(provisioningState: string, poolVersion = "1.35.1") {
  const upgraded = poolVersion === "1.35.1" ? 2 : 1;
  const pool = { name: "pool1", version: poolVersion, nodes: 2, upgraded, ready: 2 };
  return {
    phase: "finished" as const,
    error: null,
    version: "1.35.1",
    clusters: [{ name: "prod", provisioningState, version: "1.35.1", pools: [pool] }],
  };
}
