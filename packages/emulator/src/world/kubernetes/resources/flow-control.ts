import type { KubeObject } from "../../objects.ts";
import { fill, recordIn } from "../defaults/fill.ts";
import { at, isRecord, numberAt, scalarText, textAt } from "../json.ts";
import { ageColumn, column, conditionStatus, integerColumn } from "../printing/cells.ts";
import { type Column, defineResource, type ResourceType } from "../resource-type.ts";
import { validateFlowSchema, validatePriorityLevel } from "../validation/flow-control.ts";

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
      setDefaults: (draft) => fill(recordIn(draft, "spec"), { matchingPrecedence: 1_000 }),
      initialStatus: () => ({}),
      validate: validateFlowSchema,
      columns: [
        column("PriorityLevel", (object) => textAt(object, "spec", "priorityLevelConfiguration", "name") ?? ""),
        integerColumn("MatchingPrecedence", (object) => numberAt(object, "spec", "matchingPrecedence") ?? 1_000),
        column("DistinguisherMethod", (object) => textAt(object, "spec", "distinguisherMethod", "type") ?? "<none>"),
        ageColumn,
        column("MissingPL", (object) => conditionStatus(object, "Dangling") ?? "?"),
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
      setDefaults: setLevelDefaults,
      initialStatus: () => ({}),
      validate: validatePriorityLevel,
      columns: [column("Type", (object) => textAt(object, "spec", "type") ?? ""), ...levelColumns, ageColumn],
    }),
  ];
}

/** Defaults of kubernetes: pkg/apis/flowcontrol/v1/defaults.go. */
function setLevelDefaults(draft: KubeObject): void {
  const spec = recordIn(draft, "spec");
  if (isRecord(spec["exempt"])) fill(spec["exempt"], { nominalConcurrencyShares: 0, lendablePercent: 0 });
  if (!isRecord(spec["limited"])) return;
  fill(spec["limited"], { nominalConcurrencyShares: 30, lendablePercent: 0 });
  const queuing = recordIn(spec["limited"], "limitResponse")["queuing"];
  if (isRecord(queuing)) fill(queuing, { queues: 64, handSize: 8, queueLengthLimit: 50 });
}

const levelColumns: readonly Column[] = [
  levelColumn("NominalConcurrencyShares", "nominalConcurrencyShares"),
  levelColumn("Queues", "limitResponse", "queuing", "queues"),
  levelColumn("HandSize", "limitResponse", "queuing", "handSize"),
  levelColumn("QueueLengthLimit", "limitResponse", "queuing", "queueLengthLimit"),
];

function levelColumn(name: string, ...path: readonly string[]): Column {
  return column(name, (object) => scalarText(at(object, "spec", "limited", ...path) ?? "<none>"));
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
