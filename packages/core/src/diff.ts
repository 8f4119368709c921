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
  if (after === undefined && options.missing === "kept") return;
  const left = childrenOf(before);
  const right = childrenOf(after);
  if (left?.kind === right?.kind && left && right) {
    for (const key of new Set([...left.items.keys(), ...right.items.keys()])) {
      const inner = right.kind === "object" ? (path === "" ? key : `${path}.${key}`) : `${path}[${key}]`;
      yield* changes(inner, left.items.get(key) ?? undefined, right.items.get(key) ?? undefined, options);
    }
    return;
  }
  if (isSame(before, after)) return;
  yield {
    path,
    ...(before === undefined ? {} : { before: masked(path, before, options) }),
    ...(after === undefined ? {} : { after: masked(path, after, options) }),
  };
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

/** A whole branch that comes or goes is shown without the secrets in it. */
function masked(path: string, value: unknown, options: DiffOptions): unknown {
  if (options.isSecret?.(path)) return "(secret)";
  const children = childrenOf(value);
  if (!children || !options.isSecret) return value;
  const entries = [...children.items].map(([key, inner]): [string, unknown] => {
    const innerPath = children.kind === "object" ? (path === "" ? key : `${path}.${key}`) : `${path}[${key}]`;
    return [key, masked(innerPath, inner, options)];
  });
  return children.kind === "object" ? Object.fromEntries(entries) : entries.map(([, inner]) => inner);
}
