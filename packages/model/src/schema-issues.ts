import type { z } from "zod";
import type { Issue } from "./errors.ts";

/** What a zod schema found wrong, in the words of somebody who wrote the file: one issue per field, with its path. */
export function schemaIssues(found: readonly z.core.$ZodIssue[], input: unknown): readonly Issue[] {
  return found.flatMap((issue) => issuesOf(issue, input));
}

/** `scale.rules[0].type`, `env["A B"]`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    const name = String(key);
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) return `${text}[${JSON.stringify(name)}]`;
    return text === "" ? name : `${text}.${name}`;
  }, "");
}

function issuesOf(issue: z.core.$ZodIssue, input: unknown): Issue[] {
  const path = fieldPath(issue.path);
  const given = valueAt(input, issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ path: fieldPath([...issue.path, key]), message: "unknown field" }));
    case "invalid_union":
      return unionIssues(issue, given, input);
    case "invalid_key":
      return issue.issues.map(({ message }) => ({ path, message }));
    case "invalid_value":
      return [{ path, message: `${shown(given)} is not one of ${issue.values.map(String).join(", ")}` }];
    case "invalid_type":
      return [{ path, message: given === undefined ? "is required" : `must be ${article(issue.expected)}` }];
    case "too_small":
      return [{ path, message: own(issue) ?? `must be at least ${issue.minimum}${unitOf(issue.origin)}` }];
    case "too_big":
      return [{ path, message: own(issue) ?? `must be at most ${issue.maximum}${unitOf(issue.origin)}` }];
    case "invalid_format":
      return [{ path, message: issue.message.replace(/^Invalid string: /, "") }];
    case "not_multiple_of":
    case "invalid_element":
    case "custom":
      return [{ path, message: issue.message }];
  }
}

/** The message that the schema gives, unless it is zod's own. */
function own(issue: z.core.$ZodIssue): string | undefined {
  return /^Too (small|big)/.test(issue.message) ? undefined : issue.message;
}

function unionIssues(issue: z.core.$ZodIssueInvalidUnion, given: unknown, input: unknown): Issue[] {
  const path = fieldPath(issue.path);
  if (issue.discriminator !== undefined) {
    const options = "options" in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
    return [{ path, message: `unknown rule ${shown(given)}, expected one of ${options.join(", ")}` }];
  }
  const isOfWrongType = (inner: z.core.$ZodIssue) => inner.code === "invalid_type" && inner.path.length === 0;
  const nearest = issue.errors.find((branch) => !branch.some(isOfWrongType));
  if (nearest) {
    return nearest.flatMap((inner) => issuesOf({ ...inner, path: [...issue.path, ...inner.path] }, input));
  }
  const expected = issue.errors.flatMap((branch) => branch.map((inner) => ("expected" in inner ? inner.expected : "")));
  return [{ path, message: `must be ${[...new Set(expected.map(article))].join(" or ")}` }];
}

function shown(value: unknown): string {
  if (value === undefined) return "(nothing)";
  return (JSON.stringify(value) ?? typeof value).slice(0, 60);
}

function article(type: string): string {
  const name = type === "int" ? "whole number" : type === "record" ? "object" : type;
  return `${/^[aeiou]/.test(name) ? "an" : "a"} ${name}`;
}

function unitOf(origin: string): string {
  if (origin === "string") return " characters long";
  return origin === "array" ? " long" : "";
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}
