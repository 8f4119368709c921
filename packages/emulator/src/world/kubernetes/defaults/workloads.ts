import type { KubeObject } from "../../objects.ts";
import { at, isRecord, sameJson, stringMapAt } from "../json.ts";
import { fill, recordIn, recordsIn } from "./fill.ts";
import { setTemplateDefaults } from "./pods.ts";
import { setClaimDefaults } from "./storage.ts";

/** Defaults of kubernetes: pkg/apis/apps/v1/defaults.go. */

export function setDeploymentDefaults(draft: KubeObject): void {
  const spec = recordIn(draft, "spec");
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = recordIn(spec, "strategy");
  fill(strategy, { type: "RollingUpdate" });
  if (strategy["type"] === "RollingUpdate") {
    fill(recordIn(strategy, "rollingUpdate"), { maxUnavailable: "25%", maxSurge: "25%" });
  }
  setTemplateDefaults(spec);
}

export function setReplicaSetDefaults(draft: KubeObject): void {
  const spec = recordIn(draft, "spec");
  fill(spec, { replicas: 1 });
  setTemplateDefaults(spec);
}

export function setStatefulSetDefaults(draft: KubeObject): void {
  const spec = recordIn(draft, "spec");
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, podManagementPolicy: "OrderedReady" });
  fill(recordIn(spec, "persistentVolumeClaimRetentionPolicy"), { whenDeleted: "Retain", whenScaled: "Retain" });
  const strategy = recordIn(spec, "updateStrategy");
  if (!strategy["type"]) fill(strategy, { type: "RollingUpdate", rollingUpdate: {} });
  if (strategy["type"] === "RollingUpdate" && isRecord(strategy["rollingUpdate"])) {
    const rolling = strategy["rollingUpdate"];
    fill(rolling, { partition: 0 });
    // Its feature gate, MaxUnavailableStatefulSet, is off: the API server drops what clients send.
    delete rolling["maxUnavailable"];
  }
  for (const claim of recordsIn(spec, "volumeClaimTemplates")) {
    fill(claim, { apiVersion: "v1", kind: "PersistentVolumeClaim" });
    fill(recordIn(claim, "status"), { phase: "Pending" });
    setClaimDefaults(claim);
  }
  setTemplateDefaults(spec);
}

export function setDaemonSetDefaults(draft: KubeObject): void {
  draft.metadata.annotations = { [templateGenerationAnnotation]: "1", ...draft.metadata.annotations };
  const spec = recordIn(draft, "spec");
  fill(spec, { revisionHistoryLimit: 10 });
  const strategy = recordIn(spec, "updateStrategy");
  fill(strategy, { type: "RollingUpdate" });
  if (strategy["type"] === "RollingUpdate") {
    fill(recordIn(strategy, "rollingUpdate"), { maxUnavailable: 1, maxSurge: 0 });
  }
  setTemplateDefaults(spec);
}

/** Counts the templates that a DaemonSet has had; its pods carry the number as a label. */
export const templateGenerationAnnotation = "deprecated.daemonset.template.generation";

export function withFirstTemplateGeneration(set: KubeObject): KubeObject {
  return withTemplateGeneration(set, 1);
}

/** Source: kubernetes/kubernetes pkg/registry/apps/daemonset/strategy.go PrepareForUpdate. */
export function withNextTemplateGeneration(next: KubeObject, previous: KubeObject): KubeObject {
  const before = Number(stringMapAt(previous, "metadata", "annotations")[templateGenerationAnnotation] ?? 1);
  const template = (set: KubeObject): unknown => at(set, "spec", "template");
  const defaulted = structuredClone(next);
  setDaemonSetDefaults(defaulted);
  return withTemplateGeneration(next, sameJson(template(defaulted), template(previous)) ? before : before + 1);
}

function withTemplateGeneration(set: KubeObject, generation: number): KubeObject {
  const annotations = { ...set.metadata.annotations, [templateGenerationAnnotation]: String(generation) };
  return { ...set, metadata: { ...set.metadata, annotations } };
}

/** Labels and selector are those of the template unless they are given. */
export function setReplicationControllerDefaults(draft: KubeObject): void {
  const spec = recordIn(draft, "spec");
  fill(spec, { replicas: 1 });
  const labels = stringMapAt(spec, "template", "metadata", "labels");
  if (Object.keys(labels).length > 0) {
    fill(spec, { selector: labels });
    if (Object.keys(draft.metadata.labels ?? {}).length === 0) draft.metadata.labels = { ...labels };
  }
  setTemplateDefaults(spec);
}
