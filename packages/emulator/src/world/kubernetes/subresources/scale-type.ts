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
    integerColumn("Desired", (scale) => numberAt(scale, "spec", "replicas") ?? 0),
    integerColumn("Available", (scale) => numberAt(scale, "status", "replicas") ?? 0),
    ageColumn,
  ],
});
