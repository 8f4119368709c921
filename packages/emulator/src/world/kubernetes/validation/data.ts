import type { KubeObject } from "../../objects.ts";
import { at, recordAt } from "../json.ts";
import { type FieldError, forbiddenField, invalidValue } from "./field-errors.ts";
import { validateImmutable } from "./metadata.ts";

/** Rules of ConfigMaps and Secrets (kubernetes: pkg/apis/core/validation/validation.go). */

export function validateDataKeys(object: KubeObject): readonly FieldError[] {
  const keys = [...Object.keys(recordAt(object, "data")), ...Object.keys(recordAt(object, "binaryData"))];
  return keys.flatMap((key) => validateKey(key, `data[${key}]`));
}

/** apimachinery: pkg/util/validation.IsConfigMapKey. */
export function validateKey(key: string, path: string): readonly FieldError[] {
  const shape =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
  return [
    ...(key.length > 253 ? ["must be no more than 253 characters"] : []),
    ...(/^[-._a-zA-Z0-9]+$/.test(key) ? [] : [shape]),
    ...(key === "." ? ["must not be '.'"] : []),
    ...(key === ".." ? ["must not be '..'"] : key.startsWith("..") ? ["must not start with '..'"] : []),
  ].map((problem) => invalidValue(path, key, problem));
}

export function validateSecret(secret: KubeObject): readonly FieldError[] {
  const broken = Object.entries(recordAt(secret, "data")).filter(
    ([, value]) => typeof value !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.length % 4 !== 0,
  );
  return [
    ...validateDataKeys(secret),
    ...broken.map(([key]) => invalidValue(`data[${key}]`, "<redacted>", "illegal base64 data")),
  ];
}

/** `immutable: true` freezes the data; the type of a secret never changes. */
export function validateDataUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const type = validateImmutable("type", at(next, "type"), at(previous, "type"));
  if (previous["immutable"] !== true) return type;
  const frozen = (field: string): readonly FieldError[] =>
    validateImmutable(field, next[field], previous[field]).map(() =>
      forbiddenField(field, "field is immutable when `immutable` is set"),
    );
  return [...type, ...frozen("data"), ...frozen("binaryData"), ...frozen("immutable")];
}
