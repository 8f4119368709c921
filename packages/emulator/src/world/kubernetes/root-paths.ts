import { healthPaths } from "./health.ts";
import type { Registry } from "./registry.ts";

/** What `/` lists. */
export function rootPaths(registry: Registry): readonly string[] {
  const groups = [...registry.groups()].filter(([group]) => group !== "");
  const named = groups.flatMap(([group, versions]) => [group, ...versions.map((version) => `${group}/${version}`)]);
  const health = healthPaths.map((path) => `/${path}`);
  return [
    "/api",
    "/api/v1",
    "/apis",
    ...named.map((path) => `/apis/${path}`),
    ...health,
    "/metrics",
    "/openapi/v2",
    "/openapi/v3",
    "/version",
  ].toSorted();
}
