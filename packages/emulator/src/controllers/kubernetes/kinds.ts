import type { ClusterEvent } from "../../world/cluster.ts";
import type { GroupResource, KubeObject, ObjectMeta, OwnerReference } from "../../world/objects.ts";
import { type Asked, changedBy, madeBy } from "../../world/ownership.ts";
import { sameJson } from "../../world/same-json.ts";
import type { ObjectStore } from "../../world/store.ts";
import type { HorizontalPodAutoscaler } from "./autoscaler-types.ts";
import type { Pod } from "./pod-types.ts";
import type {
  ClusterRole,
  ConfigMap,
  Deployment,
  EndpointSlice,
  Endpoints,
  Gateway,
  GatewayClass,
  HttpRoute,
  KubeNode,
  Lease,
  Namespace,
  PodDisruptionBudget,
  ReplicaSet,
  ScaledObject,
  Secret,
  Service,
} from "./types.ts";
import type {
  Claim,
  ControllerRevision,
  CronJob,
  DaemonSet,
  Job,
  StatefulSet,
  StorageClass,
  Volume,
} from "./workload-types.ts";

/** A kind that controllers read and write, with the type that they see it as. */
export interface Kind<T> {
  readonly resource: GroupResource;
  readonly apiVersion: string;
  readonly kind: string;
  /** Never set: carries the type. */
  readonly object?: T;
}

function kind<T>(apiVersion: string, name: string, resource: string): Kind<T> {
  const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
  return { resource: { group, resource }, apiVersion, kind: name };
}

export const namespaces = kind<Namespace>("v1", "Namespace", "namespaces");
export const nodes = kind<KubeNode>("v1", "Node", "nodes");
export const pods = kind<Pod>("v1", "Pod", "pods");
export const services = kind<Service>("v1", "Service", "services");
export const endpoints = kind<Endpoints>("v1", "Endpoints", "endpoints");
export const configMaps = kind<ConfigMap>("v1", "ConfigMap", "configmaps");
export const secrets = kind<Secret>("v1", "Secret", "secrets");
export const events = kind<KubeObject>("v1", "Event", "events");
export const deployments = kind<Deployment>("apps/v1", "Deployment", "deployments");
export const replicaSets = kind<ReplicaSet>("apps/v1", "ReplicaSet", "replicasets");
/** Their selector is a map of labels. */
export const replicationControllers = kind<ReplicaSet>("v1", "ReplicationController", "replicationcontrollers");
export const statefulSets = kind<StatefulSet>("apps/v1", "StatefulSet", "statefulsets");
export const daemonSets = kind<DaemonSet>("apps/v1", "DaemonSet", "daemonsets");
export const controllerRevisions = kind<ControllerRevision>("apps/v1", "ControllerRevision", "controllerrevisions");
export const jobs = kind<Job>("batch/v1", "Job", "jobs");
export const cronJobs = kind<CronJob>("batch/v1", "CronJob", "cronjobs");
export const claims = kind<Claim>("v1", "PersistentVolumeClaim", "persistentvolumeclaims");
export const volumes = kind<Volume>("v1", "PersistentVolume", "persistentvolumes");
export const storageClasses = kind<StorageClass>("storage.k8s.io/v1", "StorageClass", "storageclasses");
export const endpointSlices = kind<EndpointSlice>("discovery.k8s.io/v1", "EndpointSlice", "endpointslices");
export const leases = kind<Lease>("coordination.k8s.io/v1", "Lease", "leases");
export const budgets = kind<PodDisruptionBudget>("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets");
export const clusterRoles = kind<ClusterRole>("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles");
export const autoscalers = kind<HorizontalPodAutoscaler>(
  "autoscaling/v2",
  "HorizontalPodAutoscaler",
  "horizontalpodautoscalers",
);
export const scaledObjects = kind<ScaledObject>("keda.sh/v1alpha1", "ScaledObject", "scaledobjects");
export const gatewayClasses = kind<GatewayClass>("gateway.networking.k8s.io/v1", "GatewayClass", "gatewayclasses");
export const gateways = kind<Gateway>("gateway.networking.k8s.io/v1", "Gateway", "gateways");
export const httpRoutes = kind<HttpRoute>("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes");

interface Identified {
  metadata: ObjectMeta;
}

