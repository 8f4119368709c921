import { isIP } from "node:net";
import type { KubeObject } from "../../objects.ts";
import { type JsonRecord, listAt, numberAt, recordAt, scalarText, textAt } from "../json.ts";
import type { ResourceType } from "../resource-type.ts";
import { validateClaimStatus } from "./dynamic.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  itemPath,
  notSupported,
  required,
} from "./field-errors.ts";
import { validateJobStatus } from "./job-statuses.ts";
import { validateLabelKey, validateMetadataUpdate, validateName } from "./metadata.ts";
import { validatePodStatus } from "./pod/status.ts";
import { validateNotNegative } from "./ports.ts";
import { validateQuotaStatus } from "./quota.ts";
import { validateAddress } from "./values.ts";

/** What is wrong with a status that somebody writes. Rules and wording of kubernetes: pkg/apis/…/validation. */
export function validateBuiltInStatus(
  type: ResourceType,
  next: KubeObject,
  previous: KubeObject,
): readonly FieldError[] {
  const counts = countsOf.get(type.kind);
  const status = recordAt(next, "status");
  return [
    ...validateMetadataUpdate(type, next, previous),
    ...(counts ? validateCounts(status, counts) : []),
    ...(rules[type.kind]?.(next, previous) ?? []),
  ];
}

interface Counts {
  /** Never below zero. */
  readonly counted: readonly string[];
  /** Never more than there are. */
  readonly partOfAll: readonly string[];
  /** What is said where more are available than ready. */
  readonly moreThanReady?: string;
}

const countsOf: ReadonlyMap<string, Counts> = new Map(
  (
    [
      [
        "Deployment",
        "observedGeneration replicas updatedReplicas readyReplicas availableReplicas unavailableReplicas terminatingReplicas collisionCount",
        "updatedReplicas readyReplicas availableReplicas",
        "readyReplicas",
      ],
      [
        "ReplicaSet",
        "replicas fullyLabeledReplicas readyReplicas availableReplicas observedGeneration terminatingReplicas",
        "fullyLabeledReplicas readyReplicas availableReplicas",
        "readyReplicas",
      ],
      [
        "ReplicationController",
        "replicas fullyLabeledReplicas readyReplicas availableReplicas observedGeneration",
        "fullyLabeledReplicas readyReplicas availableReplicas",
        "readyReplicas",
      ],
      [
        "StatefulSet",
        "replicas readyReplicas currentReplicas updatedReplicas availableReplicas observedGeneration collisionCount",
        "readyReplicas currentReplicas updatedReplicas availableReplicas",
        "status.readyReplicas",
      ],
      [
        "DaemonSet",
        "currentNumberScheduled numberMisscheduled desiredNumberScheduled numberReady observedGeneration updatedNumberScheduled numberAvailable numberUnavailable collisionCount",
        "",
        "",
      ],
      ["PodDisruptionBudget", "disruptionsAllowed currentHealthy desiredHealthy expectedPods", "", ""],
      ["HorizontalPodAutoscaler", "currentReplicas desiredReplicas", "", ""],
    ] as const
  ).map(([kind, counted, partOfAll, ready]): [string, Counts] => [
    kind,
    {
      counted: counted.split(" "),
      partOfAll: partOfAll === "" ? [] : partOfAll.split(" "),
      ...(ready === "" ? {} : { moreThanReady: `cannot be greater than ${ready}` }),
    },
  ]),
);

function validateCounts(status: JsonRecord, { counted, partOfAll, moreThanReady }: Counts): readonly FieldError[] {
  const countOf = (member: string): number => numberAt(status, member) ?? 0;
  const more = (member: string, than: string, why: string): readonly FieldError[] =>
    countOf(member) > countOf(than) ? [invalidValue(`status.${member}`, countOf(member), why)] : [];
  return [
    ...counted.flatMap((member) => validateNotNegative(status[member], `status.${member}`)),
    ...partOfAll.flatMap((member) => more(member, "replicas", "cannot be greater than status.replicas")),
    ...(moreThanReady === undefined ? [] : more("availableReplicas", "readyReplicas", moreThanReady)),
  ];
}

