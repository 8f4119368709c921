import type { KubeObject } from "../../objects.ts";
import { setTemplateDefaults } from "../defaults/pods.ts";
import {
  setDaemonSetDefaults,
  setDeploymentDefaults,
  setReplicaSetDefaults,
  setReplicationControllerDefaults,
  setStatefulSetDefaults,
  withFirstTemplateGeneration,
  withNextTemplateGeneration,
} from "../defaults/workloads.ts";
import { at, stringMapAt } from "../json.ts";
import {
  ageColumn,
  column,
  containerColumns,
  count,
  integerColumn,
  labelsText,
  selectorText,
  wide,
} from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { validateTemplate } from "../validation/pod/pods.ts";
import {
  validateDaemonSet,
  validateRevision,
  validateRevisionUpdate,
  validateStatefulSet,
  validateStatefulSetUpdate,
} from "../validation/sets.ts";
import {
  validateDeployment,
  validateReplicaSet,
  validateReplicationController,
  validateSelectorUpdate,
} from "../validation/workloads.ts";

const apps = { group: "apps", version: "v1", categories: ["all"] } as const;
const selectorColumn = wide(column("Selector", (object) => selectorText(at(object, "spec", "selector"))));

const core = { group: "", version: "v1" } as const;

export const appsResources: readonly ResourceType[] = [
  defineResource({
    ...core,
    kind: "PodTemplate",
    plural: "podtemplates",
    typeName: "V1PodTemplate",
    setDefaults: setTemplateDefaults,
    validate: (object) => validateTemplate(object["template"], "template"),
    columns: [
      ...containerColumns("template").map((shown) => ({ ...shown, priority: 0 as const })),
      column("Pod Labels", (object) => labelsText(stringMapAt(object, "template", "metadata", "labels"))),
    ],
  }),
  defineResource({
    ...core,
    kind: "ReplicationController",
    plural: "replicationcontrollers",
    shortNames: ["rc"],
    categories: ["all"],
    subresources: ["scale", "status"],
    typeName: "V1ReplicationController",
    setDefaults: setReplicationControllerDefaults,
    initialStatus: () => ({ replicas: 0 }),
    validate: validateReplicationController,
    selectableFields: { "status.replicas": (object) => String(count(object, "status", "replicas")) },
    columns: [
      integerColumn("Desired", (object) => count(object, "spec", "replicas")),
      integerColumn("Current", (object) => count(object, "status", "replicas")),
      integerColumn("Ready", (object) => count(object, "status", "readyReplicas")),
      ageColumn,
      ...containerColumns("spec", "template"),
      wide(column("Selector", (object) => labelsText(stringMapAt(object, "spec", "selector")))),
    ],
  }),
  defineResource({
    ...apps,
    kind: "Deployment",
    plural: "deployments",
    shortNames: ["deploy"],
    subresources: ["scale", "status"],
    typeName: "V1Deployment",
    setDefaults: setDeploymentDefaults,
    initialStatus: () => ({}),
    validate: validateDeployment,
    validateUpdate: validateSelectorUpdate,
    columns: [
      column("Ready", (object) => `${count(object, "status", "readyReplicas")}/${count(object, "spec", "replicas")}`),
      integerColumn("Up-to-date", (object) => count(object, "status", "updatedReplicas")),
      integerColumn("Available", (object) => count(object, "status", "availableReplicas")),
      ageColumn,
      ...containerColumns("spec", "template"),
      selectorColumn,
    ],
  }),
  defineResource({
    ...apps,
    kind: "ReplicaSet",
    plural: "replicasets",
    shortNames: ["rs"],
    subresources: ["scale", "status"],
    typeName: "V1ReplicaSet",
    setDefaults: setReplicaSetDefaults,
    initialStatus: () => ({ replicas: 0 }),
    validate: validateReplicaSet,
    validateUpdate: validateSelectorUpdate,
    columns: [
      integerColumn("Desired", (object) => count(object, "spec", "replicas")),
      integerColumn("Current", (object) => count(object, "status", "replicas")),
      integerColumn("Ready", (object) => count(object, "status", "readyReplicas")),
      ageColumn,
      ...containerColumns("spec", "template"),
      selectorColumn,
    ],
  }),
  defineResource({
    ...apps,
    kind: "StatefulSet",
    plural: "statefulsets",
    nameRule: "label",
    shortNames: ["sts"],
    subresources: ["scale", "status"],
    typeName: "V1StatefulSet",
    setDefaults: setStatefulSetDefaults,
    initialStatus: () => ({ replicas: 0, availableReplicas: 0 }),
    validate: validateStatefulSet,
    validateUpdate: validateStatefulSetUpdate,
    columns: [
      column("Ready", (object) => `${count(object, "status", "readyReplicas")}/${count(object, "spec", "replicas")}`),
      ageColumn,
      ...containerColumns("spec", "template"),
    ],
  }),
  defineResource({
    ...apps,
    kind: "DaemonSet",
    plural: "daemonsets",
    shortNames: ["ds"],
    subresources: ["status"],
    typeName: "V1DaemonSet",
    setDefaults: setDaemonSetDefaults,
    prepare: withFirstTemplateGeneration,
    keepAllocated: withNextTemplateGeneration,
    initialStatus: () => ({
      currentNumberScheduled: 0,
      desiredNumberScheduled: 0,
      numberMisscheduled: 0,
      numberReady: 0,
    }),
    validate: validateDaemonSet,
    validateUpdate: validateSelectorUpdate,
    columns: [
      integerColumn("Desired", (object) => count(object, "status", "desiredNumberScheduled")),
      integerColumn("Current", (object) => count(object, "status", "currentNumberScheduled")),
      integerColumn("Ready", (object) => count(object, "status", "numberReady")),
      integerColumn("Up-to-date", (object) => count(object, "status", "updatedNumberScheduled")),
      integerColumn("Available", (object) => count(object, "status", "numberAvailable")),
      column("Node Selector", (object) => labelsText(stringMapAt(object, "spec", "template", "spec", "nodeSelector"))),
      ageColumn,
      ...containerColumns("spec", "template"),
      selectorColumn,
    ],
  }),
  defineResource({
    ...apps,
    categories: [],
    kind: "ControllerRevision",
    plural: "controllerrevisions",
    typeName: "V1ControllerRevision",
    validate: validateRevision,
    validateUpdate: validateRevisionUpdate,
    columns: [
      column("Controller", controllerText),
      integerColumn("Revision", (object) => count(object, "revision")),
      ageColumn,
    ],
  }),
];

/** `statefulset.apps/web` */
function controllerText({ metadata }: KubeObject): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (!owner) return "<none>";
  const group = owner.apiVersion.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : "";
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}
