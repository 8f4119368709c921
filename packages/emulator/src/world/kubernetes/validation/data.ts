import type { KubeObject } from "../../objects.ts";
import { at, isRecord, type JsonRecord, recordAt } from "../json.ts";
import { inspectJson } from "../json-text.ts";
import { type FieldError, forbiddenField, invalidValue, required, tooLong } from "./field-errors.ts";
import { validateImmutable } from "./metadata.ts";

/** Rules of ConfigMaps and Secrets (kubernetes: pkg/apis/core/validation/validation.go). */

export function validateConfigMap(object: KubeObject): readonly FieldError[] {
  const [data, binary] = [recordAt(object, "data"), recordAt(object, "binaryData")];
  const both = Object.keys(data).filter((key) => Object.hasOwn(binary, key));
  return [
    ...Object.keys(data).flatMap((key) => validateKey(key, `data[${key}]`)),
    ...both.map((key) => invalidValue(`data[${key}]`, key, "duplicate of key present in binaryData")),
    ...Object.keys(binary).flatMap((key) => validateKey(key, `binaryData[${key}]`)),
    ...validateSize([...Object.values(data), ...Object.values(binary)], ""),
  ];
}

const limitBytes = 1_048_576;

function validateSize(values: readonly unknown[], path: string): readonly FieldError[] {
  const bytes = values.reduce<number>((sum, value) => sum + Buffer.byteLength(String(value)), 0);
  // Go writes the path of nothing as brackets.
  return bytes > limitBytes ? [tooLong(path === "" ? "[]" : path, limitBytes)] : [];
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
  const data = recordAt(secret, "data");
  const broken = Object.entries(data).filter(
    ([, value]) => typeof value !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.length % 4 !== 0,
  );
  return [
    ...Object.keys(data).flatMap((key) => validateKey(key, `data[${key}]`)),
    ...broken.map(([key]) => invalidValue(`data[${key}]`, "<redacted>", "illegal base64 data")),
    ...validateSize(
      Object.values(data).map((value) => Buffer.from(String(value), "base64")),
      "data",
    ),
    ...validateSecretType(secret, data),
  ];
}

/** What secrets of the types of Kubernetes have to hold. */
function validateSecretType(secret: KubeObject, data: JsonRecord): readonly FieldError[] {
  const needs = (...keys: readonly string[]): readonly FieldError[] =>
    keys.filter((key) => data[key] === undefined).map((key) => required(`data[${key}]`));
  switch (secret["type"]) {
    case "kubernetes.io/tls":
      return needs("tls.crt", "tls.key");
    case "kubernetes.io/dockerconfigjson":
      return [...needs(".dockerconfigjson"), ...validateJson(data, ".dockerconfigjson")];
    case "kubernetes.io/dockercfg":
      return [...needs(".dockercfg"), ...validateJson(data, ".dockercfg")];
    case "kubernetes.io/basic-auth":
      return data["username"] === undefined && data["password"] === undefined ? needs("username", "password") : [];
    case "kubernetes.io/ssh-auth":
      return data["ssh-privatekey"] ? [] : [required("data[ssh-privatekey]")];
    case "kubernetes.io/service-account-token":
      return secret.metadata.annotations?.["kubernetes.io/service-account.name"]
        ? []
        : [required("metadata.annotations[kubernetes.io/service-account.name]")];
    default:
      return [];
  }
}

function validateJson(data: JsonRecord, key: string): readonly FieldError[] {
  if (typeof data[key] !== "string") return [];
  const text = Buffer.from(data[key], "base64").toString();
  const wrong = (why: string): readonly FieldError[] => [
    invalidValue(`data[${key}]`, "<secret contents redacted>", why),
  ];
  const { error } = inspectJson(text);
  if (error !== undefined) return wrong(error);
  const value: unknown = JSON.parse(text);
  if (isRecord(value)) return [];
  const found = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  return wrong(`json: cannot unmarshal ${found} into Go value of type map[string]interface {}`);
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
