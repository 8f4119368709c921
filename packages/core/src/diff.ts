import type { PropertyChange } from "./plan.ts";

export interface DiffOptions {
  /** Values at these paths are shown as `(secret)`. Called with paths as the changes have them. */
  readonly isSecret?: (path: string) => boolean;
  /** What a property means that only `before` has. `gone`: it goes away. `kept`: `after` says nothing about it. Default `gone`. */
  readonly missing?: "gone" | "kept";
}

/**
 * The properties in which two JSON values differ, leaf by leaf: `template.containers[shop].image`. Lists of named
 * things are compared by name, other lists by index. Null and absent are the same, as they are on the wire of Azure.
 */
export function diff(before: unknown, after: unknown, options: DiffOptions = {}): readonly PropertyChange[] {
  return [...changes("", before ?? undefined, after ?? undefined, options)];
}

function* changes(path: string, before: unknown, after: unknown, options: DiffOptions): Generator<PropertyChange> {
  const left = childrenOf(before);
  const right = childrenOf(after);
  if (canDescend(before, left, after, right)) {
    const isList = (left ?? right)?.kind === "list";
    for (const key of new Set([...(left?.items.keys() ?? []), ...(right?.items.keys() ?? [])])) {
      const wanted = right?.items.get(key) ?? undefined;
      if (wanted === undefined && options.missing === "kept" && !isList) continue;
      const inner = isList ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
      yield* changes(inner, left?.items.get(key) ?? undefined, wanted, options);
    }
    return;
  }
  if (isSame(before, after)) return;
  const shown = (value: unknown) => (options.isSecret?.(path) ? "(secret)" : value);
  yield {
    path,
    ...(before === undefined ? {} : { before: shown(before) }),
    ...(after === undefined ? {} : { after: shown(after) }),
  };
}

/** A branch that comes or goes is told leaf by leaf too; an empty one is a leaf. */
function canDescend(before: unknown, left: Children | undefined, after: unknown, right: Children | undefined): boolean {
  if (left && right) return left.kind === right.kind && left.items.size + right.items.size > 0;
  if (left) return after === undefined && left.items.size > 0;
  return right !== undefined && before === undefined && right.items.size > 0;
}

interface Children {
  readonly kind: "object" | "list";
  readonly items: ReadonlyMap<string, unknown>;
}

function childrenOf(value: unknown): Children | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value)) return { kind: "object", items: new Map(Object.entries(value)) };
  const names = value.map(nameOf);
  const isNamed = names.length > 0 && names.every((name) => name !== undefined) && new Set(names).size === names.length;
  return { kind: "list", items: new Map(value.map((item, index) => [(isNamed && names[index]) || `${index}`, item])) };
}

function nameOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("name" in value)) return undefined;
  return typeof value.name === "string" ? value.name : undefined;
}

function isSame(before: unknown, after: unknown): boolean {
  return before === after || JSON.stringify(before) === JSON.stringify(after);
}
