import { isJson, type Json, type JsonReader } from "./json.ts";
import { invalidField, invalidSchema } from "./refusal.ts";
import type { Scale, ScaleRule } from "./template.ts";

const replicaCeiling = 1_000;
const kinds = ["http", "tcp", "custom", "azureQueue"] as const;

export function readScale(reader: JsonReader | undefined): Scale {
  const minReplicas = reader?.integer("minReplicas");
  const maxReplicas = reader?.integer("maxReplicas") ?? 10;
  if (minReplicas !== undefined && (minReplicas < 0 || minReplicas > replicaCeiling)) {
    throw invalidField("template.scale.minReplicas", minReplicas, `must be between 0 and ${replicaCeiling}`);
  }
  if (maxReplicas < 1 || maxReplicas > replicaCeiling) {
    throw invalidField("template.scale.maxReplicas", maxReplicas, `must be between 1 and ${replicaCeiling}`);
  }
  if ((minReplicas ?? 0) > maxReplicas) {
    throw invalidField("template.scale.minReplicas", minReplicas, "must be less than or equal to maxReplicas");
  }
  const rules = reader?.objects("rules")?.map(readRule);
  return {
    minReplicas,
    maxReplicas,
    pollingIntervalSeconds: atLeast(reader?.integer("pollingInterval") ?? 30, 1, "pollingInterval"),
    cooldownSeconds: atLeast(reader?.integer("cooldownPeriod") ?? 300, 0, "cooldownPeriod"),
    rules: rules?.length ? rules : undefined,
  };
}

function readRule(reader: JsonReader): ScaleRule {
  const name = reader.text("name");
  if (!name) throw invalidSchema(`${reader.path}.name`);
  const present = kinds.filter((kind) => reader.object(kind));
  const [kind] = present;
  if (!kind || present.length > 1) {
    throw invalidField(`template.scale.rules.${name}`, name, `exactly one of ${kinds.join(", ")} must be given`);
  }
  const rule = reader.object(kind);
  return { name, kind, details: withoutNulls(rule?.raw ?? {}), concurrency: concurrencyOf(kind, rule, name) };
}

function concurrencyOf(kind: ScaleRule["kind"], rule: JsonReader | undefined, name: string): number | undefined {
  switch (kind) {
    case "http":
    case "tcp": {
      const member = kind === "http" ? "concurrentRequests" : "concurrentConnections";
      const text = rule?.textMap("metadata")?.[member] ?? "10";
      const concurrency = Number(text);
      if (Number.isSafeInteger(concurrency) && concurrency >= 1) return concurrency;
      throw invalidField(
        `template.scale.rules.${name}.${kind}.metadata.${member}`,
        text,
        "must be a whole number from 1",
      );
    }
    case "custom":
      if (!rule?.text("type")) throw invalidField(`template.scale.rules.${name}.custom.type`, "", "type is required");
      return undefined;
    case "azureQueue":
      return undefined;
  }
}

function atLeast(value: number, lowest: number, name: string): number {
  if (value >= lowest) return value;
  throw invalidField(`template.scale.${name}`, value, `must be at least ${lowest}`);
}

function withoutNulls(value: Json): Json {
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, isJson(member) ? withoutNulls(member) : member]));
}
