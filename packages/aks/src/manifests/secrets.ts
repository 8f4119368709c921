import type { App } from "@fairway/model";
import type { V1Secret } from "@kubernetes/client-node";
import { revisionLabels } from "../names.ts";
import type { RevisionContext } from "./manifest.ts";

/**
 * The secrets of one revision. Immutable: a changed value is another revision, so that a roll-back brings back the
 * values that the older one ran with.
 */
export function renderSecret(app: App, context: RevisionContext) {
  if (Object.keys(app.secrets).length === 0) return [];
  return [
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: context.revision,
        namespace: context.namespace,
        labels: revisionLabels(app.name, context.revision),
      },
      type: "Opaque",
      immutable: true,
      data: Object.fromEntries(
        Object.entries(app.secrets).map(([name, value]) => [name, Buffer.from(value, "utf8").toString("base64")]),
      ),
    } satisfies V1Secret,
  ];
}

export function secretReference(context: RevisionContext, key: string): { name: string; key: string } {
  return { name: context.revision, key };
}
