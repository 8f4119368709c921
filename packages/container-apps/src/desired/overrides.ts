import { mergePatch } from "@fairway/core";
import type { App } from "@fairway/model";

/** The patch for the container app as ARM has it: `{ properties: { template: { … } } }`. */
export function patchOf(app: App): Readonly<Record<string, unknown>> | undefined {
  return app.overrides.containerApps;
}

/** The part of a container app at `path` as it will be sent, the patch included. */
export function patched(app: App, path: readonly string[], value: unknown): unknown {
  const patch = memberAt(patchOf(app), path);
  return patch === undefined ? value : mergePatch(value, patch);
}

/** The dedicated workload profile that the patch asks for. Undefined: Consumption. */
export function workloadProfile(app: App): string | undefined {
  const name = memberAt(patchOf(app), ["properties", "workloadProfileName"]);
  return typeof name === "string" && name !== "Consumption" ? name : undefined;
}

function memberAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}
