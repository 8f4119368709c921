import type { KubeObject, ObjectMeta } from "../../objects.ts";
import { type Actor, askedFor, type OwnershipStep } from "../../ownership.ts";
import { recordAt } from "../json.ts";
import type { ResourceType } from "../resource-type.ts";
import { changeIfTyped, recordUpdate, withFirstWriter } from "./managers.ts";

type ManagedFields = ObjectMeta["managedFields"];

/** After each step, worked out once: the steps before it stay the same for as long as it is there. */
const known = new WeakMap<OwnershipStep, ManagedFields>();

/**
 * The object with the managed fields of those who have written it past the API. They are remembered, unless it is one of many
 * that are read once.
 */
export function withOwners(type: ResourceType, stored: KubeObject, remembers = true): KubeObject {
  const { pendingOwners, ...metadata } = stored.metadata;
  if (!pendingOwners) return stored;
  // Of a version that is not the one in which controllers write, nobody is said.
  if (type.stored && !type.custom) return { ...stored, metadata };
  const { steps } = pendingOwners;
  const managedFields = steps.reduce<ManagedFields>(
    (managers, step) => known.get(step) ?? afterStep(type, managers, step, remembers),
    metadata.managedFields,
  );
  return { ...stored, metadata: { ...metadata, ...(managedFields ? { managedFields } : {}) } };
}

/** Of what is made after a pattern. */
const ofPattern = new WeakMap<object, readonly unknown[]>();

function afterStep(
  type: ResourceType,
  managers: ManagedFields,
  step: OwnershipStep,
  remembers: boolean,
): ManagedFields {
  const after = (step.pattern && fromPattern(step, step.pattern)) ?? recorded(type, managers, step);
  if (remembers) known.set(step, after);
  return after;
}

function fromPattern({ time }: OwnershipStep, pattern: object): ManagedFields {
  return ofPattern.get(pattern)?.map((entry) => ({ ...recordAt(entry), time }));
}

function recorded(type: ResourceType, managers: ManagedFields, step: OwnershipStep): ManagedFields {
  const { before, after: _after, pattern, ...writer } = step;
  const after = askedFor(step);
  if (!after) return managers;
  if (before && managers && writer.subresource === "status" && !managers.some(ownsStatus(writer))) {
    const change = changeIfTyped(type, before, after);
    return change ? withFirstWriter(managers, change, type, writer) : managers;
  }
  const own = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, ...(managers ? { managedFields: managers } : {}) },
  });
  const { managedFields } = recordUpdate(type, before && own(before), own(after), writer).metadata;
  if (pattern && managedFields) ofPattern.set(pattern, managedFields);
  return managedFields;
}

/** Some of it already, or something else in the writer's own name. */
function ownsStatus({ manager, subresource }: Actor): (entry: unknown) => boolean {
  return (entry) => {
    const { manager: owner, subresource: part, fieldsV1 } = recordAt(entry);
    return recordAt(fieldsV1)["f:status"] !== undefined || (owner === manager && part === subresource);
  };
}
