import { setDeploymentDefaults, setReplicaSetDefaults } from "../defaults/workloads.ts";
import { at } from "../json.ts";
import { ageColumn, column, containerColumns, count, integerColumn, selectorText, wide } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { validateDeployment, validateReplicaSet, validateSelectorUpdate } from "../validation/workloads.ts";

const apps = { group: "apps", version: "v1", categories: ["all"] } as const;
const selectorColumn = wide(column("Selector", (object) => selectorText(at(object, "spec", "selector"))));

export const appsResources: readonly ResourceType[] = [
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
    selectableFields: { "status.replicas": (object) => String(count(object, "status", "replicas")) },
    columns: [
      integerColumn("Desired", (object) => count(object, "spec", "replicas")),
      integerColumn("Current", (object) => count(object, "status", "replicas")),
      integerColumn("Ready", (object) => count(object, "status", "readyReplicas")),
      ageColumn,
      ...containerColumns("spec", "template"),
      selectorColumn,
    ],
  }),
];
