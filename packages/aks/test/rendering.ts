import { type AppDescription, defineApp } from "@fairway/model";
import { dumpYaml } from "@kubernetes/client-node";
import { expect } from "vitest";
import { notEquivalent } from "../src/manifests/not-equivalent.ts";
import { renderRevision } from "../src/manifests/revision.ts";

export const minimal: AppDescription = { name: "shop", image: "registry.example/shop:1.0.0" };

export function render(description: Partial<AppDescription>, keda = true) {
  const app = defineApp({ ...minimal, ...description });
  const context = { namespace: "payments", revision: "shop--a1b2c3d4", createdAt: "2026-01-05T08:00:00.000Z", keda };
  const { workload, guards } = renderRevision(app, context);
  return [...workload, ...guards];
}

export function kinds(description: Partial<AppDescription>, keda = true): string[] {
  return render(description, keda).map(({ kind }) => kind);
}

export function only(kind: string, description: Partial<AppDescription>, keda = true) {
  const found = render(description, keda).filter((manifest) => manifest.kind === kind);
  expect(found).toHaveLength(1);
  return found[0];
}

/** As `kubectl apply` would take them. */
export function yaml(manifests: readonly unknown[]): string {
  return manifests.map((manifest) => dumpYaml(manifest, { noRefs: true, lineWidth: -1 })).join("---\n");
}

/** Paths in the description of what is not equivalent. */
export function paths(description: Partial<AppDescription>, keda = true): string[] {
  return notEquivalent(defineApp({ ...minimal, ...description }), { keda }).map(({ path }) => path);
}
