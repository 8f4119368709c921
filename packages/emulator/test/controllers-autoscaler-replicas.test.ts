import { describe, expect, test } from "vitest";
import {
  type ReplicaQuestion,
  replicasForAverage,
  replicasForRatio,
  replicasForTotal,
  replicasForUtilization,
} from "../src/controllers/kubernetes/autoscaler-replicas.ts";
import { requestOf } from "../src/controllers/kubernetes/autoscaler-requests.ts";
import type { Pod } from "../src/controllers/kubernetes/pod-types.ts";

const nowMs = Date.UTC(2026, 0, 5, 9);
const minute = 60_000;

interface PodCase {
  readonly phase?: "Pending" | "Running" | "Failed" | "Succeeded";
  readonly ready?: boolean;
  readonly startedMinutesAgo?: number;
  readonly readySecondsAgo?: number;
  readonly leaving?: boolean;
  /** Thousandths; undefined: no metric. */
  readonly uses?: number;
  readonly request?: string;
}

function podOf(index: number, given: PodCase): Pod {
  const { phase = "Running", ready = true, startedMinutesAgo = 60, readySecondsAgo = 3_000, leaving } = given;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `web-${index}`,
      namespace: "default",
      ...(leaving ? { deletionTimestamp: new Date(nowMs).toISOString() } : {}),
    },
    spec: { containers: [{ name: "app", resources: { requests: { cpu: given.request ?? "1" } } }] },
    status: {
      phase,
      startTime: new Date(nowMs - startedMinutesAgo * minute).toISOString(),
      conditions: [
        {
          type: "Ready",
          status: ready ? "True" : "False",
          lastTransitionTime: new Date(nowMs - readySecondsAgo * 1_000).toISOString(),
        },
      ],
    },
  };
}

function question(cases: readonly PodCase[], changes: Partial<ReplicaQuestion> = {}): ReplicaQuestion {
  const metrics = cases.flatMap(({ uses }, index) =>
    uses === undefined ? [] : [[`web-${index}`, { value: uses, atMs: nowMs - 5_000, windowMs: 15_000 }] as const],
  );
  return {
    currentReplicas: cases.length,
    pods: cases.map((one, index) => podOf(index, one)),
    metrics: new Map(metrics),
    isCpu: true,
    tolerances: { up: 0.1, down: 0.1 },
    nowMs,
    initializationMs: 5 * minute,
    readinessDelayMs: 30_000,
    ...changes,
  };
}

const cpuRequest = (pod: Pod) => requestOf(pod, { resource: "cpu", container: undefined, podLevel: false });
const using = (...values: number[]): PodCase[] => values.map((uses) => ({ uses }));
const missing: PodCase = {};
const pending: PodCase = { phase: "Pending" };

