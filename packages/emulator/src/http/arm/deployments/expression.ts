/** One expression of a template's language, taken apart. Source: ARM templates, syntax of expressions. */
export type Expression =
  | { readonly kind: "value"; readonly value: string | number }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "member"; readonly of: Expression; readonly key: Expression };

/** The text is no expression. */
export class SyntaxProblem extends Error {}

/** What stands between the brackets; undefined for a text that is none. `[[` is a bracket that starts no expression. */
export function expressionIn(text: string): string | undefined {
  return text.startsWith("[") && text.endsWith("]") && !text.startsWith("[[") ? text.slice(1, -1) : undefined;
}

/** Throws `SyntaxProblem`. */
export function parseExpression(text: string): Expression {
  const reader = new Reader(text);
  const expression = readExpression(reader, 0);
  reader.spaces();
  if (!reader.isAtEnd) throw new SyntaxProblem(`expected the end at position ${reader.at}`);
  return expression;
}

/** Deeper ones are made to break something. */
const deepest = 100;

function readExpression(reader: Reader, depth: number): Expression {
  if (depth > deepest) throw new SyntaxProblem(`it is nested more than ${deepest} deep`);
  reader.spaces();
  let expression = readStart(reader, depth);
  for (;;) {
    reader.spaces();
    if (reader.take(".")) {
      const name = reader.match(/[A-Za-z_][\w]*/y);
      if (name === undefined) throw new SyntaxProblem(`expected a name at position ${reader.at}`);
      expression = { kind: "member", of: expression, key: { kind: "value", value: name } };
    } else if (reader.take("[")) {
      expression = { kind: "member", of: expression, key: readExpression(reader, depth + 1) };
      reader.spaces();
      reader.expect("]");
    } else return expression;
  }
}

function readStart(reader: Reader, depth: number): Expression {
  const number = reader.match(/-?\d+/y);
  if (number !== undefined) return { kind: "value", value: Number(number) };
  const text = reader.match(/'(?:[^']|'')*'/y);
  if (text !== undefined) return { kind: "value", value: text.slice(1, -1).replaceAll("''", "'") };
  const name = reader.match(/[A-Za-z_][\w.]*/y);
  if (name === undefined) throw new SyntaxProblem(`expected a function, a number or a text at position ${reader.at}`);
  reader.spaces();
  reader.expect("(");
  return { kind: "call", name, args: readArguments(reader, depth) };
}

function readArguments(reader: Reader, depth: number): Expression[] {
  const args: Expression[] = [];
  reader.spaces();
  if (reader.take(")")) return args;
  for (;;) {
    args.push(readExpression(reader, depth + 1));
    reader.spaces();
    if (reader.take(")")) return args;
    reader.expect(",");
  }
}

class Reader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#text.length;
  }

  spaces(): void {
    this.match(/\s*/y);
  }

  take(character: string): boolean {
    if (this.#text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  expect(character: string): void {
    if (!this.take(character)) throw new SyntaxProblem(`expected '${character}' at position ${this.at}`);
  }

  /** `pattern` is sticky. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }
}
