import { at, isRecord, type JsonRecord, listAt, recordAt, sameJson } from "../../json.ts";
import { type FieldError, invalidValue, itemPath } from "../field-errors.ts";
import { goForm } from "../go-form.ts";

/** What may change of a pod that is there, and more while it waits at a gate (pkg/apis/core/validation: ValidatePodUpdate). */
export function withAllowed(spec: JsonRecord, before: JsonRecord): JsonRecord {
  const grace = spec["terminationGracePeriodSeconds"] === 1 && Number(before["terminationGracePeriodSeconds"]) < 0;
  const allowed = ["activeDeadlineSeconds", "tolerations", "schedulingGates"];
  if (grace) allowed.push("terminationGracePeriodSeconds");
  if (isGated(before)) allowed.push("nodeSelector");
  const kept = allowed.flatMap((name) => (before[name] === undefined ? [] : [[name, before[name]] as const]));
  const rest = Object.entries(spec).filter(([name]) => !allowed.includes(name));
  const munged: JsonRecord = Object.fromEntries([...rest, ...kept]);
  const { affinity: _, ...others } = munged;
  const affinity = isGated(before) ? withNodeAffinityOf(munged, before) : munged["affinity"];
  return {
    ...others,
    ...(affinity === undefined ? {} : { affinity }),
    ...withImagesOf(munged, before, "containers"),
    ...withImagesOf(munged, before, "initContainers"),
  };
}

export function isGated(spec: JsonRecord): boolean {
  return listAt(spec, "schedulingGates").length > 0;
}

/** Where it may go, a pod at a gate only narrows down. */
export function gatedErrors(spec: JsonRecord, before: JsonRecord): readonly FieldError[] {
  const selected = recordAt(spec, "nodeSelector");
  const grows = Object.entries(recordAt(before, "nodeSelector")).every(([name, value]) => selected[name] === value);
  const why = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
  return [
    ...(grows ? [] : [invalidValue("spec.nodeSelector", spec["nodeSelector"] ?? null, why)]),
    ...affinityErrors(spec, before),
  ];
}

const required = "requiredDuringSchedulingIgnoredDuringExecution";

function affinityErrors(spec: JsonRecord, before: JsonRecord): readonly FieldError[] {
  const termsOf = (of: JsonRecord): readonly JsonRecord[] =>
    listAt(of, "affinity", "nodeAffinity", required, "nodeSelectorTerms").map((term) => recordAt(term));
  const [old, terms] = [termsOf(before), termsOf(spec)];
  const path = `spec.affinity.nodeAffinity.${required}.nodeSelectorTerms`;
  const shown = terms.map((term) => goForm("core.NodeSelectorTerm", term));
  if (old.length > 0 && old.length !== terms.length) {
    const why = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
    return [invalidValue(path, shown.length === 0 ? null : shown, why)];
  }
  return old.flatMap((term, index) =>
    onlyGrows(terms[index] ?? {}, term)
      ? []
      : [invalidValue(itemPath(path, index), shown[index], "only additions are allowed (no mutations or deletions)")],
  );
}

function onlyGrows(term: JsonRecord, before: JsonRecord): boolean {
  const members = ["matchExpressions", "matchFields"];
  const was = members.map((member) => listAt(before, member));
  const wasEmpty = was.every((list) => list.length === 0);
  return members.every((member, index) => {
    const [list, old] = [listAt(term, member), was[index] ?? []];
    return wasEmpty ? list.length === 0 : sameJson(list.slice(0, old.length), old);
  });
}

function withNodeAffinityOf(spec: JsonRecord, before: JsonRecord): unknown {
  const affinity = spec["affinity"];
  const old = at(before, "affinity", "nodeAffinity");
  const { nodeAffinity: _, ...others } = recordAt(affinity);
  if (affinity !== undefined && before["affinity"] === undefined && Object.keys(others).length === 0) return undefined;
  if (old === undefined) return affinity === undefined ? undefined : others;
  return { ...others, nodeAffinity: old };
}

function withImagesOf(spec: JsonRecord, before: JsonRecord, member: string): JsonRecord {
  const containers = spec[member];
  if (!Array.isArray(containers)) return {};
  const old = listAt(before, member);
  const image = (index: number): unknown => recordAt(old[index])["image"];
  const withImage = (one: unknown, index: number): unknown => (isRecord(one) ? { ...one, image: image(index) } : one);
  return { [member]: containers.map(withImage) };
}
