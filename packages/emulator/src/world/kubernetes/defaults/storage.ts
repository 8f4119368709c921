import type { Cluster } from "../../cluster.ts";
import type { KubeObject } from "../../objects.ts";
import { isRecord, type JsonRecord, recordAt } from "../json.ts";
import { fill, recordIn } from "./fill.ts";

export function setClaimDefaults(draft: JsonRecord): void {
  fill(recordIn(draft, "spec"), { volumeMode: "Filesystem" });
  fill(recordIn(draft, "status"), { phase: "Pending" });
}

export function setVolumeDefaults(draft: JsonRecord): void {
  const spec = recordIn(draft, "spec");
  fill(spec, { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" });
  if (isRecord(spec["hostPath"])) fill(spec["hostPath"], { type: "" });
  fill(recordIn(draft, "status"), { phase: "Pending" });
}

const storageClasses = { group: "storage.k8s.io", resource: "storageclasses" };
export const defaultClassAnnotations = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

/** The admission plugins DefaultStorageClass and StorageObjectInUseProtection. */
export function admitClaim(claim: KubeObject, cluster: Pick<Cluster, "store">): KubeObject {
  const spec = recordAt(claim, "spec");
  const chosen = spec["storageClassName"] ?? defaultClass(cluster);
  return {
    ...withFinalizer(claim, "kubernetes.io/pvc-protection"),
    spec: { ...withSources(spec), ...(chosen === undefined ? {} : { storageClassName: chosen }) },
  };
}

/** The older and the newer name of what a claim is filled from say the same (kubernetes: pkg/api/persistentvolumeclaim). */
export function withSources({ dataSource: sent, dataSourceRef: sentReference, ...spec }: JsonRecord): JsonRecord {
  const old = isRecord(sent) && isOldSource(sent) ? sent : undefined;
  const reference = isRecord(sentReference) ? sentReference : old;
  const { namespace, ...local } = reference ?? {};
  const source = old ?? (reference && !namespace ? local : undefined);
  return {
    ...spec,
    ...(source ? { dataSource: source } : {}),
    ...(reference ? { dataSourceRef: reference } : {}),
  };
}

function isOldSource({ apiGroup, kind }: JsonRecord): boolean {
  if (!apiGroup) return kind === "PersistentVolumeClaim";
  return apiGroup === "snapshot.storage.k8s.io" && kind === "VolumeSnapshot";
}

export function admitVolume(volume: KubeObject): KubeObject {
  return withFinalizer(volume, "kubernetes.io/pv-protection");
}

/** The youngest of those that say so. */
export function defaultClass({ store }: Pick<Cluster, "store">): string | undefined {
  const named = store
    .list(storageClasses)
    .filter(({ metadata }) => defaultClassAnnotations.some((name) => metadata.annotations?.[name] === "true"));
  return named.at(-1)?.metadata.name;
}

function withFinalizer(object: KubeObject, finalizer: string): KubeObject {
  const { finalizers = [] } = object.metadata;
  if (finalizers.includes(finalizer)) return object;
  return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] } };
}
