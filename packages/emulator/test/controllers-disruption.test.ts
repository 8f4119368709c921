import { describe, expect, test } from "vitest";
import { budgetOf, createTestWorld, deploymentOf, resources, type TestWorld } from "./controllers-world.ts";

const refusal = {
  kind: "refused",
  status: 429,
  reason: "TooManyRequests",
  message: "Cannot evict pod as it would violate the pod's disruption budget.",
};

test("an eviction beyond the budget is refused with the API server's words", () => {
  const t = running(3);
  t.apply(resources.budgets, budgetOf("web", { minAvailable: 2 }));
  t.run(1);
  expect(evict(t, 0)).toEqual({ kind: "evicted" });
  expect(evict(t, 1)).toEqual({
    ...refusal,
    details: {
      causes: [
        { reason: "DisruptionBudget", message: "The disruption budget web does not allow evicting pods currently" },
      ],
    },
  });
  t.run(0);
  expect(evict(t, 1)).toEqual({
    ...refusal,
    details: {
      causes: [
        { reason: "DisruptionBudget", message: "The disruption budget web needs 2 healthy pods and has 2 currently" },
      ],
    },
  });
  t.until("the replacement is ready", () => status(t)["disruptionsAllowed"] === 1, 60);
  expect(evict(t, 1)).toEqual({ kind: "evicted" });
});

test("a budget that has not been looked at yet refuses for ten seconds", () => {
  const t = running(3);
  t.apply(resources.budgets, budgetOf("web", { minAvailable: 1 }));
  expect(evict(t, 0)).toEqual({
    ...refusal,
    details: {
      causes: [
        { reason: "DisruptionBudget", message: "The disruption budget web is still being processed by the server." },
      ],
      retryAfterSeconds: 10,
    },
  });
});

test.each([{ minAvailable: 1 }, { maxUnavailable: 0 }, { minAvailable: "100%" }])(
  "one replica under %o can never be drained",
  (rule) => {
    const t = running(1);
    t.apply(resources.budgets, budgetOf("web", rule));
    t.watch(120, () => expect(evict(t, 0)).toMatchObject({ kind: "refused", status: 429 }));
    expect(t.pods()).toHaveLength(1);
  },
);

test("a rolling drain never takes more than the budget allows", () => {
  const t = running(5);
  t.apply(resources.budgets, budgetOf("web", { maxUnavailable: "40%" }));
  t.run(1);
  t.watch(90, () => {
    // Pending pods may always go, and would come again for ever.
    for (const pod of t.ready()) if (!pod.metadata.deletionTimestamp) t.cluster.evict("default", pod.metadata.name);
    expect(t.ready().filter((pod) => !pod.metadata.deletionTimestamp).length).toBeGreaterThanOrEqual(3);
  });
  expect(t.kernel.trace.records().filter(({ kind }) => kind === "pod.evicted").length).toBeGreaterThan(10);
});

test("an evicted pod that is not gone yet counts as gone for two minutes", () => {
  const t = running(3);
  t.apply(resources.budgets, budgetOf("web", { minAvailable: 1 }));
  t.run(1);
  const disruptedPods = { [t.pods()[0]?.metadata.name ?? ""]: new Date(t.kernel.clock.now()).toISOString() };
  t.cluster.store.update(resources.budgets, "default", "web", (budget) => ({
    ...budget,
    status: { ...status(t), disruptedPods },
  }));
  t.run(100);
  expect(status(t)).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1 });
  t.run(21);
  expect(status(t)).toMatchObject({ currentHealthy: 3, disruptionsAllowed: 2 });
});

test("two budgets over one pod cannot be resolved", () => {
  const t = running(2);
  t.apply(resources.budgets, budgetOf("web", { minAvailable: 1 }));
  t.apply(resources.budgets, {
    ...budgetOf("web", { minAvailable: 1 }),
    metadata: { name: "again", namespace: "default" },
  });
  t.run(1);
  expect(evict(t, 0)).toMatchObject({ kind: "refused", status: 500, reason: "" });
});

describe("a pod that is not ready", () => {
  const unready = { readinessProbe: { httpGet: { path: "/", port: 8_080 } } };

  test("may go when the others fulfil the budget", () => {
    const t = withOneUnready({ minAvailable: 2 });
    expect(t.cluster.evict("default", unreadyName(t))).toEqual({ kind: "evicted" });
  });

  test("is held while the budget is not fulfilled, unless the policy is AlwaysAllow", () => {
    const t = withOneUnready({ minAvailable: 3 });
    expect(t.cluster.evict("default", unreadyName(t))).toMatchObject({ kind: "refused", status: 429 });
    t.apply(resources.budgets, budgetOf("web", { minAvailable: 3, unhealthyPodEvictionPolicy: "AlwaysAllow" }));
    t.run(1);
    expect(t.cluster.evict("default", unreadyName(t))).toEqual({ kind: "evicted" });
  });

  /** Three pods, of which the first to start never becomes ready. */
  function withOneUnready(rule: Record<string, unknown>): TestWorld {
    const sick = new Set<string>();
    const t = createTestWorld({
      behaviour(spec) {
        if (sick.size === 0) sick.add(spec.id);
        return { answers: () => !sick.has(spec.id) };
      },
    });
    t.apply(resources.deployments, deploymentOf("web", { container: unready }));
    t.apply(resources.budgets, budgetOf("web", rule));
    t.until("two are ready", () => t.ready().length === 2, 60);
    t.run(1);
    return t;
  }

  function unreadyName(t: TestWorld): string {
    const ready = new Set(t.ready());
    return t.pods().find((pod) => !ready.has(pod))?.metadata.name ?? "";
  }
});

test("pods that have no owner are not counted by a percentage, and a warning says so", () => {
  const t = createTestWorld();
  const pod = { name: "alone", namespace: "default", labels: { app: "web" } };
  t.apply(resources.pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: pod,
    spec: { containers: [{ name: "app", image: "web:1" }] },
  });
  t.apply(resources.budgets, budgetOf("web", { minAvailable: "50%" }));
  t.until("it runs", () => t.ready().length === 1, 60);
  t.run(1);
  expect(status(t)).toMatchObject({ expectedPods: 0, disruptionsAllowed: 0 });
  expect(t.events("UnmanagedPods")).toHaveLength(1);
});

function running(replicas: number): TestWorld {
  const t = createTestWorld();
  t.apply(resources.deployments, deploymentOf("web", { replicas }));
  t.until("all are ready", () => t.ready().length === replicas, 60);
  return t;
}

function evict(t: TestWorld, index: number) {
  return t.cluster.evict(
    "default",
    t.pods().filter((pod) => !pod.metadata.deletionTimestamp)[index]?.metadata.name ?? "",
  );
}

function status(t: TestWorld): Record<string, unknown> {
  return (t.cluster.store.get(resources.budgets, "default", "web")?.["status"] ?? {}) as Record<string, unknown>;
}
