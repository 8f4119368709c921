import type { KubeObject } from "../../objects.ts";
import { at, isRecord, listAt, numberAt, recordAt, textAt } from "../json.ts";
import { childPath, type FieldError, forbiddenField, invalidValue, itemPath, required } from "./field-errors.ts";
import { validateImmutable, validateName } from "./metadata.ts";
import { validateSelector } from "./selectors.ts";
import { oneOf } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/networking/validation/validation.go. */

export function validateIngress(ingress: KubeObject): readonly FieldError[] {
  const rules = listAt(ingress, "spec", "rules");
  const backend = at(ingress, "spec", "defaultBackend");
  return [
    ...(rules.length === 0 && backend === undefined
      ? [invalidValue("spec", recordAt(ingress, "spec"), "either `defaultBackend` or `rules` must be specified")]
      : []),
    ...(backend === undefined ? [] : validateBackend(backend, "spec.defaultBackend")),
    ...rules.flatMap((rule, index) => validateRule(rule, itemPath("spec.rules", index))),
  ];
}

export function validateIngressClassUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  return validateImmutable("spec.controller", at(next, "spec", "controller"), at(previous, "spec", "controller"));
}

export function validateNetworkPolicy(policy: KubeObject): readonly FieldError[] {
  return [
    ...validateSelector(recordAt(policy, "spec", "podSelector"), "spec.podSelector"),
    ...listAt(policy, "spec", "policyTypes").flatMap((type, index) =>
      oneOf(type, ["Egress", "Ingress"], itemPath("spec.policyTypes", index)),
    ),
  ];
}

function validateRule(rule: unknown, path: string): readonly FieldError[] {
  const host = textAt(rule, "host");
  const http = at(rule, "http");
  return [
    ...(host ? validateName(childPath(path, "host"), host.replace(/^\*\./, ""), "subdomain") : []),
    ...(isRecord(http) && listAt(http, "paths").length === 0 ? [required(childPath(path, "http.paths"))] : []),
    ...listAt(http, "paths").flatMap((one, index) => validatePath(one, itemPath(childPath(path, "http.paths"), index))),
  ];
}

function validatePath(one: unknown, path: string): readonly FieldError[] {
  const type = at(one, "pathType");
  const text = textAt(one, "path") ?? "";
  const needsSlash = (type === "Exact" || type === "Prefix") && !text.startsWith("/");
  return [
    ...(type === undefined ? [required(childPath(path, "pathType"), "pathType must be specified")] : []),
    ...oneOf(type, ["Exact", "ImplementationSpecific", "Prefix"], childPath(path, "pathType")),
    ...(needsSlash ? [invalidValue(childPath(path, "path"), text, "must be an absolute path")] : []),
    ...validateBackend(at(one, "backend"), childPath(path, "backend")),
  ];
}

function validateBackend(backend: unknown, path: string): readonly FieldError[] {
  const service = at(backend, "service");
  const resource = at(backend, "resource");
  if (service !== undefined && resource !== undefined) {
    return [invalidValue(path, "", "cannot set both resource and service backends")];
  }
  if (resource !== undefined) return [];
  if (service === undefined) return [required(childPath(path, "service"), "")];
  const name = textAt(service, "port", "name");
  const number = numberAt(service, "port", "number");
  const place = childPath(path, "service");
  return [
    ...(textAt(service, "name") ? [] : [required(childPath(place, "name"))]),
    ...(name === undefined && number === undefined ? [required(place, "port name or number is required")] : []),
    ...(name !== undefined && number !== undefined
      ? [forbiddenField(childPath(place, "port"), "cannot set both port name & port number")]
      : []),
  ];
}