type StatusRule = (next: KubeObject, previous: KubeObject) => readonly FieldError[];

const rules: Readonly<Record<string, StatusRule>> = {
  Ingress: (next) => validateBalancer(next, true),
  Job: validateJobStatus,
  Namespace: validateNamespaceStatus,
  Pod: validatePodStatus,
  PodDisruptionBudget: (next) => validateConditions(listAt(next, "status", "conditions")),
  ResourceClaim: validateClaimStatus,
  ResourceQuota: validateQuotaStatus,
  Service: validateServiceStatus,
};

function validateNamespaceStatus(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const phase = textAt(next, "status", "phase") ?? "";
  const ends = previous.metadata.deletionTimestamp !== undefined;
  if (phase === (ends ? "Terminating" : "Active")) return [];
  const why = ends
    ? "may only be 'Terminating' if `deletionTimestamp` is not empty"
    : "may only be 'Active' if `deletionTimestamp` is empty";
  return [invalidValue("status.Phase", phase, why)];
}

function validateServiceStatus(next: KubeObject): readonly FieldError[] {
  if (textAt(next, "spec", "type") === "LoadBalancer") return validateBalancer(next, false);
  const used = listAt(next, "status", "loadBalancer", "ingress").length > 0;
  const why = "may only be used when `spec.type` is 'LoadBalancer'";
  return used ? [forbiddenField("status.loadBalancer.ingress", why)] : [];
}

function validateBalancer(object: KubeObject, isIngress: boolean): readonly FieldError[] {
  return listAt(object, "status", "loadBalancer", "ingress").flatMap((point, index) => {
    const path = itemPath("status.loadBalancer.ingress", index);
    const [address, hostname] = [textAt(point, "ip") ?? "", textAt(point, "hostname") ?? ""];
    const isAddress = "must be a DNS name, not an IP address";
    return [
      ...(address === "" ? [] : validateAddress(address, `${path}.ip`)),
      ...(isIngress ? [] : validateMode(point, address, `${path}.ipMode`)),
      ...(hostname === "" ? [] : validateName(`${path}.hostname`, hostname, "subdomain")),
      ...(isIP(hostname) === 0 ? [] : [invalidValue(`${path}.hostname`, hostname, isAddress)]),
    ];
  });
}

function validateMode(point: unknown, address: string, path: string): readonly FieldError[] {
  const mode = textAt(point, "ipMode");
  if (mode === undefined) return address === "" ? [] : [required(path, "must be specified when `ip` is set")];
  if (address === "") return [forbiddenField(path, "may not be specified when `ip` is not set")];
  return mode === "Proxy" || mode === "VIP" ? [] : [notSupported(path, mode, ["Proxy", "VIP"])];
}

const reasonText = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?";

/** Conditions of meta/v1 (apimachinery: pkg/apis/meta/v1/validation). */
function validateConditions(conditions: readonly unknown[]): readonly FieldError[] {
  const types = conditions.map((condition) => textAt(condition, "type") ?? "");
  return conditions.flatMap((condition, index) => {
    const path = itemPath("status.conditions", index);
    const [type, reason] = [types[index] ?? "", textAt(condition, "reason") ?? ""];
    const status = scalarText(recordAt(condition)["status"]);
    return [
      ...(types.indexOf(type) < index ? [duplicate(`${path}.type`, type)] : []),
      ...validateLabelKey(`${path}.type`, type),
      ...(["True", "False", "Unknown"].includes(status)
        ? []
        : [notSupported(`${path}.status`, status, ["False", "True", "Unknown"])]),
      ...(textAt(condition, "lastTransitionTime") ? [] : [required(`${path}.lastTransitionTime`)]),
      ...(reason === "" ? [required(`${path}.reason`)] : validateReason(reason, `${path}.reason`)),
    ];
  });
}

function validateReason(reason: string, path: string): readonly FieldError[] {
  if (new RegExp(`^${reasonText}$`).test(reason)) return [];
  const why = `a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${reasonText}')`;
  return [invalidValue(path, reason, why)];
}
