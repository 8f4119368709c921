import type { KubeObject } from "../objects.ts";
import { parseRequirements } from "./label-selectors.ts";
import type { ResourceType } from "./resource-type.ts";
import { badRequest } from "./status-error.ts";

/** Says whether an object is meant. */
export type Selector = (object: KubeObject) => boolean;

/** What a label selector of the query selects. 400 when it cannot be read. */
export function parseLabelSelector(text: string): Selector {
  const requirements = parseRequirements(text);
  return (object) => {
    const labels = object.metadata.labels ?? {};
    return requirements.every((requirement) => requirement(labels));
  };
}

/** Field selector: `metadata.name=x,spec.nodeName!=y`. 400 when the kind has no such selectable field. */
export function parseFieldSelector(text: string, type: ResourceType): Selector {
  const terms = (text.match(/(?:\\.|[^,\\])+/gs) ?? []).filter((term) => term.trim() !== "");
  const checks = terms.map((term) => parseFieldTerm(term.trim(), text, type));
  return (object) => checks.every((check) => check(object));
}

function parseFieldTerm(term: string, whole: string, type: ResourceType): Selector {
  const match = /^([^=!]*?)(==|=|!=)(.*)$/.exec(term);
  if (!match) throw badRequest(`invalid selector: '${whole}'; can't understand '${term}'`);
  const [, field = "", operator, written = ""] = match;
  const strange = /\\(?![\\,=])./s.exec(written);
  if (strange) throw badRequest(`invalid field selector: invalid escape sequence: ${strange[0]}`);
  const value = written.replaceAll(/\\(.)/gs, "$1");
  const read = fieldReader(type, field);
  if (!read) throw badRequest(unknownField(type, field));
  return operator === "!=" ? (object) => read(object) !== value : (object) => read(object) === value;
}

/** Kinds with conversion functions of their own say it in their own words. */
function unknownField(type: ResourceType, field: string): string {
  if (type.kind === "Job") return `field label "${field}" not supported for Job`;
  if (type.custom || Object.keys(type.selectableFields).length > 0) return `field label not supported: ${field}`;
  return `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

function fieldReader(type: ResourceType, field: string): ((object: KubeObject) => string) | undefined {
  if (field === "metadata.name") return (object) => object.metadata.name;
  const byNamespace = type.namespaced || Object.keys(type.selectableFields).length === 0;
  if (field === "metadata.namespace" && byNamespace) return (object) => object.metadata.namespace ?? "";
  return Object.hasOwn(type.selectableFields, field) ? type.selectableFields[field] : undefined;
}
