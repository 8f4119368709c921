import { builtInAtomicTypes, builtInMerges } from "../generated/merge-rules.ts";

/** How a list is merged: for server-side apply by `kind` and `keys`, for a strategic merge patch by `patch`. */
export interface ListMerge {
  readonly kind: "atomic" | "set" | "keyed";
  /** Of a keyed list. */
  readonly keys: readonly string[];
  /** What an item that leaves a key out has there. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Absent: a strategic merge patch replaces the list. `key` is "" for a list of scalars. */
  readonly patch?: { readonly strategy: string; readonly key: string };
}

/** Lists of Gateway API 1.4 that have keys. */
const customMerges: Readonly<Record<string, string>> = {
  "GatewayClassStatus.conditions": "map type",
  "GatewaySpec.listeners": "map name",
  "GatewayStatus.conditions": "map type",
  "GatewayStatus.listeners": "map name",
  "GatewayListenerStatus.conditions": "map type",
  "RouteParentStatus.conditions": "map type",
};

/** How the list at `Type.field` is merged. */
export function listMergeAt(place: string): ListMerge {
  const [own = "atomic", patch] = (builtInMerges[place] ?? customMerges[place] ?? "atomic").split("; ");
  const [strategy = "", key = ""] = patch?.split(" ") ?? [];
  const merge = applyMerge(own);
  const [only = "", ...others] = merge.keys;
  // Texts of built-in kinds are empty when they are left out.
  const isKeyed = merge.kind === "keyed" && others.length === 0 && builtInMerges[place] !== undefined;
  const whole = isKeyed ? { ...merge, defaults: { [only]: "" } } : merge;
  return { ...whole, ...(strategy.includes("merge") ? { patch: { strategy, key } } : {}) };
}

function applyMerge(code: string): ListMerge {
  if (code === "set") return { kind: "set", keys: [] };
  if (!code.startsWith("map ")) return atomicList;
  const keys = code.slice("map ".length).split(",");
  return { kind: "keyed", keys, ...(keys.includes("protocol") ? { defaults: { protocol: "TCP" } } : {}) };
}

export const atomicList: ListMerge = { kind: "atomic", keys: [] };

/** Types that have one owner as a whole in server-side apply. */
export const atomicTypes: ReadonlySet<string> = new Set(builtInAtomicTypes);

/** Whether the map at `Type.field` has one owner as a whole. */
export function isAtomicMap(place: string): boolean {
  return builtInMerges[place] === "atomic";
}

/** Whether the field `Type.field` is owned by its members, whatever its type is elsewhere. */
export function isGranularAt(place: string): boolean {
  return builtInMerges[place] === "granular";
}
