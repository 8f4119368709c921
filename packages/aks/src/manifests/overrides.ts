import { mergePatch } from "@fairway/core";
import type { App } from "@fairway/model";
import type { Manifest } from "./manifest.ts";

/**
 * The escape hatch: `overrides.aks` holds a JSON merge patch (RFC 7396) per kind. What identifies an object stays as it
 * is, since everything else finds it by that.
 */
export function withOverrides<M extends Manifest>(app: Pick<App, "overrides">, manifest: M): M {
  const patch = app.overrides.aks?.[manifest.kind];
  if (typeof patch !== "object" || patch === null) return manifest;
  const patched = mergePatch(manifest, patch) as M;
  return {
    ...patched,
    apiVersion: manifest.apiVersion,
    kind: manifest.kind,
    metadata: {
      ...patched.metadata,
      name: manifest.metadata.name,
      ...(manifest.metadata.namespace === undefined ? {} : { namespace: manifest.metadata.namespace }),
      labels: { ...patched.metadata.labels, ...manifest.metadata.labels },
    },
  };
}