export function getObject<T>(
  store: ObjectStore,
  of: Kind<T>,
  namespace: string | undefined,
  name: string,
): T | undefined {
  return typed<T>(store.get(of.resource, namespace, name));
}

export function listObjects<T>(store: ObjectStore, of: Kind<T>, namespace?: string): T[] {
  return typedAll<T>(store.list(of.resource, namespace));
}

/** What `owner` controls, in order of creation. */
export function controlledObjects<T>(store: ObjectStore, of: Kind<T>, owner: Identified): T[] {
  const lookup = store.index(of.resource, "controller", (object) => {
    const uid = controllerOf(object)?.uid;
    return uid === undefined ? [] : [uid];
  });
  return typedAll<T>(lookup(owner.metadata.uid ?? ""));
}

/** The objects of one kind under a key of an index of the store. */
export function indexedObjects<T>(
  store: ObjectStore,
  of: Kind<T>,
  index: { readonly name: string; keysOf(object: T): readonly string[] },
  key: string,
): T[] {
  const lookup = store.index(of.resource, index.name, (object) => index.keysOf(typed<T>(object) as T));
  return typedAll<T>(lookup(key));
}

/** Undefined when the name is taken. `atMs`: see `ObjectStore.create`; `asked`: see `madeBy`. */
export function createObject<T extends Identified>(
  store: ObjectStore,
  of: Kind<T>,
  object: Omit<T, "apiVersion" | "kind">,
  atMs?: number,
  asked?: Asked,
): T | undefined {
  const { metadata, ...rest } = object as unknown as KubeObject;
  const { actor } = store;
  const draft = { ...rest, metadata, apiVersion: of.apiVersion, kind: of.kind };
  return typed<T>(store.create(of.resource, actor ? madeBy(actor, store.time, draft, asked) : draft, atMs));
}

/** Writes what `change` makes of the object as it is now; writes nothing when it is gone, another one, or the same. */
export function updateObject<T extends Identified>(
  store: ObjectStore,
  of: Kind<T>,
  target: T,
  change: (current: T) => T,
): T | undefined {
  const { namespace, name, uid } = target.metadata;
  const { actor } = store;
  const next = store.update(of.resource, namespace, name, (current) => {
    if (current.metadata.uid !== uid) return current;
    const changed = change(typed<T>(current) as T) as unknown as KubeObject;
    if (changed === current || sameJson(changed, current)) return current;
    return actor ? changedBy(actor, store.time, current, changed) : changed;
  });
  return typed<T>(next);
}

export function deleteObject<T extends Identified>(store: ObjectStore, of: Kind<T>, target: T): void {
  const { namespace, name, uid } = target.metadata;
  if (store.get(of.resource, namespace, name)?.metadata.uid === uid) store.delete(of.resource, namespace, name);
}

/** The same change with `generation` raised, as the API server does for a change of the spec. */
export function withNextGeneration<T extends Identified>(object: T): T {
  return { ...object, metadata: { ...object.metadata, generation: (object.metadata.generation ?? 0) + 1 } };
}

/** A reference that makes `owner` the controller of another object. */
export function controllerReference<T extends Identified>(of: Kind<T>, owner: T): OwnerReference {
  const { name, uid } = owner.metadata;
  const { apiVersion, kind: ownerKind } = of;
  return { apiVersion, kind: ownerKind, name, uid: uid ?? "", controller: true, blockOwnerDeletion: true };
}

/** How events name an object. */
export function involved<T extends Identified>(of: Kind<T>, { metadata }: T): ClusterEvent["involved"] {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    apiVersion: of.apiVersion,
    kind: of.kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

export function controllerOf(object: Identified): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller);
}

/** Key of an object in a work queue: `namespace/name`. */
export function keyOf(object: Identified): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}

export function fromKey(key: string): { namespace: string | undefined; name: string } {
  const slash = key.indexOf("/");
  return { namespace: key.slice(0, slash) || undefined, name: key.slice(slash + 1) };
}

/** The one place where stored JSON gets its type: the API layer has validated it against the schema of its kind. */
function typed<T>(object: KubeObject | undefined): T | undefined {
  return object as unknown as T | undefined;
}

function typedAll<T>(objects: readonly KubeObject[]): T[] {
  return objects as unknown as T[];
}
