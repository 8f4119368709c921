import { isRecord, type JsonRecord } from "../json.ts";

/** Sets the members that the draft leaves out. */
export function fill(draft: JsonRecord, defaults: JsonRecord): void {
  for (const [name, value] of Object.entries(defaults)) draft[name] ??= structuredClone(value);
}

/** The record at a member of the draft, made when it is not there. */
export function recordIn(draft: JsonRecord, member: string): JsonRecord {
  const found = draft[member];
  if (isRecord(found)) return found;
  const made: JsonRecord = {};
  draft[member] = made;
  return made;
}

/** The records in a list of the draft; none when there is no list. */
export function recordsIn(draft: JsonRecord, member: string): readonly JsonRecord[] {
  const found = draft[member];
  return Array.isArray(found) ? (found as unknown[]).filter(isRecord) : [];
}
