import { definitionOf } from "../../world/kubernetes/custom/definition-of.ts";
import { at, listAt, numberAt, textAt } from "../../world/kubernetes/json.ts";
import { builtInTypes } from "../../world/kubernetes/registry.ts";
import { apiVersionOf } from "../../world/kubernetes/resource-type.ts";
import type { OwnerReference } from "../../world/objects.ts";
import type { ObjectStore } from "../../world/store.ts";
import { controllerOf, deployments, getObject, replicaSets, replicationControllers, statefulSets } from "./kinds.ts";
import type { Pod } from "./pod-types.ts";
import type { PodDisruptionBudget } from "./types.ts";

export type ExpectedPods =
  | { readonly kind: "known"; readonly expected: number; readonly hasUnmanaged: boolean }
  /** Why the number of pods cannot be known. */
  | { readonly kind: "failed"; readonly message: string };

/**
 * The pods themselves when `minAvailable` is an integer, else the scale of all that control one of them. Source:
 * kubernetes/kubernetes pkg/controller/disruption getExpectedPodCount.
 */
export function expectedPods(store: ObjectStore, { spec }: PodDisruptionBudget, covered: readonly Pod[]): ExpectedPods {
  // Nothing is asked of them.
  if (spec.maxUnavailable === undefined && spec.minAvailable === undefined) {
    return { kind: "known", expected: 0, hasUnmanaged: false };
  }
  if (spec.maxUnavailable === undefined && typeof spec.minAvailable !== "string") {
    return { kind: "known", expected: covered.length, hasUnmanaged: false };
  }
  const scales = new Map<string, number>();
  const owners = covered.map((pod) => ({ pod, owner: controllerOf(pod) }));
  for (const { pod, owner } of owners) {
    const scale = owner && ownerScale(store, pod, owner);
    if (typeof scale === "string") return { kind: "failed", message: scale };
    if (scale) scales.set(scale.uid, scale.replicas);
  }
  const expected = [...scales.values()].reduce((total, replicas) => total + replicas, 0);
  return { kind: "known", expected, hasUnmanaged: owners.some(({ owner }) => owner === undefined) };
}

interface OwnerScale {
  readonly uid: string;
  readonly replicas: number;
}

/** The deployment above a replica set counts, since it is what will be scaled. A sentence: nothing does. */
function ownerScale(store: ObjectStore, pod: Pod, owner: OwnerReference): OwnerScale | string {
  const { namespace, name } = pod.metadata;
  const missing = `found no controllers for pod ${JSON.stringify(name)}`;
  switch (owner.kind) {
    case "ReplicaSet": {
      const set = getObject(store, replicaSets, namespace, owner.name);
      const above = set?.metadata.uid === owner.uid ? controllerOf(set) : undefined;
      const deployment =
        above?.kind === "Deployment" ? getObject(store, deployments, namespace, above.name) : undefined;
      return scaleOf(deployment, above?.uid) ?? scaleOf(set, owner.uid) ?? missing;
    }
    case "Deployment":
      return scaleOf(getObject(store, deployments, namespace, owner.name), owner.uid) ?? missing;
    case "StatefulSet":
      return scaleOf(getObject(store, statefulSets, namespace, owner.name), owner.uid) ?? missing;
    case "ReplicationController":
      return scaleOf(getObject(store, replicationControllers, namespace, owner.name), owner.uid) ?? missing;
    default:
      if (isBuiltIn(owner)) return `${resourceOf(owner)} does not implement the scale subresource`;
      return customScale(store, pod, owner) ?? missing;
  }
}

type Scaled = { metadata: Pod["metadata"]; spec: { replicas?: number } };

function scaleOf(scaled: Scaled | undefined, uid: string | undefined): OwnerScale | undefined {
  if (!scaled || scaled.metadata.uid !== uid) return undefined;
  return { uid: scaled.metadata.uid ?? "", replicas: scaled.spec.replicas ?? 1 };
}

function isBuiltIn(owner: OwnerReference): boolean {
  return builtInTypes.some((type) => type.kind === owner.kind && apiVersionOf(type) === owner.apiVersion);
}

function resourceOf({ apiVersion, kind }: OwnerReference): string {
  const group = groupOf(apiVersion);
  return `${kind.toLowerCase()}s${group === "" ? "" : `.${group}`}`;
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

/** Of a custom kind, where its definition says that the scale is. */
function customScale(store: ObjectStore, { metadata }: Pod, owner: OwnerReference): OwnerScale | string | undefined {
  const [group = "", version = ""] = owner.apiVersion.split("/");
  const definition = definitionOf(store, group, owner.kind);
  if (!definition)
    return `no matches for kind ${JSON.stringify(owner.kind)} in version ${JSON.stringify(owner.apiVersion)}`;
  const plural = textAt(definition, "spec", "names", "plural") ?? "";
  const versions = listAt(definition, "spec", "versions");
  const served = versions.find((one) => textAt(one, "name") === version);
  const path = textAt(served, "subresources", "scale", "specReplicasPath");
  if (path === undefined) return `${plural}.${group} does not implement the scale subresource`;
  const found = store.get({ group, resource: plural }, metadata.namespace, owner.name);
  if (found?.metadata.uid !== owner.uid) return undefined;
  const members = path.split(".").filter((member) => member !== "");
  return { uid: owner.uid, replicas: numberAt({ value: at(found, ...members) }, "value") ?? 0 };
}
