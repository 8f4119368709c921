import type { KubeObject } from "../../objects.ts";
import { at, numberAt, textAt } from "../json.ts";
import { type FieldError, invalidValue, required } from "./field-errors.ts";

/** Rules and wording of kube-aggregator: pkg/apis/apiregistration/validation/validation.go. */
export function validateApiService(object: KubeObject): readonly FieldError[] {
  const group = textAt(object, "spec", "group") ?? "";
  const version = textAt(object, "spec", "version") ?? "";
  const wanted = `${version}.${group}`;
  const { name } = object.metadata;
  const rule = 'must be `spec.version+"."+spec.group`';
  return [
    ...(name === wanted ? [] : [invalidValue("metadata.name", name, `${rule}: ${JSON.stringify(wanted)}`)]),
    ...inRange(object, "groupPriorityMinimum", 20_000),
    ...inRange(object, "versionPriority", 1_000),
    ...validateService(object),
  ];
}

function inRange(object: KubeObject, field: string, most: number): readonly FieldError[] {
  const value = numberAt(object, "spec", field) ?? 0;
  if (value > 0 && value <= most) return [];
  return [invalidValue(`spec.${field}`, value, `must be positive and less than ${most}`)];
}

function validateService(object: KubeObject): readonly FieldError[] {
  const bundle = textAt(object, "spec", "caBundle") ?? "";
  const skips = at(object, "spec", "insecureSkipTLSVerify") === true;
  const size = `${Buffer.from(bundle, "base64").length} bytes`;
  if (at(object, "spec", "service") === undefined) {
    return [
      ...(bundle ? [invalidValue("spec.caBundle", size, "local APIServices may not have a caBundle")] : []),
      ...(skips
        ? [invalidValue("spec.insecureSkipTLSVerify", true, "local APIServices may not have insecureSkipTLSVerify")]
        : []),
    ];
  }
  const missing = (["namespace", "name"] as const).filter((field) => !textAt(object, "spec", "service", field));
  const port = numberAt(object, "spec", "service", "port") ?? 443;
  const isPort = port >= 1 && port <= 65_535;
  const portRule = "port is not valid: must be between 1 and 65535, inclusive";
  return [
    ...missing.map((field) => required(`spec.service.${field}`)),
    ...(isPort ? [] : [invalidValue("spec.service.port", port, portRule)]),
    ...(skips && bundle
      ? [invalidValue("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present")]
      : []),
  ];
}
