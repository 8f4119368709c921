import { hasDropped, knows, type VersionTable } from "../../world/arm/property-versions.ts";
import type { ArmRequest } from "../../world/arm/provider.ts";

type Path = readonly string[];

export interface VersionedProperties {
  /** The body of an answer, or of a list, without what the version of the API that was asked for does not have. */
  known(request: ArmRequest, body: unknown): unknown;
  /** The name of something in the body of the request that its version does not have. */
  unknownIn(request: ArmRequest): string | undefined;
}

/** `tables`: by the types of the request, in lower case, joined by `/`. Types that are not there have no differences. */
export function versionedProperties(tables: Readonly<Record<string, VersionTable>>): VersionedProperties {
  const noted = new Map<string, Unknown>();

  function unknownPaths({ types, apiVersion }: ArmRequest): Unknown {
    const table = tables[types.join("/")];
    if (!table) return { shown: [], taken: [] };
    const key = `${types.join("/")}@${apiVersion}`;
    const paths = noted.get(key) ?? pathsUnknownTo(apiVersion, table);
    noted.set(key, paths);
    return paths;
  }

  return {
    known: (request, body) =>
      unknownPaths(request).shown.reduce((known, path) => {
        if (!isObject(known)) return known;
        return Array.isArray(known["value"]) ? without(known, ["value", ...path]) : without(known, path);
      }, body),
    unknownIn: (request) =>
      unknownPaths(request)
        .taken.find((path) => has(request.body, path))
        ?.at(-1),
  };
}

/** What answers leave out, and what requests must not have. */
interface Unknown {
  readonly shown: readonly Path[];
  readonly taken: readonly Path[];
}

function pathsUnknownTo(apiVersion: string, table: VersionTable): Unknown {
  const unknown = Object.entries(table).filter(([, versions]) => !knows(apiVersion, versions));
  const refused = unknown.filter(([, versions]) => !hasDropped(apiVersion, versions));
  const pathOf = ([path]: (typeof unknown)[number]): Path => path.split(".");
  return { shown: unknown.map(pathOf), taken: refused.map(pathOf) };
}

/** The value itself where nothing is left out. */
function without(value: unknown, [first = "", ...rest]: Path): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => without(item, [first, ...rest]));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isObject(value) || !(first in value)) return value;
  const { [first]: member, ...others } = value;
  if (rest.length === 0) return others;
  const kept = without(member, rest);
  return kept === member ? value : { ...value, [first]: kept };
}

function has(value: unknown, [first = "", ...rest]: Path): boolean {
  if (Array.isArray(value)) return value.some((item) => has(item, [first, ...rest]));
  if (!isObject(value) || !(first in value)) return false;
  return rest.length === 0 || has(value[first], rest);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
