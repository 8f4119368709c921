import { readFileSync } from "node:fs";

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: readonly string[];
  /** JSON types by path: `properties.agentPoolProfiles[].count`; `string|null` for one that was null at times. */
  readonly fields: Readonly<Record<string, string>>;
  /** Of a refusal. */
  readonly codes?: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What an answer lacks of what every recorded answer of that kind had. */
export type Missing = (answer: Answer, method: string, path: string) => string[];

/** `file`: below `test/recorded`. */
export function recordedIn(file: string): Missing {
  const { operations } = JSON.parse(readFileSync(new URL(`recorded/${file}`, import.meta.url), "utf8")) as {
    operations: readonly Recorded[];
  };
  return (answer, method, path) => {
    const recorded = operations.find(
      (one) => one.method === method && one.path === path && one.status === answer.status,
    );
    if (!recorded) {
      throw new Error(`${method} ${path} was never seen to answer ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    const headers = recorded.headers.filter((name) => answer.headers[name] === undefined);
    const fields = Object.entries(recorded.fields).filter(
      ([field, types]) => !hasField(answer.body, field.split("."), types.split("|")),
    );
    return [
      ...headers.map((name) => `header ${name}`),
      ...fields.map(([field, type]) => `${field}: ${type}`),
      ...wrongCode(answer, recorded.codes),
    ];
  };
}

function wrongCode({ body }: Answer, codes: readonly string[] | undefined): string[] {
  if (!codes) return [];
  const { error } = body as { readonly error?: { readonly code: string } };
  return codes.includes(error?.code ?? "") ? [] : [`code ${error?.code} instead of ${codes.join(" or ")}`];
}

function hasField(value: unknown, [part, ...rest]: string[], types: readonly string[]): boolean {
  if (part === undefined) return types.some((type) => isOfType(value, type));
  if (typeof value !== "object" || value === null) return false;
  const list = part.endsWith("[]");
  const member = (value as Record<string, unknown>)[list ? part.slice(0, -2) : part];
  // What was null at times has then no members.
  if (member === null && rest.length > 0) return true;
  if (!list) return member !== undefined && hasField(member, rest, types);
  return Array.isArray(member) && member.every((item) => hasField(item, rest, types));
}

function isOfType(value: unknown, type: string): boolean {
  if (value === null) return type === "null";
  if (Array.isArray(value)) return type === "array";
  if (typeof value === "number") return type === "number" || (type === "integer" && Number.isInteger(value));
  return typeof value === type;
}
