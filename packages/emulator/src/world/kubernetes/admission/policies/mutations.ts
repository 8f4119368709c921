import type { KubeObject } from "../../../objects.ts";
import { mergeApplied } from "../../apply/merge.ts";
import { evaluate, type Variables } from "../../cel/compile.ts";
import { withoutConstructions } from "../../cel/constructions.ts";
import { errorText } from "../../cel/errors.ts";
import { Constructed } from "../../cel/library/patches.ts";
import { plainValue } from "../../cel/values.ts";
import { at, isRecord, type JsonRecord, recordAt, textAt } from "../../json.ts";
import { jsonPatch } from "../../patch/json-patch.ts";
import type { ResourceType } from "../../resource-type.ts";
import { type FieldType, memberType, structType } from "../../schema/schema.ts";
import { StatusError } from "../../status-error.ts";

/** The object as one mutation of a policy wants it, or why it cannot be carried out. */
export function mutated(
  type: ResourceType,
  object: KubeObject,
  mutation: unknown,
  variables: Variables,
): KubeObject | string {
  const isPatch = textAt(mutation, "patchType") === "JSONPatch";
  const expression = (textAt(mutation, isPatch ? "jsonPatch" : "applyConfiguration", "expression") ?? "").trim();
  let value: unknown;
  try {
    value = evaluate(withoutConstructions(expression).text, variables);
  } catch (error) {
    return `expression '${expression}' resulted in error: ${errorText(error)}`;
  }
  if (isPatch) return patched(object, Array.isArray(value) ? value : []);
  return value instanceof Constructed ? merged(type, object, recordAt(plainValue(value.members))) : object;
}

function merged(type: ResourceType, object: KubeObject, wanted: JsonRecord): KubeObject | string {
  const struct = structType(type.typeName);
  const atomics = atomicsIn(struct, wanted, "");
  if (atomics.length > 0) {
    const what = `may not mutate atomic arrays, maps or structs: ${atomics.join(", ")}`;
    return `error applying patch: invalid ApplyConfiguration: ${what}`;
  }
  const { apiVersion, kind, metadata } = object;
  const configuration = {
    ...wanted,
    apiVersion,
    kind,
    metadata: { ...recordAt(wanted, "metadata"), name: metadata.name },
  };
  return mergeApplied(type, object, configuration);
}

/** What has one owner as a whole cannot be changed in part. */
function atomicsIn(type: FieldType, value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) {
    if (type.kind !== "list") return [];
    const inner = value.flatMap((item, index) => atomicsIn(type.items, item, `${path}[${index}]`));
    return type.merge.kind === "atomic" ? [path, ...inner] : inner;
  }
  if (!isRecord(value)) return [];
  const inner = Object.entries(value).flatMap(([name, one]) =>
    atomicsIn(memberType(type, name), one, `${path}.${name}`),
  );
  return (type.kind === "map" || type.kind === "struct") && type.atomic ? [path, ...inner] : inner;
}

function patched(object: KubeObject, operations: readonly unknown[]): KubeObject | string {
  let current: unknown = object;
  for (const operation of operations) {
    const one = recordAt(plainValue(operation instanceof Constructed ? operation.members : {}));
    try {
      current = jsonPatch(current, [one]);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const isFailedTest = one["op"] === "test" && valueAt(current, textAt(one, "path") ?? "") !== undefined;
      return isFailedTest ? object : failureOf(one);
    }
  }
  return current as KubeObject;
}

function valueAt(object: unknown, path: string): unknown {
  const steps = path.split("/").slice(1);
  return at(object, ...steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~")));
}

/** Wording of the library that Kubernetes patches with. */
function failureOf(operation: JsonRecord): string {
  const path = textAt(operation, "path") ?? "";
  const name = path.split("/").at(-1) ?? "";
  switch (textAt(operation, "op") ?? "") {
    case "test":
      return `JSON Patch: test operation does not apply: is missing path: ${path}: missing value`;
    case "remove":
      return `JSON Patch: error in remove for path: '${path}': Unable to remove nonexistent key: ${name}: missing value`;
    default:
      return `JSON Patch: ${textAt(operation, "op") ?? ""} operation does not apply: doc is missing path: "${path}": missing value`;
  }
}
