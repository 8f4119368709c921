import { numberAt } from "../json.ts";
import { ageColumn, integerColumn } from "../printing/cells.ts";
import { defineResource } from "../resource-type.ts";

export const scaleType = defineResource({
  group: "autoscaling",
  version: "v1",
  plural: "scales",
  kind: "Scale",
  typeName: "V1Scale",
  columns: [
    integerColumn(
      "Desired",
      (scale) => numberAt(scale, "spec", "replicas") ?? 0,
      "replicas is the desired number of instances for the scaled object.",
    ),
    integerColumn(
      "Available",
      (scale) => numberAt(scale, "status", "replicas") ?? 0,
      "replicas is the actual number of observed instances of the scaled object.",
    ),
    ageColumn,
  ],
});
