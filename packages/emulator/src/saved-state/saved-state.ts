import type { ManagementLock } from "../world/arm/locks.ts";
import type { PlainResource } from "../world/arm/plain-resources.ts";
import { restoreApps, type SavedApps, saveApps } from "./container-apps.ts";
import { restoreFaults, type SavedFault, saveFaults } from "./faults.ts";
import type { SavedKubernetes } from "./kubernetes.ts";
import { restoreClusters, type SavedCluster, saveClusters } from "./managed-clusters.ts";
import { endResumed, resumeOperations, type SavedOperation, saveOperations } from "./operations.ts";
import { type ArmCaller, armCaller, type StateParts } from "./parts.ts";

const formatVersion = 2;

interface SavedState {
  readonly version: typeof formatVersion;
  /** Paths and bodies below this subscription are those of the one that imports. */
  readonly subscriptionId: string;
  readonly groups: readonly { readonly name: string; readonly body: unknown }[];
  readonly locks: readonly ManagementLock[];
  readonly clusters: readonly SavedCluster[];
  readonly apps: SavedApps;
  /** Of Traffic Manager: path and body. Older files have none. */
  readonly profiles?: readonly { readonly path: string; readonly body: unknown }[];
  /** Older files have none. */
  readonly frontDoor?: readonly PlainResource[];
  readonly apiManagement?: readonly PlainResource[];
  readonly operations: readonly SavedOperation[];
  readonly faults: readonly SavedFault[];
}

const groupVersion = "2024-11-01";

/** The whole world as JSON, but for what runs in it: containers, executions of jobs, and events of Kubernetes. */
export function exportState(parts: StateParts): string {
  const { subscriptionId, resourceGroups } = parts.armOptions;
  const call = armCaller(parts.armOptions);
  const groupPath = (name: string) =>
    `/subscriptions/${subscriptionId}/resourceGroups/${name}?api-version=${groupVersion}`;
  const groups = resourceGroups
    .list(subscriptionId)
    .filter(({ provisioningState }) => provisioningState !== "Deleting")
    .map(({ name }) => ({ name, body: call("GET", groupPath(name), undefined) }));
  const state: SavedState = {
    version: formatVersion,
    subscriptionId,
    groups,
    locks: parts.service.locks.within(`/subscriptions/${subscriptionId}`),
    clusters: saveClusters(parts, call),
    apps: saveApps(parts.apps),
    profiles: saveProfiles(call, subscriptionId),
    frontDoor: parts.switches.frontDoor.resources.within(""),
    apiManagement: parts.switches.apiManagement.resources.within(""),
    operations: saveOperations(parts),
    faults: saveFaults(parts.faults),
  };
  return JSON.stringify(state);
}

/** Resolves when everything is there again. Rejects for what this version has not written, and has then made nothing. */
export async function importState(text: string, parts: StateParts): Promise<void> {
  const { subscriptionId } = parts.armOptions;
  const { locks } = parts.service;
  const state = readState(text, subscriptionId);
  const call = armCaller(parts.armOptions);
  const resumed = resumeOperations(parts, state.operations, call);
  for (const { name, body } of state.groups) {
    call("PUT", `/subscriptions/${subscriptionId}/resourceGroups/${name}?api-version=${groupVersion}`, body);
  }
  restoreApps(parts.apps, state.apps);
  await restoreClusters(parts, state.clusters, call);
  for (const { path, body } of state.profiles ?? []) call("PUT", path, body);
  parts.switches.trafficManager.settle();
  parts.switches.frontDoor.resources.restore(state.frontDoor ?? []);
  parts.switches.apiManagement.resources.restore(state.apiManagement ?? []);
  for (const lock of state.locks) locks.set(lock);
  endResumed(parts, resumed);
  restoreFaults(parts.faults, state.faults);
}

const profileVersion = "2022-04-01";

function saveProfiles(call: ArmCaller, subscription: string): NonNullable<SavedState["profiles"]> {
  const path = `/subscriptions/${subscription}/providers/Microsoft.Network/trafficManagerProfiles`;
  const { value } = call("GET", `${path}?api-version=${profileVersion}`, undefined) as { value: { id: string }[] };
  return value.map((body) => ({ path: `${body.id}?api-version=${profileVersion}`, body }));
}

const lists = ["groups", "locks", "clusters", "operations", "faults"] as const;

/** A text as it was read. Objects of Kubernetes never change in place: many worlds are made of one text, and share them. */
interface Reading {
  readonly text: string;
  readonly subscriptionId: string;
  /** Of each cluster; as text, when the subscription is named in it. */
  readonly kubernetes: readonly (SavedKubernetes | string)[];
  /** All but the objects of Kubernetes. */
  readonly others: string;
}

let latest: Reading | undefined;

function readState(text: string, subscriptionId: string): SavedState {
  if (latest?.text !== text) latest = readingOf(text);
  const { kubernetes, others, subscriptionId: before } = latest;
  const read = (json: string): unknown => parsed(json.replaceAll(before, subscriptionId));
  const objects = kubernetes.map((one) => (typeof one === "string" ? (read(one) as SavedKubernetes) : one));
  // It was checked when the text was read.
  const { clusters, ...rest } = read(others) as SavedState;
  return {
    ...rest,
    clusters: clusters.map((one, index) => ({ ...one, kubernetes: objects[index] ?? one.kubernetes })),
  };
}

function readingOf(text: string): Reading {
  const state = parsed(text);
  if (!isObject(state) || typeof state["version"] !== "number") throw new Error("It is no state of an emulator.");
  if (state["version"] !== formatVersion) {
    throw new Error(`It was written in format ${state["version"]}; this version reads format ${formatVersion}.`);
  }
  const subscriptionId = state["subscriptionId"];
  const isWhole = lists.every((name) => Array.isArray(state[name])) && isObject(state["apps"]);
  if (typeof subscriptionId !== "string" || subscriptionId === "" || !isWhole) {
    throw new Error("Parts of the state are missing.");
  }
  // The shape has been checked as far as a file could be broken without being edited by hand.
  const { clusters, ...rest } = state as unknown as SavedState;
  const others = { ...rest, clusters: clusters.map(({ kubernetes: _kubernetes, ...cluster }) => cluster) };
  return {
    text,
    subscriptionId,
    kubernetes: clusters.map(({ kubernetes }) => {
      const json = JSON.stringify(kubernetes);
      return json.includes(subscriptionId) ? json : kubernetes;
    }),
    others: JSON.stringify(others),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("It is no JSON: the file is broken off or is none of an emulator.");
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
