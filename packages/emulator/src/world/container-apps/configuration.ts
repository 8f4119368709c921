import { type Json, JsonReader } from "./json.ts";
import { checkLabel, type Ingress, readIngress } from "./read-ingress.ts";
import { type Registry, readSecrets, type Secret } from "./read-secrets.ts";
import { invalidField } from "./refusal.ts";

/** `properties.configuration` of a container app, checked and without nulls. */
export interface Configuration {
  readonly activeRevisionsMode: "Single" | "Multiple" | "Labels";
  /** In Labels mode: what the next revision is put on. */
  readonly targetLabel: string | undefined;
  readonly maxInactiveRevisions: number;
  readonly ingress: Ingress | undefined;
  readonly secrets: readonly Secret[];
  readonly registries: readonly Registry[];
  readonly dapr: Json | undefined;
  readonly identitySettings: readonly Json[];
  readonly runtime: Json | undefined;
  readonly service: Json | undefined;
}

/** Reads `properties.configuration` and fills in the service's defaults. Throws `Refusal`. */
export function readConfiguration(value: unknown): Configuration {
  const reader = new JsonReader(value ?? {}, "$.properties.configuration");
  const ingress = reader.object("ingress");
  const mode = reader.oneOf("activeRevisionsMode", ["Single", "Multiple", "Labels"]) ?? "Single";
  const kept = reader.integer("maxInactiveRevisions") ?? 100;
  if (kept < 0 || kept > 100)
    throw invalidField("configuration.maxInactiveRevisions", kept, "must be between 0 and 100");
  return {
    activeRevisionsMode: mode,
    targetLabel: mode === "Labels" ? readTargetLabel(reader) : undefined,
    maxInactiveRevisions: kept,
    ingress: ingress && readIngress(ingress, mode === "Labels"),
    ...readSecrets(reader),
    dapr: reader.object("dapr")?.raw,
    identitySettings: reader.objects("identitySettings")?.map(({ raw }) => raw) ?? [],
    runtime: reader.object("runtime")?.raw,
    service: reader.object("service")?.raw,
  };
}

function readTargetLabel(reader: JsonReader): string | undefined {
  const label = reader.text("targetLabel") || undefined;
  if (label !== undefined) checkLabel(label, "configuration.targetLabel");
  return label;
}
