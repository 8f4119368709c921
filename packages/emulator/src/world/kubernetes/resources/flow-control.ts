import { numberAt, textAt } from "../json.ts";
import { ageColumn, column, integerColumn } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";

const group = "flowcontrol.apiserver.k8s.io";

function versionsOf(version: "v1" | "v1beta3"): readonly ResourceType[] {
  return [
    defineResource({
      group,
      version,
      ...oldVersion(version, "FlowSchema"),
      kind: "FlowSchema",
      plural: "flowschemas",
      namespaced: false,
      subresources: ["status"],
      typeName: "V1FlowSchema",
      initialStatus: () => ({}),
      columns: [
        column("PriorityLevel", (object) => textAt(object, "spec", "priorityLevelConfiguration", "name") ?? ""),
        integerColumn("MatchingPrecedence", (object) => numberAt(object, "spec", "matchingPrecedence") ?? 1_000),
        column("DistinguisherMethod", (object) => textAt(object, "spec", "distinguisherMethod", "type") ?? "<none>"),
        ageColumn,
      ],
    }),
    defineResource({
      group,
      version,
      ...oldVersion(version, "PriorityLevelConfiguration"),
      kind: "PriorityLevelConfiguration",
      plural: "prioritylevelconfigurations",
      namespaced: false,
      subresources: ["status"],
      typeName: "V1PriorityLevelConfiguration",
      initialStatus: () => ({}),
      columns: [column("Type", (object) => textAt(object, "spec", "type") ?? ""), ageColumn],
    }),
  ];
}

/** Both versions have the same fields; objects are kept as v1. Kubernetes 1.32 no longer serves v1beta3 (deprecation guide). */
function oldVersion(version: "v1" | "v1beta3", kind: string): Partial<ResourceType> {
  if (version === "v1") return {};
  const resource = kind === "FlowSchema" ? "flowschemas" : "prioritylevelconfigurations";
  return {
    deprecation: `${group}/v1beta3 ${kind} is deprecated in v1.29+, unavailable in v1.32+; use ${group}/v1 ${kind}`,
    removedIn: "1.32",
    stored: {
      resource: { group, resource },
      toStored: (object) => ({ ...object, apiVersion: `${group}/v1` }),
      fromStored: (object) => ({ ...object, apiVersion: `${group}/v1beta3` }),
    },
  };
}

export const flowControlResources: readonly ResourceType[] = [...versionsOf("v1"), ...versionsOf("v1beta3")];