/** Expectations: the documented formula, and the cases of Kubernetes' own replica calculator. */
describe("how many replicas a utilization asks for", () => {
  test.each<[string, PodCase[], number, number]>([
    ["in proportion, rounded up", using(300, 500, 700), 30, 5],
    ["down in proportion", using(100, 300, 500, 250, 250), 50, 3],
    ["nothing within a tenth", using(540, 540), 50, 2],
    ["nothing at a tenth exactly", using(550, 550), 50, 2],
    ["something beyond a tenth", using(560, 560), 50, 3],
    ["nothing for a tenth less", using(450, 450), 50, 2],
    ["a pod without metrics counts nothing on the way up", [...using(1_000, 1_000, 1_000), missing], 50, 6],
    ["so that it may cancel the way up", [...using(600), missing], 50, 2],
    ["a pod without metrics counts in full on the way down", [...using(100, 100), missing], 50, 3],
    ["and holds the rest", [...using(100, 100, 100, 100, 100), missing], 50, 3],
    ["in full of a target above 100 as well", [...using(100, 100, 100, 100), missing], 200, 2],
    ["a pending pod counts nothing on the way up", [...using(1_000, 1_000), pending], 50, 4],
    ["and does not count at all on the way down", [...using(200, 200), pending], 50, 1],
    [
      "failed and leaving pods are no pods",
      [...using(500, 500), { phase: "Failed", uses: 9 }, { leaving: true, uses: 9 }],
      50,
      4,
    ],
    [
      "an unready pod in its first five minutes is set aside",
      [...using(800), { uses: 5_000, ready: false, startedMinutesAgo: 1 }],
      50,
      2,
    ],
    [
      "so is a sample from before it was ready",
      [...using(200, 200), { uses: 9_000, startedMinutesAgo: 1, readySecondsAgo: 10 }],
      50,
      1,
    ],
    ["a later sample counts", [...using(200), { uses: 800, startedMinutesAgo: 1, readySecondsAgo: 40 }], 50, 2],
    [
      "one that became unready long after its start counts",
      [...using(500), { uses: 1_500, ready: false, readySecondsAgo: 60 }],
      50,
      4,
    ],
    [
      "one that was never ready does not",
      [...using(500), { uses: 9_000, ready: false, readySecondsAgo: 3_600 }],
      50,
      2,
    ],
  ])("%s", (_, cases, target, expected) => {
    expect(replicasForUtilization(question(cases), target, cpuRequest)).toMatchObject({
      kind: "count",
      replicas: expected,
    });
  });

  test("tells percent and average of those that were measured", () => {
    const counted = replicasForUtilization(question(using(300, 500, 700)), 30, cpuRequest);
    expect(counted).toMatchObject({ utilization: 50, average: 500 });
  });

  test.each<[string, Partial<ReplicaQuestion>, number]>([
    ["a narrow tolerance", { tolerances: { up: 0.02, down: 0.1 } }, 3],
    ["a wide one", { tolerances: { up: 0.5, down: 0.1 } }, 2],
  ])("with %s", (_, changes, expected) => {
    const counted = replicasForUtilization(question(using(540, 540), changes), 50, cpuRequest);
    expect(counted).toMatchObject({ replicas: expected });
  });

  test.each<[string, ReplicaQuestion, string]>([
    ["no pods", question([]), "no pods returned by selector while calculating replica count"],
    ["only pods that start", question([pending]), "did not receive metrics for targeted pods (pods might be unready)"],
  ])("fails for %s", (_, asked, message) => {
    expect(replicasForUtilization(asked, 50, cpuRequest)).toEqual({ kind: "failed", message });
  });

  test("fails for a container that requests nothing", () => {
    const asked = question(using(500));
    const counted = replicasForUtilization(asked, 50, (pod) =>
      requestOf(pod, { resource: "memory", container: undefined, podLevel: false }),
    );
    expect(counted).toEqual({ kind: "failed", message: "missing request for memory in container app of Pod web-0" });
  });
});

describe("how many replicas an average value asks for", () => {
  test.each<[string, PodCase[], number, number]>([
    ["in proportion", using(20_000, 10_000, 30_000), 15_000, 4],
    ["a missing pod counts as the target on the way down", [...using(10_000, 10_000), missing], 20_000, 2],
    ["and as nothing on the way up", [...using(50_000, 10_000), missing], 15_000, 4],
  ])("%s", (_, cases, target, expected) => {
    expect(replicasForAverage(question(cases, { isCpu: false }), target)).toMatchObject({ replicas: expected });
  });

  test.each<[number, number, number, number]>([
    [35, 10, 3, 4],
    [31, 10, 3, 3],
    [0, 10, 3, 0],
    [1, 10, 0, 1],
  ])("a total of %i at %i each, with %i replicas, is %i", (total, target, replicas, expected) => {
    expect(replicasForTotal(total, target, replicas, { up: 0.1, down: 0.1 })).toBe(expected);
  });

  test("a value for all multiplies those that are ready", () => {
    expect(replicasForRatio(2.5, 3, 4, { up: 0.1, down: 0.1 })).toBe(8);
    expect(replicasForRatio(1.05, 3, 4, { up: 0.1, down: 0.1 })).toBe(4);
  });
});

describe("what a pod requests", () => {
  const pod: Pod = {
    ...podOf(0, {}),
    spec: {
      containers: [
        { name: "app", resources: { requests: { cpu: "250m" } } },
        { name: "proxy", resources: { limits: { cpu: "0.5" } } },
      ],
      initContainers: [
        { name: "mesh", restartPolicy: "Always", resources: { requests: { cpu: "100m" } } },
        { name: "setup" },
      ],
      resources: { requests: { cpu: "2" } },
    },
  };
  test.each<[string | undefined, boolean, number | string]>([
    [undefined, false, 850],
    [undefined, true, 2_000],
    ["app", true, 250],
    ["proxy", false, 500],
    ["none", false, "container none not found in Pod web-0"],
  ])("of %s, pod level %s: %s", (container, podLevel, expected) => {
    expect(requestOf(pod, { resource: "cpu", container, podLevel })).toBe(expected);
  });
});
