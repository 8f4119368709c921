import type { KubeObject } from "../../objects.ts";
import { setLimitRangeDefaults } from "../defaults/limit-ranges.ts";
import { recordAt, scalarText } from "../json.ts";
import { ageColumn, column, createdAtColumn } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { validateLimitRange, validateQuota, validateQuotaUpdate } from "../validation/quota.ts";

export const quotaResources: readonly ResourceType[] = [
  defineResource({
    group: "",
    version: "v1",
    kind: "ResourceQuota",
    plural: "resourcequotas",
    shortNames: ["quota"],
    subresources: ["status"],
    typeName: "V1ResourceQuota",
    initialStatus: () => ({}),
    validate: validateQuota,
    validateUpdate: validateQuotaUpdate,
    columns: [
      column("Request", (quota) => usageText(quota, (name) => !name.startsWith("limits."))),
      column("Limit", (quota) => usageText(quota, (name) => name.startsWith("limits."))),
      ageColumn,
    ],
  }),
  defineResource({
    group: "",
    version: "v1",
    kind: "LimitRange",
    plural: "limitranges",
    shortNames: ["limits"],
    typeName: "V1LimitRange",
    setDefaults: setLimitRangeDefaults,
    validate: validateLimitRange,
    columns: [createdAtColumn],
  }),
];

/** `pods: 1/10, requests.cpu: 100m/2`. */
function usageText(quota: KubeObject, shown: (name: string) => boolean): string {
  const used = recordAt(quota, "status", "used");
  return Object.entries(recordAt(quota, "status", "hard"))
    .filter(([name]) => shown(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, hard]) => `${name}: ${scalarText(used[name]) || "0"}/${scalarText(hard)}`)
    .join(", ");
}
