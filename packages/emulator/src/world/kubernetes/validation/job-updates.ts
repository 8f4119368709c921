import type { KubeObject } from "../../objects.ts";
import { at, type JsonRecord, listAt, recordAt, sameJson, textAt } from "../json.ts";
import { validateJobSpec } from "./batch.ts";
import { type FieldError, invalidValue } from "./field-errors.ts";
import { validateImmutable } from "./metadata.ts";

/** Rules and wording of kubernetes: pkg/apis/batch/validation/validation.go, changes of a job. */

export function validateJobUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const [spec, before] = [recordAt(next, "spec"), recordAt(previous, "spec")];
  const fixed = (name: string, goType?: string): readonly FieldError[] =>
    validateImmutable(`spec.${name}`, spec[name], before[name], goType);
  return [
    // What asks for pods is judged once more.
    ...validateJobSpec(spec, "spec"),
    ...validateCompletionsUpdate(spec, before),
    ...fixed("selector"),
    ...validateTemplateUpdate(spec["template"], before["template"], previous),
    ...fixed("completionMode"),
    ...fixed("podFailurePolicy", "batch.PodFailurePolicy"),
    ...fixed("backoffLimitPerIndex"),
    ...fixed("managedBy"),
    ...fixed("successPolicy", "batch.SuccessPolicy"),
  ];
}

/** What says where its pods go may change while the job has not begun, and what they get while it is suspended. */
function validateTemplateUpdate(template: unknown, before: unknown, job: KubeObject): readonly FieldError[] {
  const suspended = at(job, "spec", "suspend") === true;
  const unstarted = suspended && at(job, "status", "startTime") === undefined;
  const old = unstarted ? withDirectivesOf(template, before) : recordAt(before);
  if (!suspended) return validateImmutable("spec.template", template, old, "core.PodTemplateSpec");
  const spec = recordAt(template, "spec");
  const allowed = withResourcesOf(spec, recordAt(old, "spec"));
  return validateImmutable("spec.template.spec", spec, allowed, "core.PodSpec");
}

/** `before`, with the scheduling directives of `template`. */
function withDirectivesOf(template: unknown, before: unknown): JsonRecord {
  const affinityOf = (affinity: unknown): JsonRecord | undefined => {
    const nodeAffinity = at(template, "spec", "affinity", "nodeAffinity");
    const { nodeAffinity: _, ...rest } = recordAt(affinity);
    const whole = { ...rest, ...(nodeAffinity === undefined ? {} : { nodeAffinity }) };
    return Object.keys(whole).length === 0 && at(template, "spec", "affinity") === undefined ? undefined : whole;
  };
  const given = Object.entries(recordAt(template, "spec")).filter(([name]) => directives.has(name));
  const kept = Object.entries(recordAt(before, "spec")).filter(
    ([name]) => !directives.has(name) && name !== "affinity",
  );
  const affinity = affinityOf(at(before, "spec", "affinity"));
  const metadata = at(template, "metadata");
  const spec = Object.fromEntries([...kept, ...given, ...(affinity ? [["affinity", affinity] as const] : [])]);
  return { ...recordAt(before), ...(metadata === undefined ? {} : { metadata }), spec };
}

const directives: ReadonlySet<string> = new Set(["nodeSelector", "tolerations", "schedulingGates"]);

/** `before`, with what the containers of `spec` ask for. */
function withResourcesOf(spec: JsonRecord, before: JsonRecord): JsonRecord {
  const members = ["containers", "initContainers"].flatMap((member) => {
    const [after, old] = [listAt(spec, member), listAt(before, member)];
    if (after.length !== old.length || old.length === 0) return [];
    const given = old.map((container, index) =>
      textAt(container, "name") === textAt(after[index], "name")
        ? { ...recordAt(container), resources: at(after[index], "resources") }
        : container,
    );
    return [[member, given] as const];
  });
  return { ...before, ...Object.fromEntries(members) };
}

/** An Indexed job may change its completions together with its parallelism. */
function validateCompletionsUpdate(spec: JsonRecord, before: JsonRecord): readonly FieldError[] {
  if (sameJson(spec["completions"], before["completions"])) return [];
  if (spec["completionMode"] !== "Indexed") {
    return validateImmutable("spec.completions", spec["completions"], before["completions"]);
  }
  if (spec["completions"] === spec["parallelism"] && before["completions"] === before["parallelism"]) return [];
  if (spec["completions"] === undefined) return [];
  const why = "can only be modified in tandem with spec.parallelism";
  return [invalidValue("spec.completions", spec["completions"], why)];
}
