import type { Cluster } from "../../../cluster.ts";
import type { KubeObject } from "../../../objects.ts";
import { type JsonRecord, recordAt, sameJson } from "../../json.ts";
import type { ResourceType } from "../../resource-type.ts";
import { forbidden } from "../../status-error.ts";
import { type FieldError, invalid, invalidValue } from "../../validation/field-errors.ts";
import { baselineChecks } from "./baseline.ts";
import { restrictedChecks } from "./restricted.ts";
import { type Check, subjectOf, type Violation } from "./wording.ts";

/** The Pod Security Standards, as labels of a namespace ask for them (k8s.io/pod-security-admission). */

const prefix = "pod-security.kubernetes.io/";
const levels: Readonly<Record<string, readonly Check[]>> = {
  privileged: [],
  baseline: baselineChecks,
  restricted: restrictedChecks,
};

interface Policy {
  readonly level: string;
  readonly version: string;
}

type Mode = "audit" | "enforce" | "warn";

function policyOf(labels: Readonly<Record<string, string>>, mode: Mode): Policy {
  const level = labels[`${prefix}${mode}`] ?? "privileged";
  return { level: level in levels ? level : "restricted", version: labels[`${prefix}${mode}-version`] ?? "latest" };
}

function violationsOf({ level }: Policy, spec: JsonRecord): readonly Violation[] {
  const pod = subjectOf(spec);
  return (levels[level] ?? []).flatMap((check) => check(pod));
}

function describe(policy: Policy, violations: readonly Violation[]): string {
  const details = violations.map(({ reason, detail }) => `${reason} (${detail})`).join(", ");
  return `violate PodSecurity "${policy.level}:${policy.version}": ${details}`;
}

/** Where the pod stands in what runs pods. */
const templates: Readonly<Record<string, readonly string[]>> = {
  podtemplates: ["template", "spec"],
  replicationcontrollers: ["spec", "template", "spec"],
  "replicasets.apps": ["spec", "template", "spec"],
  "deployments.apps": ["spec", "template", "spec"],
  "statefulsets.apps": ["spec", "template", "spec"],
  "daemonsets.apps": ["spec", "template", "spec"],
  "jobs.batch": ["spec", "template", "spec"],
  "cronjobs.batch": ["spec", "jobTemplate", "spec", "template", "spec"],
};

/** Refuses a pod that the namespace does not take, and warns of what it would not take. */
export function checkPodSecurity(
  { store }: Pick<Cluster, "store">,
  type: ResourceType,
  next: KubeObject,
  warn: (text: string) => void,
  previous?: KubeObject,
): void {
  const isPod = type.group === "" && type.plural === "pods";
  const place = isPod ? ["spec"] : templates[type.group === "" ? type.plural : `${type.plural}.${type.group}`];
  if (place === undefined) return;
  const namespace = store.get({ group: "", resource: "namespaces" }, undefined, next.metadata.namespace ?? "");
  const labels = namespace?.metadata.labels ?? {};
  if (!Object.keys(labels).some((label) => label.startsWith(prefix))) return;
  const spec = recordAt(next, ...place);
  if (isPod && previous && sameJson(spec, recordAt(previous, ...place))) return;
  const enforced = policyOf(labels, "enforce");
  const refused = isPod ? violationsOf(enforced, spec) : [];
  if (refused.length > 0)
    throw forbidden(type, next.metadata.name, describe(enforced, refused).replace(/^violate/, "violates"));
  const warned = policyOf(labels, "warn");
  const violations = violationsOf(warned, spec);
  if (violations.length > 0) warn(`would ${describe(warned, violations)}`);
}

/** Labels of a namespace that ask for what there is not. */
export function validatePolicyLabels({ metadata: { labels = {} } }: KubeObject): readonly FieldError[] {
  return (["enforce", "audit", "warn"] as const).flatMap((mode) => {
    const level = labels[`${prefix}${mode}`];
    const version = labels[`${prefix}${mode}-version`];
    const path = (name: string): string => `metadata.labels[${prefix}${name}]`;
    return [
      ...(level === undefined || level in levels
        ? []
        : [invalidValue(path(mode), level, "must be one of privileged, baseline, restricted")]),
      ...(version === undefined || version === "latest" || /^v1\.(0|[1-9]\d*)$/.test(version)
        ? []
        : [invalidValue(path(`${mode}-version`), version, 'must be "latest" or "v1.x"')]),
    ];
  });
}

const namespaceSubject = { group: "", plural: "namespaces", kind: "Namespace" };

const strictness: readonly string[] = ["privileged", "baseline", "restricted"];

/** Of a namespace that changes: pods that are there already stay; whoever makes the rules stricter is told of them. */
export function checkNamespacePolicy(
  { store }: Pick<Cluster, "store">,
  next: KubeObject,
  previous: KubeObject,
  warn: (text: string) => void,
): void {
  const errors = validatePolicyLabels(next);
  if (errors.length > 0) throw invalid(namespaceSubject, next.metadata.name, errors);
  const after = policyOf(next.metadata.labels ?? {}, "enforce");
  const before = policyOf(previous.metadata.labels ?? {}, "enforce");
  const isStricter = strictness.indexOf(after.level) > strictness.indexOf(before.level);
  if (!isStricter && (after.level !== before.level || after.version === before.version)) return;
  const pods = store.list({ group: "", resource: "pods" }, next.metadata.name);
  const groups = Map.groupBy(pods, (pod) =>
    violationsOf(after, recordAt(pod, "spec"))
      .map(({ reason }) => reason)
      .join(", "),
  );
  groups.delete("");
  if (groups.size === 0) return;
  warn(
    `existing pods in namespace ${JSON.stringify(next.metadata.name)} violate the new PodSecurity enforce level "${after.level}:${after.version}"`,
  );
  for (const [reasons, [first, ...others]] of groups) {
    const more = others.length === 0 ? "" : ` (and ${others.length} other pod${others.length === 1 ? "" : "s"})`;
    warn(`${first?.metadata.name ?? ""}${more}: ${reasons}`);
  }
}
