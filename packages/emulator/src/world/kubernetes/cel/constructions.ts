/** An expression without constructions, and where each of its characters stood before. */
export interface Rewritten {
  readonly text: string;
  originOf(index: number): number;
}

/**
 * `Object.spec{replicas: 1}` and `JSONPatch{op: "add"}`, which the library cannot read, as calls with a map: those are
 * the only messages that Kubernetes' expressions construct.
 */
export function withoutConstructions(expression: string): Rewritten {
  const writer = new Writer(expression);
  while (!writer.atEnd) step(writer);
  return { text: writer.text, originOf: (index) => writer.origins[index] ?? expression.length };
}

const literal = /[rRbB]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/y;
const construction = /(?<![\w.])(Object|JSONPatch)((?:\.[A-Za-z_]\w*)*)\s*\{/y;
const member = /([A-Za-z_]\w*)(\s*:)/y;

function step(writer: Writer): void {
  const found = writer.match(construction);
  if (found) {
    const [whole, root = "", path = ""] = found;
    writer.open.push("message");
    writer.wantsMember = true;
    writer.put(`${root === "JSONPatch" ? "asPatch" : path === "" ? "asObject" : "asPart"}({`, whole.length);
    return;
  }
  const text = writer.match(literal)?.[0];
  if (text !== undefined) return writer.put(text, text.length);
  const field = writer.wantsMember && writer.open.at(-1) === "message" ? writer.match(member) : undefined;
  if (field) {
    const [whole, name = "", colon = ""] = field;
    writer.wantsMember = false;
    writer.hasMember.push(writer.open.length);
    return writer.put(`"${name}"${colon}dyn(`, whole.length);
  }
  stepSign(writer);
}

function stepSign(writer: Writer): void {
  const sign = writer.next;
  if ("([{".includes(sign)) writer.open.push(sign);
  const ends = ")]},".includes(sign) && writer.open.at(-1) === "message";
  const member = ends ? writer.endMember() : "";
  if (ends && sign === ",") writer.wantsMember = true;
  const closed = ")]}".includes(sign) ? writer.open.pop() : undefined;
  writer.put(closed === "message" ? `${member}})` : `${member}${sign}`, 1);
}

class Writer {
  readonly open: string[] = [];
  readonly origins: number[] = [];
  readonly #expression: string;
  #at = 0;
  text = "";
  /** How deep the messages are whose members have begun: each member's value is `dyn`, as members are not alike. */
  readonly hasMember: number[] = [];
  /** A message's next member comes here. */
  wantsMember = false;

  constructor(expression: string) {
    this.#expression = expression;
  }

  get atEnd(): boolean {
    return this.#at >= this.#expression.length;
  }

  get next(): string {
    return this.#expression.charAt(this.#at);
  }

  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#expression) ?? undefined;
  }

  endMember(): string {
    if (this.hasMember.at(-1) !== this.open.length) return "";
    this.hasMember.pop();
    return ")";
  }

  /** What stands for the next `length` characters. */
  put(text: string, length: number): void {
    const shift = Math.max(0, text.length - length);
    for (let index = 0; index < text.length; index += 1) this.origins.push(this.#at + Math.max(0, index - shift));
    this.text += text;
    this.#at += length;
  }
}
