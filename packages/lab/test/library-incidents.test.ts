import { type IncidentName, libraryIncidentNames, runTrial, type TrialRecord } from "@fairway/lab";
import { expect, test } from "vitest";

const ofEnvironments: readonly IncidentName[] = [
  "env-wedge",
  "node-update-gap",
  "cold-start-tail",
  "no-replica-from-zero",
  "scaler-churn",
];

test.for(libraryIncidentNames)(
  "%s comes while a platform is upgraded that has the place for it, and to no other",
  {
    timeout: 60_000,
  },
  async (incident) => {
    const isOfEnvironments = ofEnvironments.includes(incident);
    const ofCluster = await trial("node-pool", incident);
    const ofEnvironment = await trial("container-apps", incident);
    expect(faultsOf(ofCluster)).toEqual(isOfEnvironments ? [] : [incident]);
    expect(faultsOf(ofEnvironment)).toEqual(isOfEnvironments ? [incident] : []);
    expect([...ofCluster.violations, ...ofEnvironment.violations]).toEqual([]);
  },
);

test("somebody mends what stops an upgrade, and it goes on", { timeout: 60_000 }, async () => {
  const record = await trial("in-place", "pdb-precheck");
  expect(record).toMatchObject({ outcome: "upgraded", people: { actions: 1 } });
});

function trial(strategy: "node-pool" | "in-place" | "container-apps", incident: IncidentName): Promise<TrialRecord> {
  return runTrial({ scenario: { topology: "small", incident }, strategy, seed: 1, timeline: true });
}

/** Kinds of the faults that came. */
function faultsOf({ timeline = [] }: TrialRecord): readonly string[] {
  return timeline.flatMap((entry) => (entry.kind === "fault" && entry.state === "begins" ? [entry.fault] : []));
}
