import { sleep } from "@fairway/kernel";
import type { ContainerApps } from "./controllers/container-apps.ts";
import type { ArmOptions } from "./http/arm/call.ts";
import { createArmHandler } from "./http/arm/handler.ts";
import type { Cluster } from "./world/cluster.ts";
import type { ManagedClusters } from "./world/container-service/state.ts";
import type { GroupResource, KubeObject } from "./world/objects.ts";

export interface StateParts {
  readonly armOptions: ArmOptions;
  readonly clusters: ManagedClusters;
  readonly apps: ContainerApps;
}

interface SavedState {
  readonly version: 1;
  /** Paths and bodies below this subscription are those of the one that imports. */
  readonly subscriptionId: string;
  /** In the order in which they can be made. */
  readonly resources: readonly { readonly path: string; readonly body: unknown }[];
  /** By name of the cluster. */
  readonly kubernetes: Readonly<Record<string, readonly SavedObject[]>>;
}

interface SavedObject {
  readonly resource: GroupResource;
  readonly object: KubeObject;
}

const apiVersions = { groups: "2024-11-01", clusters: "2026-06-01", apps: "2026-07-01" };

export function exportState({ armOptions, clusters, apps }: StateParts): string {
  const { subscriptionId, resourceGroups } = armOptions;
  const call = caller(armOptions);
  const read = (path: string) => ({ path, body: call("GET", path, undefined) });
  const idOf = ({ resourceGroup, name }: { resourceGroup: string; name: string }, type: string) =>
    `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${type}/${name}`;
  const state: SavedState = {
    version: 1,
    subscriptionId,
    resources: [
      ...resourceGroups
        .list(subscriptionId)
        .map(({ name }) =>
          read(`/subscriptions/${subscriptionId}/resourceGroups/${name}?api-version=${apiVersions.groups}`),
        ),
      ...clusters
        .all()
        .map((one) =>
          read(`${idOf(one, "Microsoft.ContainerService/managedClusters")}?api-version=${apiVersions.clusters}`),
        ),
      ...apps.environments
        .list()
        .map(({ address }) =>
          read(`${idOf(address, "Microsoft.App/managedEnvironments")}?api-version=${apiVersions.apps}`),
        ),
      // An app as it was sent: what GET shows has no secrets.
      ...apps.list().map(({ address, content }) => ({
        path: `${idOf(address, "Microsoft.App/containerApps")}?api-version=${apiVersions.apps}`,
        body: content,
      })),
    ],
    kubernetes: Object.fromEntries(clusters.all().map(({ name, cluster }) => [name, objectsOf(cluster)])),
  };
  return JSON.stringify(state, undefined, 2);
}

export async function importState(text: string, { armOptions, clusters }: StateParts): Promise<void> {
  const state = readState(text, armOptions.subscriptionId);
  const call = caller(armOptions);
  for (const { path, body } of state.resources) {
    call("PUT", path, body);
    await settled(armOptions);
  }
  for (const [name, objects] of Object.entries(state.kubernetes)) {
    const cluster = clusters.named(name)?.cluster;
    if (cluster) for (const saved of objects) restoreObject(cluster, saved);
  }
}

/** Made by the platform or by controllers from the rest, or true for a moment only. */
const transient = new Set([
  "nodes",
  "pods",
  "events",
  "endpoints",
  "endpointslices",
  "leases",
  "replicasets",
  "controllerrevisions",
]);

/** Namespaces and definitions come first: others stand on them. */
const first = new Set(["namespaces", "customresourcedefinitions"]);

function objectsOf({ store }: Cluster): readonly SavedObject[] {
  const kept = store.resources().filter(({ resource }) => !transient.has(resource));
  const ordered = [...kept.filter(isFirst), ...kept.filter((one) => !isFirst(one))];
  return ordered.flatMap((resource) =>
    store
      .list(resource)
      .filter(({ metadata }) => !metadata.ownerReferences && !metadata.deletionTimestamp)
      .map((object) => ({ resource, object })),
  );
}

function isFirst({ resource }: GroupResource): boolean {
  return first.has(resource);
}

/** What the cluster has already is left as it is. Status is made anew by controllers, where there are any. */
function restoreObject({ store }: Cluster, { resource, object }: SavedObject): void {
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _time, ...metadata } = object.metadata;
  const { status: _status, ...withoutStatus } = object;
  store.create(resource, { ...(isFirst(resource) ? object : withoutStatus), metadata });
}

/** Azure Resource Manager in process, with a token of its own and without the limits of a client. */
function caller(armOptions: ArmOptions): (method: string, path: string, body: unknown) => unknown {
  const handler = createArmHandler({ ...armOptions, rateLimits: { enforced: false } });
  return (method, target, body) => {
    const { token } = armOptions.tokens.issue({ audience: "https://management.azure.com/", clientId: "state" });
    const answer = handler({
      method,
      target,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: Buffer.from(body === undefined ? "" : JSON.stringify(body)),
      baseUrl: "https://localhost",
    });
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${target} was refused (${answer.status}): ${JSON.stringify(answer.body)}`);
  };
}

const lookAgainMs = 20;

async function settled({ operations, world }: ArmOptions): Promise<void> {
  while (operations.list().some(({ status }) => status.kind === "running")) await sleep(world.clock, lookAgainMs);
}

function readState(text: string, subscriptionId: string): SavedState {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    throw new Error("The state is no JSON.");
  }
  const { version, subscriptionId: before, resources, kubernetes } = (state ?? {}) as Partial<SavedState>;
  if (version !== 1 || typeof before !== "string" || !Array.isArray(resources) || typeof kubernetes !== "object") {
    throw new Error("The state is none that this version of the emulator has written.");
  }
  return JSON.parse(text.replaceAll(before, subscriptionId)) as SavedState;
}
