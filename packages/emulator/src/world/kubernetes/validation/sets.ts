import type { KubeObject } from "../../objects.ts";
import { at, isRecord, listAt, numberAt, recordAt, sameJson, scalarText, textAt } from "../json.ts";
import { validateClaimSpec } from "./claims.ts";
import { type FieldError, forbiddenField, invalidValue, itemPath, notSupported, required } from "./field-errors.ts";
import { goForm } from "./go-form.ts";
import { validateName } from "./metadata.ts";
import { validateIntOrPercent, validateNotNegative } from "./ports.ts";
import { oneOf } from "./values.ts";
import { validateReplicated } from "./workloads.ts";

/** Rules and wording of kubernetes: pkg/apis/apps/validation/validation.go, stateful sets and daemon sets. */

export function validateStatefulSet(set: KubeObject): readonly FieldError[] {
  const spec = recordAt(set, "spec");
  const claims = listAt(spec, "volumeClaimTemplates").map((claim) => textAt(claim, "metadata", "name") ?? "");
  const policy = recordAt(spec, "persistentVolumeClaimRetentionPolicy");
  const path = "spec.persistentVolumeClaimRetentionPolicy";
  return [
    ...validateManagement(spec["podManagementPolicy"]),
    ...validateStatefulStrategy(recordAt(spec, "updateStrategy")),
    ...validateReplicated(set, "statefulset", claims),
    ...(spec["serviceName"] ? validateName("spec.serviceName", scalarText(spec["serviceName"]), "label") : []),
    ...listAt(spec, "volumeClaimTemplates").flatMap((claim, index) =>
      validateClaimSpec(recordAt(claim, "spec"), `${itemPath("spec.volumeClaimTemplates", index)}.spec`),
    ),
    ...validateNotNegative(at(spec, "ordinals", "start"), "spec.ordinals.start"),
    ...oneOf(policy["whenDeleted"], ["Retain", "Delete"], `${path}.whenDeleted`),
    ...oneOf(policy["whenScaled"], ["Retain", "Delete"], `${path}.whenScaled`),
  ];
}

const changeable = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];

export function validateStatefulSetUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const fixed = (set: KubeObject): unknown =>
    Object.fromEntries(Object.entries(recordAt(set, "spec")).filter(([name]) => !changeable.includes(name)));
  if (sameJson(fixed(next), fixed(previous))) return [];
  const why =
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
  return [forbiddenField("spec", why)];
}

export function validateDaemonSet(set: KubeObject): readonly FieldError[] {
  const spec = recordAt(set, "spec");
  return [
    ...validateReplicated(set, "daemonset"),
    ...validateNotNegative(spec["revisionHistoryLimit"], "spec.revisionHistoryLimit"),
    ...validateDaemonStrategy(recordAt(spec, "updateStrategy")),
  ];
}

function validateManagement(policy: unknown): readonly FieldError[] {
  if (policy === "OrderedReady" || policy === "Parallel") return [];
  return [invalidValue("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")];
}

function validateStatefulStrategy(strategy: Record<string, unknown>): readonly FieldError[] {
  const path = "spec.updateStrategy";
  const rolling = strategy["rollingUpdate"];
  switch (strategy["type"]) {
    case "OnDelete":
      return rolling === undefined
        ? []
        : [
            invalidValue(
              `${path}.rollingUpdate`,
              goForm("apps.RollingUpdateStatefulSetStrategy", rolling),
              "only allowed for updateStrategy 'RollingUpdate'",
            ),
          ];
    case "RollingUpdate":
      return validatePartition(recordAt(strategy, "rollingUpdate"), `${path}.rollingUpdate`);
    default:
      return [
        invalidValue(path, goForm("apps.StatefulSetUpdateStrategy", strategy), "must be 'RollingUpdate' or 'OnDelete'"),
      ];
  }
}

function validatePartition(rolling: Record<string, unknown>, path: string): readonly FieldError[] {
  const { maxUnavailable } = rolling;
  const none = maxUnavailable === 0 || maxUnavailable === "0%";
  return [
    ...validateNotNegative(rolling["partition"], `${path}.partition`),
    ...validateIntOrPercent(maxUnavailable, `${path}.maxUnavailable`),
    ...(none ? [invalidValue(`${path}.maxUnavailable`, maxUnavailable, "cannot be 0")] : []),
  ];
}

function validateDaemonStrategy(strategy: Record<string, unknown>): readonly FieldError[] {
  const path = "spec.updateStrategy";
  if (strategy["type"] === "OnDelete") return [];
  if (strategy["type"] !== "RollingUpdate") {
    return [notSupported(path, goForm("apps.DaemonSetUpdateStrategy", strategy), ["RollingUpdate", "OnDelete"])];
  }
  if (!isRecord(strategy["rollingUpdate"])) return [required(`${path}.rollingUpdate`)];
  const { maxSurge, maxUnavailable } = strategy["rollingUpdate"];
  const rolling = `${path}.rollingUpdate`;
  const [surges, mayMiss] = [isSome(maxSurge), isSome(maxUnavailable)];
  const unreadable = typeof maxSurge === "string" && !maxSurge.endsWith("%");
  return [
    ...validateIntOrPercent(maxUnavailable, `${rolling}.maxUnavailable`),
    ...validateIntOrPercent(maxSurge, `${rolling}.maxSurge`),
    ...(surges && mayMiss && !unreadable
      ? [invalidValue(`${rolling}.maxSurge`, maxSurge, "may not be set when maxUnavailable is non-zero")]
      : []),
    ...(!surges && !mayMiss ? [required(`${rolling}.maxUnavailable`, "cannot be 0 when maxSurge is 0")] : []),
  ];
}

function isSome(value: unknown): boolean {
  return value !== undefined && value !== 0 && value !== "0%";
}

export function validateRevision(revision: KubeObject): readonly FieldError[] {
  return [
    ...(revision["data"] === undefined ? [required("data", "data is mandatory")] : []),
    ...validateNotNegative(numberAt(revision, "revision"), "revision"),
  ];
}

export function validateRevisionUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  return sameJson(next["data"], previous["data"]) ? [] : [invalidValue("data", next["data"], "field is immutable")];
}
