import { FairwayError } from "@fairway/model";
import { isBusy } from "../provisioning-state.ts";
import { byVersion, isAt, isVersion } from "../versions.ts";
import { clusterOf } from "./plan.ts";
import type { PlannedTarget } from "./step-list.ts";

/** The version that the cluster goes to. Throws `upgrade-invalid` when it cannot, be it that it is there already. */
export function reachableVersion(wanted: string, target: PlannedTarget): string {
  const found = versionToReach(wanted, target);
  if (found !== undefined) return found;
  const already = `is at ${target.facts.version} already, with all of its node pools`;
  throw invalid(`${placeOf(target)} ${already}.`, choiceOf(target), "version");
}

/** The same, or undefined when all of the cluster is there already. */
export function versionToReach(wanted: string, target: PlannedTarget): string | undefined {
  const { facts } = target;
  refuseUnready(target);
  if (!isVersion(wanted)) {
    throw invalid(
      `"${wanted}" is not a Kubernetes version.`,
      "Give it like 1.34.2, or 1.34 for its newest patch.",
      "version",
    );
  }
  const found = facts.reachable
    .filter((one) => isAt(one, wanted))
    .toSorted(byVersion)
    .at(-1);
  if (found !== undefined) return found;
  if (isAt(facts.version, wanted)) {
    // The control plane may be there already, and pools behind it.
    return facts.pools.some((pool) => byVersion(pool.version, facts.version) < 0) ? facts.version : undefined;
  }
  throw invalid(`${placeOf(target)} ${problemOf(facts.version, wanted)}.`, choiceOf(target), "version");
}

function problemOf(version: string, wanted: string): string {
  if (byVersion(version, wanted) > 0) return `is at ${version}, newer than ${wanted}`;
  if (minorOf(wanted) > minorOf(version) + 1) return `cannot go from ${version} to ${wanted} at once`;
  return `cannot go to ${wanted}: AKS has no such version here`;
}

function minorOf(version: string): number {
  return Number(version.split(".")[1]);
}

function refuseUnready(target: PlannedTarget): void {
  const { isStopped, provisioningState } = target.facts;
  if (isStopped) {
    const [group = "", cluster = ""] = target.address.split("/").slice(3, 5);
    const hint = `Start it first: az aks start --resource-group ${group} --name ${cluster}`;
    throw invalid(`${placeOf(target)} is stopped.`, hint);
  }
  if (!isBusy(provisioningState)) return;
  throw new FairwayError("operation-in-progress", `${placeOf(target)} is ${provisioningState}.`, {
    hint: "Wait for the end of the operation, or fairway upgrade abort. An upgrade of Fairway goes on with fairway upgrade resume.",
  });
}

function placeOf({ address }: PlannedTarget): string {
  return `The cluster ${clusterOf(address)}`;
}

function choiceOf({ facts }: PlannedTarget): string {
  return `It is at ${facts.version} and can go to ${facts.reachable.join(", ") || "nothing newer"}: one minor version at a time, never back.`;
}

export function invalid(message: string, hint: string, path?: string): FairwayError {
  return new FairwayError("upgrade-invalid", message, { hint, ...(path === undefined ? {} : { path }) });
}
