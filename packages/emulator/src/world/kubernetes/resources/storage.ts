import type { KubeObject } from "../../objects.ts";
import { timestamp } from "../../store.ts";
import { fill, recordIn } from "../defaults/fill.ts";
import {
  admitClaim,
  admitVolume,
  defaultClassAnnotations,
  setClaimDefaults,
  setVolumeDefaults,
  withSources,
} from "../defaults/storage.ts";
import { at, listAt, recordAt, scalarText, textAt } from "../json.ts";
import { ageColumn, column, createdAtColumn, integerColumn, wide } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { validateClaim, validateClaimUpdate } from "../validation/claims.ts";
import {
  validateAttachment,
  validateAttachmentUpdate,
  validateAttributesClass,
  validateAttributesClassUpdate,
  validateCapacityReport,
  validateCapacityReportUpdate,
  validateDriver,
  validateDriverUpdate,
  validateNodeDrivers,
  validateNodeDriversUpdate,
} from "../validation/csi.ts";
import {
  validateStorageClass,
  validateStorageClassUpdate,
  validateVolume,
  validateVolumeUpdate,
} from "../validation/storage.ts";

const storage = { group: "storage.k8s.io", version: "v1", namespaced: false } as const;

export const storageResources: readonly ResourceType[] = [
  defineResource({
    group: "",
    version: "v1",
    kind: "PersistentVolume",
    plural: "persistentvolumes",
    shortNames: ["pv"],
    namespaced: false,
    subresources: ["status"],
    typeName: "V1PersistentVolume",
    setDefaults: setVolumeDefaults,
    prepare: admitVolume,
    initialStatus: (_volume, { world }) => ({
      phase: "Pending",
      lastPhaseTransitionTime: timestamp(world.clock.now()),
    }),
    validate: validateVolume,
    validateUpdate: validateVolumeUpdate,
    columns: [
      column("Capacity", (volume) => scalarText(at(volume, "spec", "capacity", "storage"))),
      column("Access Modes", (volume) => accessModes(listAt(volume, "spec", "accessModes"))),
      column("Reclaim Policy", (volume) => textAt(volume, "spec", "persistentVolumeReclaimPolicy") ?? ""),
      column("Status", phaseText),
      column("Claim", claimText),
      column("StorageClass", (volume) => textAt(volume, "spec", "storageClassName") ?? ""),
      column("VolumeAttributesClass", attributesClass),
      column("Reason", (volume) => textAt(volume, "status", "reason") ?? ""),
      ageColumn,
      wide(column("VolumeMode", volumeMode)),
    ],
  }),
  defineResource({
    group: "",
    version: "v1",
    kind: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    shortNames: ["pvc"],
    subresources: ["status"],
    typeName: "V1PersistentVolumeClaim",
    setDefaults: setClaimDefaults,
    prepare: admitClaim,
    keepAllocated: (next) => ({ ...next, spec: withSources(recordAt(next, "spec")) }),
    initialStatus: () => ({ phase: "Pending" }),
    judgesAll: true,
    validate: validateClaim,
    validateUpdate: validateClaimUpdate,
    columns: [
      column("Status", phaseText),
      column("Volume", (claim) => textAt(claim, "spec", "volumeName") ?? ""),
      column("Capacity", (claim) => (isBound(claim) ? scalarText(at(claim, "status", "capacity", "storage")) : "")),
      column("Access Modes", (claim) => (isBound(claim) ? accessModes(listAt(claim, "status", "accessModes")) : "")),
      column("StorageClass", (claim) => textAt(claim, "spec", "storageClassName") ?? ""),
      column("VolumeAttributesClass", attributesClass),
      ageColumn,
      wide(column("VolumeMode", volumeMode)),
    ],
  }),
  defineResource({
    ...storage,
    kind: "StorageClass",
    plural: "storageclasses",
    shortNames: ["sc"],
    typeName: "V1StorageClass",
    setDefaults: (draft) => fill(draft, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
    validate: validateStorageClass,
    validateUpdate: validateStorageClassUpdate,
    nameCell: ({ metadata }) =>
      defaultClassAnnotations.some((name) => metadata.annotations?.[name] === "true")
        ? `${metadata.name} (default)`
        : metadata.name,
    columns: [
      column("Provisioner", (object) => textAt(object, "provisioner") ?? ""),
      column("ReclaimPolicy", (object) => textAt(object, "reclaimPolicy") ?? "Delete"),
      column("VolumeBindingMode", (object) => textAt(object, "volumeBindingMode") ?? "<unset>"),
      column("AllowVolumeExpansion", (object) => at(object, "allowVolumeExpansion") === true),
      ageColumn,
    ],
  }),
  defineResource({
    ...storage,
    kind: "CSIDriver",
    plural: "csidrivers",
    typeName: "V1CSIDriver",
    validate: validateDriver,
    validateUpdate: validateDriverUpdate,
    setDefaults: (draft) =>
      fill(recordIn(draft, "spec"), {
        attachRequired: true,
        podInfoOnMount: false,
        storageCapacity: false,
        fsGroupPolicy: "ReadWriteOnceWithFSType",
        volumeLifecycleModes: ["Persistent"],
        requiresRepublish: false,
        seLinuxMount: false,
      }),
    columns: [
      column("AttachRequired", (object) => at(object, "spec", "attachRequired") !== false),
      column("PodInfoOnMount", (object) => at(object, "spec", "podInfoOnMount") === true),
      column("StorageCapacity", (object) => at(object, "spec", "storageCapacity") === true),
      column("TokenRequests", (object) => tokenAudiences(object) || "<unset>"),
      column("RequiresRepublish", (object) => at(object, "spec", "requiresRepublish") === true),
      column("Modes", (object) => listAt(object, "spec", "volumeLifecycleModes").join(",") || "<none>"),
      ageColumn,
    ],
  }),
  defineResource({
    ...storage,
    kind: "CSINode",
    plural: "csinodes",
    typeName: "V1CSINode",
    judgesAll: true,
    validate: validateNodeDrivers,
    validateUpdate: validateNodeDriversUpdate,
    columns: [integerColumn("Drivers", (object) => listAt(object, "spec", "drivers").length), ageColumn],
  }),
  defineResource({
    ...storage,
    namespaced: true,
    kind: "CSIStorageCapacity",
    plural: "csistoragecapacities",
    typeName: "V1CSIStorageCapacity",
    judgesAll: true,
    validate: validateCapacityReport,
    validateUpdate: validateCapacityReportUpdate,
    columns: [createdAtColumn],
  }),
  defineResource({
    ...storage,
    kind: "VolumeAttributesClass",
    plural: "volumeattributesclasses",
    shortNames: ["vac"],
    addedIn: "1.34",
    typeName: "V1VolumeAttributesClass",
    judgesAll: true,
    validate: validateAttributesClass,
    validateUpdate: validateAttributesClassUpdate,
    columns: [column("DriverName", (object) => textAt(object, "driverName") ?? ""), ageColumn],
  }),
  defineResource({
    ...storage,
    kind: "VolumeAttachment",
    plural: "volumeattachments",
    subresources: ["status"],
    typeName: "V1VolumeAttachment",
    judgesAll: true,
    validate: validateAttachment,
    validateUpdate: validateAttachmentUpdate,
    columns: [
      column("Attacher", (object) => textAt(object, "spec", "attacher") ?? ""),
      column("PV", (object) => textAt(object, "spec", "source", "persistentVolumeName") ?? ""),
      column("Node", (object) => textAt(object, "spec", "nodeName") ?? ""),
      column("Attached", (object) => at(object, "status", "attached") === true),
      ageColumn,
    ],
  }),
];

const modeNames: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

function accessModes(modes: readonly unknown[]): string {
  return [...new Set(modes.map(String))].map((mode) => modeNames[mode] ?? mode).join(",");
}

function phaseText(object: KubeObject): string {
  if (object.metadata.deletionTimestamp !== undefined) return "Terminating";
  return textAt(object, "status", "phase") ?? "";
}

function isBound(claim: KubeObject): boolean {
  return textAt(claim, "spec", "volumeName") !== undefined;
}

function claimText(volume: KubeObject): string {
  const claim = recordAt(volume, "spec", "claimRef");
  return textAt(claim, "name") === undefined
    ? ""
    : `${textAt(claim, "namespace") ?? ""}/${textAt(claim, "name") ?? ""}`;
}

function attributesClass(object: KubeObject): string {
  return textAt(object, "spec", "volumeAttributesClassName") ?? "<unset>";
}

function volumeMode(object: KubeObject): string {
  return textAt(object, "spec", "volumeMode") ?? "<unset>";
}

function tokenAudiences(driver: KubeObject): string {
  return listAt(driver, "spec", "tokenRequests")
    .map((request) => textAt(request, "audience") ?? "")
    .join(",");
}
