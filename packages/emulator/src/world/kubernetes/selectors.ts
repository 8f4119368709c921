import type { KubeObject } from "../objects.ts";
import type { ResourceType } from "./resource-type.ts";
import { badRequest } from "./status-error.ts";

/** Says whether an object is meant. */
export type Selector = (object: KubeObject) => boolean;

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

/**
 * Label selector in the syntax of the query parameter: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`,
 * `a>1`, `a<1`, joined by commas. 400 when it cannot be read.
 */
export function parseLabelSelector(text: string): Selector {
  const requirements = splitTopLevel(text).map((part) => parseRequirement(part, text));
  return (object) => {
    const labels = object.metadata.labels ?? {};
    return requirements.every((requirement) => requirement(labels));
  };
}

/** Field selector: `metadata.name=x,spec.nodeName!=y`. 400 when the kind has no such selectable field. */
export function parseFieldSelector(text: string, type: ResourceType): Selector {
  const terms = text.split(",").filter((term) => term.trim() !== "");
  const checks = terms.map((term) => parseFieldTerm(term.trim(), text, type));
  return (object) => checks.every((check) => check(object));
}

/** Commas outside of parentheses divide. */
function splitTopLevel(text: string): string[] {
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  return parts.length === 1 && parts[0] === "" ? [] : parts;
}

const key = String.raw`([A-Za-z0-9][A-Za-z0-9._/-]*)`;
const setPattern = new RegExp(String.raw`^${key}\s+(in|notin)\s*\(([^()]*)\)$`);
const equalityPattern = new RegExp(String.raw`^${key}\s*(==|=|!=|>|<)\s*([A-Za-z0-9._-]*)$`);
const existsPattern = new RegExp(String.raw`^(!?)\s*${key}$`);

function parseRequirement(part: string, whole: string): Requirement {
  const set = setPattern.exec(part);
  if (set)
    return setRequirement(
      set[1] ?? "",
      set[2] === "in",
      (set[3] ?? "").split(",").map((value) => value.trim()),
    );
  const equality = equalityPattern.exec(part);
  if (equality) return comparison(equality[1] ?? "", equality[2] ?? "=", equality[3] ?? "");
  const exists = existsPattern.exec(part);
  if (!exists) throw badRequest(`unable to parse requirement: ${JSON.stringify(part)} in ${JSON.stringify(whole)}`);
  const label = exists[2] ?? "";
  return exists[1] === "!" ? (labels) => !Object.hasOwn(labels, label) : (labels) => Object.hasOwn(labels, label);
}

/** `notin` and `!=` also hold where the label is absent. */
function setRequirement(label: string, wanted: boolean, values: readonly string[]): Requirement {
  return (labels) => {
    const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
    return value === undefined ? !wanted : values.includes(value) === wanted;
  };
}

function comparison(label: string, operator: string, value: string): Requirement {
  if (operator === "=" || operator === "==") return setRequirement(label, true, [value]);
  if (operator === "!=") return setRequirement(label, false, [value]);
  const bound = Number.parseInt(value, 10);
  return (labels) => {
    const actual = Number.parseInt(labels[label] ?? "", 10);
    return operator === ">" ? actual > bound : actual < bound;
  };
}

function parseFieldTerm(term: string, whole: string, type: ResourceType): Selector {
  const match = /^([^=!]+?)(==|=|!=)(.*)$/.exec(term);
  if (!match) throw badRequest(`invalid selector: ${JSON.stringify(term)}; can't understand ${JSON.stringify(whole)}`);
  const [, field = "", operator, value = ""] = match;
  const read = fieldReader(type, field);
  if (!read) {
    throw badRequest(
      `Unable to find "${type.group}/${type.version}, Resource=${type.plural}" that match label selector "", field selector ${JSON.stringify(whole)}: field label not supported: ${field}`,
    );
  }
  return operator === "!=" ? (object) => read(object) !== value : (object) => read(object) === value;
}

function fieldReader(type: ResourceType, field: string): ((object: KubeObject) => string) | undefined {
  if (field === "metadata.name") return (object) => object.metadata.name;
  if (field === "metadata.namespace" && type.namespaced) return (object) => object.metadata.namespace ?? "";
  return Object.hasOwn(type.selectableFields, field) ? type.selectableFields[field] : undefined;
}
