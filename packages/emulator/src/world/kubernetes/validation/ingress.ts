import { isIP } from "node:net";
import type { KubeObject } from "../../objects.ts";
import { at, isRecord, type JsonRecord, listAt, recordAt, scalarText, textAt } from "../json.ts";
import {
  childPath,
  type FieldError,
  forbiddenField,
  invalidValue,
  itemPath,
  required,
  tooLong,
} from "./field-errors.ts";
import { validateImmutable, validateName } from "./metadata.ts";
import { portNameProblems, validatePort } from "./ports.ts";
import { oneOf } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/networking/validation/validation.go. */

export function validateIngress(ingress: KubeObject): readonly FieldError[] {
  const rules = listAt(ingress, "spec", "rules");
  const spec = recordAt(ingress, "spec");
  const backend = spec["defaultBackend"];
  const className = scalarText(spec["ingressClassName"]);
  return [
    ...(rules.length === 0 && backend === undefined
      ? [invalidValue("spec", null, "either `defaultBackend` or `rules` must be specified")]
      : []),
    ...(className === "" ? [] : validateName("spec.ingressClassName", className, "subdomain")),
    ...(backend === undefined ? [] : validateBackend(backend, "spec.defaultBackend")),
    ...rules.flatMap((rule, index) => validateRule(rule, itemPath("spec.rules", index))),
    ...listAt(spec, "tls").flatMap((one, index) => validateTls(one, itemPath("spec.tls", index))),
  ];
}

/** The older way to name the class may only say the same. */
export function validateIngressCreate({ metadata, ...ingress }: KubeObject): readonly FieldError[] {
  const named = metadata.annotations?.["kubernetes.io/ingress.class"];
  const className = at(ingress, "spec", "ingressClassName");
  if (named === undefined || className === undefined || named === className) return [];
  const why = "must match `ingressClassName` when both are specified";
  return [invalidValue("annotations.kubernetes.io/ingress.class", named, why)];
}

export function validateIngressClass(ingressClass: KubeObject): readonly FieldError[] {
  const controller = textAt(ingressClass, "spec", "controller") ?? "";
  const path = "spec.controller";
  const parameters = at(ingressClass, "spec", "parameters");
  const shape = 'must be a domain-prefixed path (such as "acme.io/foo")';
  return [
    ...(controller.length > 250 ? [tooLong(path, 250)] : []),
    ...(controller === "" ? [required(path)] : []),
    ...(controller !== "" && !isDomainPath(controller) ? [invalidValue(path, controller, shape)] : []),
    ...(isRecord(parameters) ? validateParameters(parameters, "spec.parameters") : []),
  ];
}

export function isDomainPath(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(
    text,
  );
}

function validateParameters(parameters: JsonRecord, path: string): readonly FieldError[] {
  const { kind, name, scope = "Cluster", namespace } = parameters;
  const place = childPath(path, "namespace");
  return [
    ...(kind ? [] : [required(childPath(path, "kind"))]),
    ...(name ? [] : [required(childPath(path, "name"))]),
    ...oneOf(scope, ["Cluster", "Namespace"], childPath(path, "scope")),
    ...(scope === "Namespace" && !namespace ? [required(place, "`parameters.scope` is set to 'Namespace'")] : []),
    ...(scope === "Cluster" && namespace !== undefined
      ? [forbiddenField(place, "`parameters.scope` is set to 'Cluster'")]
      : []),
  ];
}

export function validateIngressClassUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  return validateImmutable("spec.controller", at(next, "spec", "controller") ?? "", at(previous, "spec", "controller"));
}

function validateTls(tls: unknown, path: string): readonly FieldError[] {
  const secretName = textAt(tls, "secretName") ?? "";
  return [
    ...listAt(tls, "hosts").flatMap((host, index) =>
      validateHost(String(host), itemPath(childPath(path, "hosts"), index)),
    ),
    ...(secretName === "" ? [] : validateName(childPath(path, "secretName"), secretName, "subdomain")),
  ];
}

