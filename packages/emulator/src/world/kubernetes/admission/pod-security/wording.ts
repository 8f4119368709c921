import { isRecord, type JsonRecord, listAt, recordAt } from "../../json.ts";

/** What a check of the Pod Security Standards has against a pod. */
export interface Violation {
  /** `allowPrivilegeEscalation != false`. */
  readonly reason: string;
  readonly detail: string;
}

export interface PodSubject {
  readonly spec: JsonRecord;
  readonly containers: readonly JsonRecord[];
}

export type Check = (pod: PodSubject) => readonly Violation[];

/** The containers in the order in which they are looked at. */
export function subjectOf(spec: JsonRecord): PodSubject {
  const containers = ["initContainers", "containers", "ephemeralContainers"].flatMap((member) =>
    listAt(spec, member).filter(isRecord),
  );
  return { spec, containers };
}

export function contextOf(holder: JsonRecord): JsonRecord {
  return recordAt(holder, "securityContext");
}

export function violation(reason: string, detail: string): readonly Violation[] {
  return [{ reason, detail }];
}

/** `container "a"`, `containers "a", "b"`. */
export function named(noun: string, holders: readonly JsonRecord[]): string {
  return `${plural(noun, holders.length)} ${quoted(holders.map(({ name }) => String(name as string)))}`;
}

export function plural(noun: string, count: number): string {
  return count === 1 ? noun : `${noun}s`;
}

export function quoted(texts: readonly string[]): string {
  return texts.map((text) => JSON.stringify(text)).join(", ");
}

/** `pod and container "a"`; undefined when nobody is meant. */
export function setters(pod: boolean, containers: readonly JsonRecord[]): string | undefined {
  const parts = [...(pod ? ["pod"] : []), ...(containers.length > 0 ? [named("container", containers)] : [])];
  return parts.length === 0 ? undefined : parts.join(" and ");
}

export function sortedSet(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted();
}
