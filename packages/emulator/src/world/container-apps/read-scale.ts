import { isJson, type Json, type JsonReader } from "./json.ts";
import { invalidField, invalidSchema } from "./refusal.ts";
import type { Scale, ScaleRule, Trigger } from "./template.ts";

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
  const rule = kind && reader.object(kind);
  if (!rule || present.length > 1) {
    throw invalidField(`template.scale.rules.${name}`, name, `exactly one of ${kinds.join(", ")} must be given`);
  }
  const base = { name, kind, details: withoutNulls(rule.raw) };
  switch (kind) {
    case "http":
    case "tcp":
      return { ...base, ...ingressRule(rule, kind, name) };
    case "custom": {
      const trigger = readTrigger(reader, rule, `template.scale.rules.${name}.custom`);
      // A custom rule of these types is the rule of the same name.
      const plain = trigger.type === "http" || trigger.type === "tcp" ? trigger.type : undefined;
      return { ...base, ...(plain ? ingressRule(rule, plain, name) : { concurrency: undefined, trigger }) };
    }
    case "azureQueue":
      return { ...base, concurrency: undefined, trigger: readQueueTrigger(rule, name) };
  }
}

/** A KEDA trigger: its name is in `named`, the rest in `rule`. Throws `Refusal`. */
export function readTrigger(named: JsonReader, rule: JsonReader, field: string): Trigger {
  const name = named.text("name");
  const type = rule.text("type");
  if (!name) throw invalidSchema(`${named.path}.name`);
  if (!type) throw invalidField(`${field}.type`, "", "type is required");
  return { name, type: type.toLowerCase(), metadata: rule.textMap("metadata") ?? {}, details: withoutNulls(rule.raw) };
}

function readQueueTrigger(rule: JsonReader, name: string): Trigger {
  const [accountName = "", queueName = ""] = ["accountName", "queueName"].map((member) => rule.text(member));
  if (!queueName) throw invalidField(`template.scale.rules.${name}.azureQueue.queueName`, "", "queueName is required");
  const queueLength = String(rule.integer("queueLength") ?? 5);
  return { name, type: "azure-queue", metadata: { accountName, queueName, queueLength }, details: rule.raw };
}

function ingressRule(rule: JsonReader, kind: "http" | "tcp", name: string): Pick<ScaleRule, "concurrency" | "trigger"> {
  const member = kind === "http" ? "concurrentRequests" : "concurrentConnections";
  const text = rule.textMap("metadata")?.[member] ?? "10";
  const concurrency = Number(text);
  if (Number.isSafeInteger(concurrency) && concurrency >= 1) return { concurrency, trigger: undefined };
  throw invalidField(`template.scale.rules.${name}.${kind}.metadata.${member}`, text, "must be a whole number from 1");
}

function atLeast(value: number, lowest: number, name: string): number {
  if (value >= lowest) return value;
  throw invalidField(`template.scale.${name}`, value, `must be at least ${lowest}`);
}

function withoutNulls(value: Json): Json {
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, isJson(member) ? withoutNulls(member) : member]));
}
