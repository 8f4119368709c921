import { badRequest } from "./status-error.ts";
import { validateLabelKey, validateLabelValue } from "./validation/metadata.ts";

type Labels = Readonly<Record<string, string>>;
export type Requirement = (labels: Labels) => boolean;

/** A token of a selector; `end` is the end of the text. */
interface Token {
  readonly kind: "word" | "mark" | "end";
  readonly text: string;
}

const tokens = /[ \t\r\n]*(?:([^!=<>(), \t\r\n]+)|(!=|==|=|!|<|>|\(|\)|,))/y;
const operators = "in, notin, =, ==, !=, gt, lt";

/**
 * The requirements of a label selector in the syntax of the query parameter: `a=b`, `a==b`, `a!=b`, `a in (b,c)`,
 * `a notin (b,c)`, `a`, `!a`, `a>1`, `a<1`, joined by commas. 400 in the words of apimachinery (pkg/labels) when it
 * cannot be read.
 */
export function parseRequirements(text: string): readonly Requirement[] {
  const reader = new SelectorReader(text);
  const requirements: Requirement[] = [];
  if (reader.next.kind === "end") return requirements;
  if (!startsRequirement(reader.next)) {
    throw badRequest(`found '${reader.next.text}', expected: !, identifier, or 'end of string'`);
  }
  for (;;) {
    requirements.push(requirementOf(reader));
    const { kind, text: found } = reader.take();
    if (kind === "end") return requirements;
    if (found !== ",") throw badRequest(`found '${found}', expected: ',' or 'end of string'`);
    if (!startsRequirement(reader.next)) {
      throw badRequest(`found '${reader.next.text}', expected: identifier after ','`);
    }
  }
}

class SelectorReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    tokens.lastIndex = 0;
    const found: Token[] = [];
    for (let match = tokens.exec(text); match; match = tokens.exec(text)) {
      found.push(match[1] === undefined ? { kind: "mark", text: match[2] ?? "" } : { kind: "word", text: match[1] });
    }
    this.#tokens = found;
  }

  get next(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "" };
  }

  take(): Token {
    const token = this.next;
    this.#at += 1;
    return token;
  }
}

function startsRequirement({ kind, text }: Token): boolean {
  return kind === "word" || text === "!";
}

function requirementOf(reader: SelectorReader): Requirement {
  const negated = reader.next.text === "!" && Boolean(reader.take());
  const key = reader.take();
  if (key.kind !== "word") throw unreadable(`found '${key.text}', expected: identifier`);
  refuse(validateLabelKey("<nil>", key.text));
  const ends = reader.next.kind === "end" || reader.next.text === ",";
  if (negated) return (labels) => !Object.hasOwn(labels, key.text);
  if (ends) return (labels) => Object.hasOwn(labels, key.text);
  const operator = reader.take().text;
  switch (operator) {
    case "in":
    case "notin":
      return setRequirement(key.text, operator === "in", valuesOf(reader));
    case "=":
    case "==":
    case "!=":
      return setRequirement(key.text, operator !== "!=", [exactValue(reader)]);
    case ">":
    case "<":
      return bound(key.text, operator, exactValue(reader));
    default:
      throw unreadable(`found '${operator}', expected: ${operators}`);
  }
}

/** `(a,b,)`: what is left out is the empty text. */
function valuesOf(reader: SelectorReader): readonly string[] {
  const open = reader.take();
  if (open.text !== "(") throw unreadable(`found '${open.text}' expected: '('`);
  const values: string[] = [];
  for (;;) {
    const value = reader.next.kind === "word" ? reader.take().text : "";
    values.push(value);
    const { text } = reader.take();
    if (text === ")") return values;
    if (text !== ",") throw unreadable(`found '${text}', expected: ',' or ')'`);
  }
}

function exactValue(reader: SelectorReader): string {
  if (reader.next.kind === "end" || reader.next.text === ",") return "";
  const { kind, text } = reader.take();
  if (kind !== "word") throw unreadable(`found '${text}', expected: identifier`);
  return text;
}

/** `notin` and `!=` also hold where the label is absent. */
function setRequirement(label: string, wanted: boolean, values: readonly string[]): Requirement {
  for (const [index, value] of values.entries()) refuse(validateLabelValue(`values[${index}][${label}]`, value));
  return (labels) => {
    const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
    return value === undefined ? !wanted : values.includes(value) === wanted;
  };
}

function bound(label: string, operator: string, text: string): Requirement {
  if (!/^[+-]?\d+$/.test(text)) {
    const rule = "for 'Gt', 'Lt' operators, the value must be an integer";
    throw unreadable(`values[0]: Invalid value: ${JSON.stringify(text)}: ${rule}`);
  }
  const limit = Number(text);
  return (labels) => {
    const actual = Number.parseInt(labels[label] ?? "", 10);
    return operator === ">" ? actual > limit : actual < limit;
  };
}

function refuse([error]: ReturnType<typeof validateLabelKey>): void {
  if (error) throw unreadable(`${error.field}: ${error.message}`);
}

function unreadable(why: string): Error {
  return badRequest(`unable to parse requirement: ${why}`);
}
