import type { KubeObject } from "../../objects.ts";
import { validatePolicyLabels } from "../admission/pod-security/pod-security.ts";
import { fill, recordIn } from "../defaults/fill.ts";
import { listAt, recordAt, textAt } from "../json.ts";
import { ageColumn, column, integerColumn } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { validateConfigMap, validateDataUpdate, validateSecret } from "../validation/data.ts";
import { validateFinalizer } from "../validation/metadata.ts";

const core = { group: "", version: "v1" } as const;

export const coreResources: readonly ResourceType[] = [
  defineResource({
    ...core,
    kind: "Namespace",
    plural: "namespaces",
    shortNames: ["ns"],
    namespaced: false,
    nameRule: "label",
    verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
    subresources: ["finalize", "status"],
    typeName: "V1Namespace",
    setDefaults: (draft) => {
      draft.metadata.labels = { ...draft.metadata.labels, "kubernetes.io/metadata.name": draft.metadata.name };
      fill(recordIn(draft, "status"), { phase: "Active" });
    },
    prepare: (object) => ({ ...object, spec: { ...recordAt(object, "spec"), finalizers: finalizersOf(object) } }),
    initialStatus: () => ({ phase: "Active" }),
    validate: (object) => [
      ...validatePolicyLabels(object),
      ...listAt(object, "spec", "finalizers").flatMap((name) => validateFinalizer("spec.finalizers", String(name))),
    ],
    keepAllocated: (next, previous) => ({ ...next, spec: { ...recordAt(previous, "spec") } }),
    selectableFields: { "status.phase": (object) => textAt(object, "status", "phase") ?? "" },
    columns: [column("Status", (object) => textAt(object, "status", "phase") ?? ""), ageColumn],
  }),
  defineResource({
    ...core,
    kind: "ConfigMap",
    plural: "configmaps",
    shortNames: ["cm"],
    typeName: "V1ConfigMap",
    validate: validateConfigMap,
    validateUpdate: validateDataUpdate,
    columns: [
      integerColumn(
        "Data",
        (object) => Object.keys(recordAt(object, "data")).length + Object.keys(recordAt(object, "binaryData")).length,
      ),
      ageColumn,
    ],
  }),
  defineResource({
    ...core,
    kind: "Secret",
    plural: "secrets",
    typeName: "V1Secret",
    setDefaults: (draft) => {
      draft["type"] ??= "Opaque";
      moveStringData(draft);
    },
    validate: validateSecret,
    validateUpdate: validateDataUpdate,
    selectableFields: { type: (object) => textAt(object, "type") ?? "" },
    columns: [
      column("Type", (object) => textAt(object, "type") ?? ""),
      integerColumn("Data", (object) => Object.keys(recordAt(object, "data")).length),
      ageColumn,
    ],
  }),
  defineResource({
    ...core,
    kind: "ServiceAccount",
    plural: "serviceaccounts",
    shortNames: ["sa"],
    subresources: ["token"],
    typeName: "V1ServiceAccount",
    columns: [ageColumn],
  }),
];

/** `stringData` is only for writing: it ends up in `data`, as base64. */
function moveStringData(draft: Record<string, unknown>): void {
  const texts = Object.entries(recordAt(draft, "stringData"));
  delete draft["stringData"];
  if (texts.length === 0) return;
  const encoded = texts.map(([key, text]) => [key, Buffer.from(String(text)).toString("base64")]);
  draft["data"] = { ...recordAt(draft, "data"), ...Object.fromEntries(encoded) };
}

/** What holds a namespace until it is empty comes last. */
function finalizersOf(namespace: KubeObject): readonly unknown[] {
  const own = listAt(namespace, "spec", "finalizers");
  return own.includes("kubernetes") ? own : [...own, "kubernetes"];
}
