import type { App } from "@fairway/model";
import type { Manifest } from "./manifest.ts";

/**
 * The escape hatch: `overrides.aks` holds a JSON merge patch (RFC 7396) per kind. What identifies an object stays as it
 * is, since everything else finds it by that.
 */
export function withOverrides(app: Pick<App, "overrides">, manifest: Manifest): Manifest {
  const patch = app.overrides.aks?.[manifest.kind];
  if (!isObject(patch)) return manifest;
  const patched = mergePatch(manifest, patch) as Manifest;
  return {
    ...patched,
    apiVersion: manifest.apiVersion,
    kind: manifest.kind,
    metadata: {
      ...patched.metadata,
      name: manifest.metadata.name,
      namespace: manifest.metadata.namespace,
      labels: { ...patched.metadata.labels, ...manifest.metadata.labels },
    },
  };
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
