import type { KubeObject } from "../../objects.ts";
import { fill, recordIn, recordsIn } from "../defaults/fill.ts";
import { at, isRecord, type JsonRecord, listAt, textAt } from "../json.ts";
import { ageColumn, column } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import {
  validateClaimChange,
  validateClaimDevices,
  validateDeviceClass,
  validateTemplate,
  validateTemplateUpdate,
} from "../validation/dynamic.ts";
import { validateSlice, validateSliceUpdate } from "../validation/resource-slices.ts";

const devices = { group: "resource.k8s.io", version: "v1", addedIn: "1.34", judgesAll: true } as const;

/** Dynamic resource allocation: the objects are kept; no scheduler allocates devices. */
export const dynamicResources: readonly ResourceType[] = [
  defineResource({
    ...devices,
    kind: "DeviceClass",
    plural: "deviceclasses",
    namespaced: false,
    typeName: "V1DeviceClass",
    validate: validateDeviceClass,
    columns: [ageColumn],
  }),
  defineResource({
    ...devices,
    kind: "ResourceClaim",
    plural: "resourceclaims",
    subresources: ["status"],
    typeName: "ResourceV1ResourceClaim",
    setDefaults: (draft) => setRequestDefaults(recordIn(draft, "spec")),
    initialStatus: () => ({}),
    validateCreate: (claim) => validateClaimDevices(at(claim, "spec"), "spec"),
    validateUpdate: validateClaimChange,
    columns: [
      column("State", claimState, "A summary of the current state (allocated, pending, reserved, etc.)."),
      ageColumn,
    ],
  }),
  defineResource({
    ...devices,
    kind: "ResourceClaimTemplate",
    plural: "resourceclaimtemplates",
    typeName: "V1ResourceClaimTemplate",
    setDefaults: (draft) => setRequestDefaults(recordIn(recordIn(draft, "spec"), "spec")),
    validateCreate: validateTemplate,
    validateUpdate: validateTemplateUpdate,
    columns: [ageColumn],
  }),
  defineResource({
    ...devices,
    kind: "ResourceSlice",
    plural: "resourceslices",
    namespaced: false,
    typeName: "V1ResourceSlice",
    validate: validateSlice,
    validateUpdate: validateSliceUpdate,
    selectableFields: {
      "spec.driver": (slice) => textAt(slice, "spec", "driver") ?? "",
      "spec.nodeName": (slice) => textAt(slice, "spec", "nodeName") ?? "",
    },
    columns: [
      column("Node", (slice) => textAt(slice, "spec", "nodeName") ?? ""),
      column("Driver", (slice) => textAt(slice, "spec", "driver") ?? ""),
      column("Pool", (slice) => textAt(slice, "spec", "pool", "name") ?? ""),
      ageColumn,
    ],
  }),
];

/** Defaults of kubernetes: pkg/apis/resource/v1/defaults.go. */
function setRequestDefaults(spec: JsonRecord): void {
  const wanted = spec["devices"];
  if (!isRecord(wanted)) return;
  for (const request of recordsIn(wanted, "requests")) {
    const exact = isRecord(request["exactly"]) ? [request["exactly"]] : [];
    for (const one of [...exact, ...recordsIn(request, "firstAvailable")]) {
      fill(one, { allocationMode: "ExactCount" });
      if (one["allocationMode"] === "ExactCount") fill(one, { count: 1 });
    }
  }
}

function claimState(claim: KubeObject): string {
  const gone = claim.metadata.deletionTimestamp === undefined ? [] : ["deleted"];
  if (at(claim, "status", "allocation") === undefined) return gone[0] ?? "pending";
  const reserved = listAt(claim, "status", "reservedFor").length > 0 ? ["reserved"] : [];
  return [...gone, "allocated", ...reserved].join(",");
}