function validateRule(rule: unknown, path: string): readonly FieldError[] {
  const host = textAt(rule, "host") ?? "";
  const http = at(rule, "http");
  const place = childPath(path, "host");
  const list = childPath(path, "http.paths");
  return [
    ...(isIP(host) === 0 ? [] : [invalidValue(place, host, "must be a DNS name, not an IP address")]),
    ...(host === "" ? [] : validateHost(host, place)),
    ...(isRecord(http) && listAt(http, "paths").length === 0 ? [required(list)] : []),
    ...listAt(http, "paths").flatMap((one, index) => validatePath(recordAt(one), itemPath(list, index))),
  ];
}

const wildcard = String.raw`\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*`;

function validateHost(host: string, path: string): readonly FieldError[] {
  if (!host.includes("*")) return validateName(path, host, "subdomain");
  if (new RegExp(`^${wildcard}$`).test(host)) return [];
  const rule = `a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '${wildcard}')`;
  return [invalidValue(path, host, rule)];
}

const badSequences = ["//", "/./", "/../", "%2f", "%2F"];
const badEndings = ["/..", "/."];

function validatePath(one: JsonRecord, path: string): readonly FieldError[] {
  const { pathType } = one;
  const text = scalarText(one["path"]);
  const place = childPath(path, "path");
  const strict = pathType === "Exact" || pathType === "Prefix";
  const loose = pathType === "ImplementationSpecific" && text !== "";
  if (pathType === undefined || pathType === null) {
    return [required(childPath(path, "pathType"), "pathType must be specified")];
  }
  return [
    ...((strict || loose) && !text.startsWith("/") ? [invalidValue(place, text, "must be an absolute path")] : []),
    ...(strict && text !== ""
      ? [
          ...badSequences
            .filter((sequence) => text.includes(sequence))
            .map((sequence) => invalidValue(place, text, `must not contain '${sequence}'`)),
          ...badEndings
            .filter((ending) => text.endsWith(ending))
            .map((ending) => invalidValue(place, text, `cannot end with '${ending}'`)),
        ]
      : []),
    ...oneOf(pathType, ["Exact", "ImplementationSpecific", "Prefix"], childPath(path, "pathType")),
    ...validateBackend(one["backend"], childPath(path, "backend")),
  ];
}

function validateBackend(backend: unknown, path: string): readonly FieldError[] {
  const service = at(backend, "service");
  const resource = at(backend, "resource");
  if (isRecord(resource) && isRecord(service))
    return [invalidValue(path, "", "cannot set both resource and service backends")];
  if (isRecord(resource)) return validateResource(resource, childPath(path, "resource"));
  if (!isRecord(service)) return [invalidValue(path, "", "resource or service backend is required")];
  return validateService(service, path);
}

function validateResource(resource: JsonRecord, path: string): readonly FieldError[] {
  return ["kind", "name"].filter((member) => !resource[member]).map((member) => required(childPath(path, member)));
}

function validateService(service: JsonRecord, path: string): readonly FieldError[] {
  const name = scalarText(service["name"]);
  const portName = textAt(service, "port", "name") ?? "";
  const number = Number(at(service, "port", "number") ?? 0);
  const place = childPath(path, "service");
  return [
    ...(name === "" ? [required(childPath(place, "name"))] : validateName(childPath(place, "name"), name, "label")),
    ...(portName !== "" && number !== 0 ? [invalidValue(path, "", "cannot set both port name & port number")] : []),
    ...(portName === "" && number === 0 ? [required(path, "port name or number is required")] : []),
    ...portProblems(portName, number, childPath(place, "port")),
  ];
}

function portProblems(name: string, number: number, path: string): readonly FieldError[] {
  if (name !== "" && number !== 0) return [];
  return [
    ...(name === "" ? [] : portNameProblems(name).map((why) => invalidValue(childPath(path, "name"), name, why))),
    ...(number === 0 ? [] : validatePort(number, childPath(path, "number"))),
  ];
}
