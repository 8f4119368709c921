import type { ObjectStore } from "../../world/store.ts";
import {
  deployments,
  getObject,
  type Kind,
  replicaSets,
  statefulSets,
  updateObject,
  withNextGeneration,
} from "./kinds.ts";
import type { ScaleTarget } from "./types.ts";

export interface Scale {
  readonly replicas: number;
  set(replicas: number): void;
}

const kinds: Readonly<Record<string, Kind<ScaledKind>>> = {
  Deployment: deployments,
  ReplicaSet: replicaSets,
  StatefulSet: statefulSets,
};

/** The scale of a Deployment, ReplicaSet or StatefulSet; undefined when it is not there, or of another kind. */
export function scaleOf(store: ObjectStore, namespace: string | undefined, target: ScaleTarget): Scale | undefined {
  const of = kinds[target.kind ?? "Deployment"];
  const object = of && getObject<ScaledKind>(store, of, namespace, target.name);
  if (!of || !object) return undefined;
  return {
    replicas: object.spec.replicas ?? 1,
    set(replicas) {
      updateObject<ScaledKind>(store, of, object, (current) =>
        (current.spec.replicas ?? 1) === replicas
          ? current
          : withNextGeneration({ ...current, spec: { ...current.spec, replicas } }),
      );
    },
  };
}

interface ScaledKind {
  metadata: { name: string; namespace?: string; uid?: string; generation?: number };
  spec: { replicas?: number };
}
