import { ArmError, type ArmResponse } from "../../world/arm/provider.ts";
import type { CallContent } from "./call.ts";

/** What lists of groups and of resources are made of. */
export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The page that `$filter`, `$top` and `$skiptoken` ask for, with a link to the next one (ARM REST API, lists). */
export function answerList(call: CallContent, path: string, all: readonly Listed[]): ArmResponse {
  const filter = parameter(call, "$filter");
  const wanted = filter === undefined ? all : all.filter(parseFilter(filter));
  const top = topOf(parameter(call, "$top"));
  const start = startOf(parameter(call, "$skiptoken"));
  const end = top === undefined ? wanted.length : start + top;
  const nextLink = end < wanted.length ? { nextLink: linkTo(call, path, end) } : {};
  return { status: 200, body: { value: wanted.slice(start, end), ...nextLink } };
}

function linkTo({ baseUrl, query }: CallContent, path: string, start: number): string {
  const others = [...query].filter(([name]) => name.toLowerCase() !== "$skiptoken");
  const token = Buffer.from(String(start)).toString("base64url");
  return `${baseUrl}${path}?${new URLSearchParams([...others, ["$skiptoken", token]]).toString()}`;
}

function parameter({ query }: CallContent, wanted: string): string | undefined {
  return [...query].find(([name]) => name.toLowerCase() === wanted)?.[1];
}

function topOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new ArmError(
    400,
    "InvalidTopInQueryString",
    `Invalid $top '${text.slice(0, 40)}' specified in the query string.`,
  );
}

function startOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const text = Buffer.from(token, "base64url").toString();
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ArmError(
    400,
    "InvalidSkipToken",
    `Invalid $skiptoken '${token.slice(0, 80)}' specified in the query string.`,
  );
}

type Test = (item: Listed) => boolean;

/** `a eq 'b'`, `a ne 'b'` and `substringof('b', a)`, joined by `and` and `or`; `and` binds more. */
function parseFilter(text: string): Test {
  const either = splitOutside(text, "or").map((part) => allOf(splitOutside(part, "and"), text));
  return (item) => either.some((test) => test(item));
}

/** A name and a value of a tag that stand together speak of one tag. */
function allOf(parts: readonly string[], text: string): Test {
  const terms = parts.map((part) => parseTerm(part, text));
  const tagName = terms.find(({ field }) => field === "tagname")?.value;
  return (item) => terms.every((term) => holds(term, item, tagName));
}

interface Term {
  readonly field: string;
  readonly kind: "eq" | "ne" | "contains";
  readonly value: string;
}

const comparison = /^([\w/]+)\s+(eq|ne)\s+'((?:[^']|'')*)'$/i;
const substring = /^substringof\('((?:[^']|'')*)',\s*(\w+)\)(?:\s+eq\s+true)?$/i;
const fields = ["resourcetype", "resourcegroup", "name", "location", "tagname", "tagvalue"];

function parseTerm(part: string, text: string): Term {
  const term = part
    .trim()
    .replace(/^\((.*)\)$/, "$1")
    .trim();
  const [, field = "", operator = "", value = ""] = comparison.exec(term) ?? [];
  const [, needle = "", within = ""] = substring.exec(term) ?? [];
  const name = (field || within).toLowerCase();
  if (!fields.includes(name)) {
    const shown = text.slice(0, 200);
    throw new ArmError(400, "InvalidFilterInQueryString", `Invalid $filter '${shown}' specified in the query string.`);
  }
  const plain = (field ? value : needle).replaceAll("''", "'").toLowerCase();
  return { field: name, kind: field ? (operator.toLowerCase() === "ne" ? "ne" : "eq") : "contains", value: plain };
}

function holds({ field, kind, value }: Term, item: Listed, tagName: string | undefined): boolean {
  if (field === "tagname") return tagsOf(item).some(([name]) => name === value) !== (kind === "ne");
  if (field === "tagvalue") {
    return tagsOf(item).some(([name, of]) => of === value && (tagName === undefined || name === tagName));
  }
  const actual = valueOf(item, field).toLowerCase();
  if (kind === "contains") return actual.includes(value);
  return (actual === value) === (kind === "eq");
}

function valueOf({ id, name, type, location }: Listed, field: string): string {
  switch (field) {
    case "resourcetype":
      return type;
    case "resourcegroup":
      return /\/resourceGroups\/([^/]+)/i.exec(id)?.[1] ?? "";
    case "location":
      return location;
    default:
      return name;
  }
}

function tagsOf({ tags }: Listed): [string, string][] {
  return Object.entries(tags ?? {}).map(([name, value]) => [name.toLowerCase(), value.toLowerCase()]);
}

/** By a word that stands outside of quotes. */
function splitOutside(text: string, word: "and" | "or"): string[] {
  const pieces = text.split(new RegExp(`\\s+${word}\\s+(?=(?:[^']*'[^']*')*[^']*$)`, "i"));
  return pieces.length > 0 ? pieces : [text];
}
