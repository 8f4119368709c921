import type { KubeObject } from "../objects.ts";
import type { Call } from "./call.ts";
import { sameDesired } from "./generation.ts";
import type { ResourceType } from "./resource-type.ts";
import { missingFields } from "./schema/decode.ts";
import type { FieldError } from "./validation/field-errors.ts";
import { validateMetadata, validateMetadataUpdate } from "./validation/metadata.ts";
import { validateBuiltInStatus } from "./validation/statuses.ts";

export function validateNew(type: ResourceType, object: KubeObject): readonly FieldError[] {
  return unique([
    ...validateMetadata(type, object),
    ...validateContent(type, object),
    ...(type.validateCreate?.(object) ?? []),
  ]);
}

/** What is as it was is valid: only the metadata is looked at when nothing else changed. */
export function validateChange(
  { type, subresource }: Call,
  next: KubeObject,
  previous: KubeObject,
  sent: KubeObject,
): readonly FieldError[] {
  const { deletionTimestamp, deletionGracePeriodSeconds } = sent.metadata;
  const metadata = {
    ...next.metadata,
    ...(deletionTimestamp ? { deletionTimestamp } : {}),
    ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
  };
  const inMetadata = validateMetadataUpdate(type, { ...next, metadata }, previous);
  if (sameDesired(previous, next)) return [...inMetadata, ...(type.validateMetadata?.(next, previous) ?? [])];
  const inUpdate = type.validateUpdate?.(next, previous, subresource) ?? [];
  return [...inMetadata, ...unique(validateContent(type, next)), ...inUpdate];
}

/** The status of what is defined by a schema is judged by that. */
export function validateStatus(type: ResourceType, next: KubeObject, previous: KubeObject): readonly FieldError[] {
  if (!type.custom) return validateBuiltInStatus(type, next, previous);
  return type.validateUpdate?.(next, previous, "status") ?? [];
}

/** A kind that has its own word on a field is not interrupted by the general rule that something has to be there. */
function validateContent(type: ResourceType, object: KubeObject): readonly FieldError[] {
  const own = type.validate?.(object) ?? [];
  if (type.judgesAll) return own;
  const judged = new Set(own.map(({ field }) => field));
  // What is said of metadata is said where it is judged.
  const missing = missingFields(type.typeName, object).filter(({ field }) => !field.startsWith("metadata."));
  return [...missing.filter(({ field }) => !judged.has(field)), ...own];
}

/** The first error of each field and reason: a rule of a kind may say more than the general one for required fields. */
function unique(errors: readonly FieldError[]): readonly FieldError[] {
  const byPlace = new Map<string, FieldError>();
  for (const error of errors)
    byPlace.set(`${error.field} ${error.reason} ${error.reason === "FieldValueRequired" ? "" : error.message}`, error);
  return [...byPlace.values()];
}
