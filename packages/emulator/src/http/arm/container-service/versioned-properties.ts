import type { ArmRequest } from "../../../world/arm/provider.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import {
  clusterPropertyVersions,
  knows,
  machinePropertyVersions,
  type PropertyVersions,
  poolPropertyVersions,
} from "../../../world/container-service/property-versions.ts";

type Path = readonly string[];

/** The body of an answer, or of a list, without what the version of the API that was asked for does not have. */
export function knownProperties(request: ArmRequest, body: unknown): unknown {
  return unknownPaths(request).reduce((known, path) => {
    if (!isObject(known)) return known;
    return Array.isArray(known["value"]) ? without(known, ["value", ...path]) : without(known, path);
  }, body);
}

/** What a newer version has, or a preview, is refused in the words of AKS. */
export function refuseUnknownProperties(request: ArmRequest): void {
  if (request.method !== "PUT") return;
  const path = unknownPaths(request).find((candidate) => has(request.body, candidate));
  if (!path) return;
  const text = `UnmarshalEntity encountered error: json: unknown field "${path.at(-1)}" Check that the field is in the right location, is spelled correctly, and is supported in the API version. Visit aka.ms/aks/apiversions for more API version information..`;
  throw refusal(400, "UnmarshalError", text);
}

const pathsOf: Readonly<Record<string, Readonly<Record<string, PropertyVersions>>>> = {
  managedclusters: {
    kind: ["2025-07-01", "2024-02-02"],
    eTag: ["2024-09-01", "2024-03-02"],
    ...below("properties", clusterPropertyVersions),
    ...below("properties.agentPoolProfiles", poolPropertyVersions),
  },
  "managedclusters/agentpools": below("properties", poolPropertyVersions),
  "managedclusters/agentpools/upgradeprofiles": { "properties.recentlyUsedVersions": ["2026-03-01", "2025-08-02"] },
  "managedclusters/agentpools/machines": below("properties", machinePropertyVersions),
};

function below(
  path: string,
  properties: Readonly<Record<string, PropertyVersions>>,
): Readonly<Record<string, PropertyVersions>> {
  return Object.fromEntries(Object.entries(properties).map(([name, versions]) => [`${path}.${name}`, versions]));
}

const unknownByVersion = new Map<string, readonly Path[]>();

function unknownPaths({ types, apiVersion }: ArmRequest): readonly Path[] {
  const type = types.join("/");
  const key = `${type}@${apiVersion}`;
  const noted = unknownByVersion.get(key);
  if (noted) return noted;
  const unknown = Object.entries(pathsOf[type] ?? {}).filter(([, versions]) => !knows(apiVersion, versions));
  const paths = unknown.map(([path]) => path.split("."));
  unknownByVersion.set(key, paths);
  return paths;
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
