import { goTypes } from "../generated/go-types.ts";
import { isRecord, type JsonRecord, recordAt } from "../json.ts";
import { goJson } from "../json-text.ts";
import { canonical } from "../schema/canonical.ts";
import { canonicalQuantity } from "../schema/quantity-text.ts";
import { unifiedDiff } from "./unified-diff.ts";

/** A value as kube-apiserver prints its internal form: names of Go, in order of declaration, with all that is zero. */
export function goForm(type: string, value: unknown): JsonRecord {
  const given = recordAt(value);
  const external = type === "core.PodSpec" ? withHostFlags(given) : given;
  return Object.assign({}, ...fieldsOf(type).map((field) => goField(field, external))) as JsonRecord;
}

/** What differs between two values of a type, as refusals show it. */
export function goDiff(type: string, before: unknown, after: unknown): string {
  const [from, to] = [before, after].map((value) => goJson(goForm(type, value), 1));
  return unifiedDiff(from ?? "", to ?? "");
}

const parsed = new Map<string, readonly string[]>();

function fieldsOf(type: string): readonly string[] {
  const known = parsed.get(type) ?? (goTypes[type] ?? "").split(" ");
  parsed.set(type, known);
  return known;
}

function goField(field: string, external: JsonRecord): JsonRecord {
  if (field.startsWith(">m:")) return canonical(field.slice(3), recordAt(external, "metadata"));
  if (field.startsWith(">")) return goForm(field.slice(1), external);
  const [name = "", json = "", ...type] = field.split(":");
  return { [name]: goValue(type.join(":"), external[json]) };
}

function goStruct(type: string, value: unknown): JsonRecord {
  return type.startsWith("m:") ? canonical(type.slice(2), recordAt(value)) : goForm(type, value);
}

function goValue(type: string, value: unknown): unknown {
  const missing = value === undefined || value === null;
  if (type.startsWith("[]")) return Array.isArray(value) ? value.map((item) => goValue(type.slice(2), item)) : null;
  if (type.startsWith("*")) return missing ? null : goValue(type.slice(1), value);
  if (type.startsWith("{")) {
    const values = type.slice(1, -1);
    if (!isRecord(value)) return null;
    return Object.fromEntries(
      Object.keys(value)
        .toSorted()
        .map((key) => [key, goValue(values, value[key])]),
    );
  }
  if (type === "q") return missing ? "0" : (canonicalQuantity(value) ?? value);
  if (type in zeros) return missing ? zeros[type] : value;
  return goStruct(type, value);
}

const zeros: Readonly<Record<string, unknown>> = { s: "", "0": 0, "!": false, b: null, i: 0, t: null, r: null };

/** What a pod shares with its host stands in the security context. */
function withHostFlags(spec: JsonRecord): JsonRecord {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers, securityContext } = spec;
  const flags = { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers };
  return { ...spec, securityContext: { ...recordAt(securityContext), ...flags } };
}
