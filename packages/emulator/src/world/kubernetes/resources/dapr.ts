import { ageColumn } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";

export const daprResources: readonly ResourceType[] = [
  defineResource({
    group: "dapr.io",
    version: "v1alpha1",
    kind: "Component",
    plural: "components",
    categories: ["all", "dapr"],
    custom: true,
    typeName: "DaprComponent",
    columns: [ageColumn],
  }),
];
