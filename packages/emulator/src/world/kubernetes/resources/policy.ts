import type { KubeObject } from "../../objects.ts";
import { at, scalarText } from "../json.ts";
import { ageColumn, column, count, integerColumn } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { validateDisruptionBudget } from "../validation/policy.ts";

export const policyResources: readonly ResourceType[] = [
  defineResource({
    group: "policy",
    version: "v1",
    kind: "PodDisruptionBudget",
    plural: "poddisruptionbudgets",
    shortNames: ["pdb"],
    subresources: ["status"],
    nameRule: "path",
    typeName: "V1PodDisruptionBudget",
    initialStatus: () => ({ currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }),
    validate: validateDisruptionBudget,
    columns: [
      column("Min Available", (object) => amount(object, "minAvailable")),
      column("Max Unavailable", (object) => amount(object, "maxUnavailable")),
      integerColumn("Allowed Disruptions", (object) => count(object, "status", "disruptionsAllowed")),
      ageColumn,
    ],
  }),
];

function amount(budget: KubeObject, field: string): string {
  return scalarText(at(budget, "spec", field)) || "N/A";
}
