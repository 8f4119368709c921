import { type AppFacts, checkEnvironment, type EnvironmentFacts } from "@fairway/core";
import type { FindingCode } from "@fairway/model";
import { expect, test } from "vitest";

const app: AppFacts = {
  name: "api",
  revisionMode: "Multiple",
  hasIngress: true,
  minReplicas: 2,
  rules: ["http"],
  isSticky: false,
  hasRuntimeTraffic: false,
  graceSeconds: 30,
  activeRevisions: [{ name: "api--1", weight: 100 }],
};
const sound: EnvironmentFacts = {
  takenAt: "2026-11-25T10:00:00.000Z",
  isConsumptionOnly: false,
  windowHours: [8],
  actorApps: [],
  apps: [app],
};
const two = [...app.activeRevisions, { name: "api--2", weight: 0 }];

const cases: readonly (readonly [FindingCode, Partial<AppFacts>, Partial<EnvironmentFacts>])[] = [
  ["FW042", { rules: ["azure-servicebus"] }, {}],
  ["FW043", { hasIngress: false, minReplicas: 0, rules: [] }, {}],
  ["FW044", { minReplicas: 1 }, {}],
  ["FW045", { isSticky: true, activeRevisions: two }, {}],
  ["FW046", { hasRuntimeTraffic: true }, {}],
  ["FW047", { rules: ["kafka"], activeRevisions: two }, {}],
  ["FW048", { dapr: { appId: "api" } }, {}],
  ["FW049", {}, { windowHours: [] }],
  ["FW049", {}, { windowHours: [4] }],
  ["FW049", {}, { isConsumptionOnly: true }],
  ["FW050", { dapr: { appId: "api" }, minReplicas: 0 }, { actorApps: "all" }],
  ["FW050", { dapr: { appId: "api" }, minReplicas: 0 }, { actorApps: ["api"] }],
];

test("a sound environment has nothing to find", () => {
  expect(checkEnvironment(sound)).toEqual([]);
  // Cron, CPU and memory rules look at the replica itself, and two revisions may serve at once.
  expect(checkEnvironment({ ...sound, apps: [{ ...app, rules: ["cpu", "cron"], activeRevisions: two }] })).toEqual([]);
});

test.for(cases)("%s is found", ([code, changes, environment]) => {
  const found = checkEnvironment({ ...sound, ...environment, apps: [{ ...app, ...changes }] });
  expect(found.map((finding) => finding.code)).toContain(code);
});
