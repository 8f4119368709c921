import { goJson } from "../json-text.ts";
import { StatusError, type Subject } from "../status-error.ts";

/** One thing wrong with one field, worded as `field.Error` of the API server does. */
export interface FieldError {
  readonly field: string;
  readonly reason: string;
  readonly message: string;
}

/** Path of a field: `at("spec.ports").index(0).child("port")`. */
export function childPath(path: string, member: string): string {
  return path === "" ? member : `${path}.${member}`;
}

export function itemPath(path: string, index: number): string {
  return `${path}[${index}]`;
}

export function required(field: string, detail = ""): FieldError {
  return { field, reason: "FieldValueRequired", message: join("Required value", detail) };
}

export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  const head = value === omittedValue ? "Invalid value" : `Invalid value: ${show(value)}`;
  return { field, reason: "FieldValueInvalid", message: join(head, detail) };
}

/** Of what is too large to be shown. */
export const omittedValue: unique symbol = Symbol("omitted");

export function duplicate(field: string, value: unknown): FieldError {
  return { field, reason: "FieldValueDuplicate", message: `Duplicate value: ${show(value)}` };
}

export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.map((one) => JSON.stringify(one)).join(", ");
  return {
    field,
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${show(value)}: supported values: ${list}`,
  };
}

export function forbiddenField(field: string, detail: string): FieldError {
  return { field, reason: "FieldValueForbidden", message: join("Forbidden", detail) };
}

export function tooLong(field: string, limitBytes: number): FieldError {
  return { field, reason: "FieldValueTooLong", message: `Too long: may not be more than ${limitBytes} bytes` };
}

export function tooMany(field: string, count: number, limit: number): FieldError {
  return { field, reason: "FieldValueTooMany", message: `Too many: ${count}: must have at most ${limit} items` };
}

export function fieldNotFound(field: string, value: unknown): FieldError {
  return { field, reason: "FieldValueNotFound", message: `Not found: ${show(value)}` };
}

/** 422 with all causes: `Deployment.apps "web" is invalid: [spec.replicas: …, spec.selector: …]`. */
export function invalid(subject: Subject, name: string, errors: readonly FieldError[]): StatusError {
  const kind = subject.group ? `${subject.kind}.${subject.group}` : subject.kind;
  const texts = [...new Set(errors.map((error) => `${error.field}: ${error.message}`))];
  const summary = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  return new StatusError(422, "Invalid", `${kind} "${name}" is invalid: ${summary}`, {
    ...(name ? { name } : {}),
    ...(subject.group ? { group: subject.group } : {}),
    ...(subject.kind ? { kind: subject.kind } : {}),
    causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
  });
}

function join(head: string, detail: string): string {
  return detail ? `${head}: ${detail}` : head;
}

function show(value: unknown): string {
  if (value === undefined) return '""';
  if (typeof value === "object") return goJson(value);
  // Go writes control characters of a text otherwise than JSON.
  return JSON.stringify(value).replace(/\\u00([01][0-9a-f])/g, "\\x$1");
}
