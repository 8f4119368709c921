import type { ObjectStore } from "../../world/store.ts";
import type { ScaleTarget } from "./autoscaler-types.ts";
import {
  deployments,
  getObject,
  type Kind,
  replicaSets,
  statefulSets,
  updateObject,
  withNextGeneration,
} from "./kinds.ts";
import type { LabelSelector } from "./meta-types.ts";

export interface Scale {
  readonly replicas: number;
  /** As its status has them. */
  readonly currentReplicas: number;
  readonly selector: LabelSelector | undefined;
  set(replicas: number): void;
}

const kinds: Readonly<Record<string, Kind<ScaledKind>>> = {
  Deployment: deployments,
  ReplicaSet: replicaSets,
  StatefulSet: statefulSets,
};
const withoutScale: ReadonlySet<string> = new Set(["apps/DaemonSet", "batch/Job", "batch/CronJob", "/Pod", "/Service"]);

/** The scale of a Deployment, ReplicaSet or StatefulSet; undefined when it is not there, or of another kind. */
export function scaleOf(store: ObjectStore, namespace: string | undefined, target: ScaleTarget): Scale | undefined {
  const of = kindOf(target);
  const object = of && getObject<ScaledKind>(store, of, namespace, target.name);
  if (!of || !object) return undefined;
  return {
    replicas: object.spec.replicas ?? 1,
    currentReplicas: object.status?.replicas ?? 0,
    selector: object.spec.selector,
    set(replicas) {
      const actor = store.actor && { ...store.actor, subresource: "scale" };
      store.actingAs(actor, () =>
        updateObject<ScaledKind>(store, of, object, (current) =>
          (current.spec.replicas ?? 1) === replicas
            ? current
            : withNextGeneration({ ...current, spec: { ...current.spec, replicas } }),
        ),
      );
    },
  };
}

/** Why there is no scale, as the API server and its clients say it. */
export function noScaleReason(target: ScaleTarget): string {
  const { group = "", resource = "" } = kindOf(target)?.resource ?? {};
  if (resource) return `${resource}.${group} ${JSON.stringify(target.name)} not found`;
  const kind = target.kind ?? "";
  return withoutScale.has(`${groupOf(target)}/${kind}`)
    ? "the server could not find the requested resource"
    : `no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(groupOf(target))}`;
}

function kindOf(target: ScaleTarget): Kind<ScaledKind> | undefined {
  const of = kinds[target.kind ?? "Deployment"];
  return of?.resource.group === groupOf(target) ? of : undefined;
}

function groupOf({ apiVersion = "apps/v1" }: ScaleTarget): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

interface ScaledKind {
  metadata: { name: string; namespace?: string; uid?: string; generation?: number };
  spec: { replicas?: number; selector?: LabelSelector };
  status?: { replicas?: number };
}
