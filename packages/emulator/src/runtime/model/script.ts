import type { ContainerSpec } from "../../world/ports.ts";

/** What a modelled container does, one thing after the other. */
export type ScriptStep =
  | { readonly kind: "print"; readonly line: string }
  /** Written to the termination log. */
  | { readonly kind: "message"; readonly text: string }
  | { readonly kind: "sleep"; readonly ms: number }
  | { readonly kind: "exit"; readonly code: number };

/**
 * The steps of a command that the model understands: `echo`, `printf`, `sleep`, `date`, `true`, `false`, `exit`, alone or
 * as a `sh -c` script with `;`, `&&`, `||`, `for … in` and `while true`. Undefined for any other, or none.
 */
export function scriptOf(spec: Pick<ContainerSpec, "command" | "args" | "env">): Iterable<ScriptStep> | undefined {
  const words = [...(spec.command ?? []), ...(spec.args ?? [])];
  const [program = "", flag = "", text = ""] = words;
  const isShell = shells.has(baseName(program)) && /^-[eux]*c$/.test(flag);
  const statements = isShell ? parseScript(text) : words.length > 0 ? simple(words) : undefined;
  if (!statements) return undefined;
  return run(statements, new Map(Object.entries(spec.env)));
}

const shells: ReadonlySet<string> = new Set(["sh", "bash", "ash", "dash"]);

type Statement =
  | { readonly kind: "command"; readonly words: readonly string[]; readonly on: Joint }
  | {
      readonly kind: "for";
      readonly name: string;
      readonly values: readonly string[];
      readonly body: Statement[];
      readonly on: Joint;
    }
  | { readonly kind: "forever"; readonly body: Statement[]; readonly on: Joint };

/** What joins a statement to the one before. */
type Joint = ";" | "&&" | "||";

const known: ReadonlySet<string> = new Set([
  "echo",
  "printf",
  "sleep",
  "date",
  "true",
  "false",
  "exit",
  ":",
  "set",
  "trap",
  "hostname",
]);

function simple(words: readonly string[]): Statement[] | undefined {
  return known.has(baseName(words[0] ?? "")) ? [{ kind: "command", words, on: ";" }] : undefined;
}

function baseName(program: string): string {
  return program.slice(program.lastIndexOf("/") + 1);
}

interface Token {
  readonly text: string;
  /** In quotes: no operator, whatever it looks like. */
  readonly quoted: boolean;
}

/** Undefined when there is something in it that the model does not know. */
function parseScript(text: string): Statement[] | undefined {
  const tokens = tokensOf(text);
  if (!tokens) return undefined;
  const parser = new Parser(tokens);
  const statements = parser.block([]);
  return parser.failed ? undefined : statements;
}

function tokensOf(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  const pattern =
    /\s*(?:(#[^\n]*)|(\n|;|&&|\|\||[|&`()<]|[0-9]?>{1,2}(?:&[0-9])?)|((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|\$\([^)]*\)|[^\s;&|<>`"'\\()#]|#)+))/gy;
  while (pattern.lastIndex < text.length) {
    const before = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) return text.slice(before).trim() === "" ? tokens : undefined;
    const [, comment, operator, word] = match;
    if (comment !== undefined) continue;
    if (operator !== undefined) tokens.push({ text: operator, quoted: false });
    else if (word !== undefined) tokens.push({ text: word, quoted: /["'\\]/.test(word) });
  }
  return tokens;
}

class Parser {
  failed = false;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** Statements up to one of the words, which is taken too; up to the end for none. */
  block(ends: readonly string[]): Statement[] {
    const statements: Statement[] = [];
    let on: Joint = ";";
    while (!this.failed) {
      const token = this.#next();
      if (!token) {
        this.failed ||= ends.length > 0;
        return statements;
      }
      if (!token.quoted && ends.includes(token.text)) return statements;
      if (isSeparator(token)) {
        on = token.text === "&&" || token.text === "||" ? token.text : on;
        continue;
      }
      statements.push(this.#statement(token, on));
      on = ";";
    }
    return statements;
  }

  #statement(first: Token, on: Joint): Statement {
    if (first.text === "for") return this.#loopOver(on);
    if (first.text === "while" || first.text === "until") return this.#loop(first.text, on);
    const words = [unquoted(first)];
    for (let token = this.#peek(); token && !isSeparator(token); token = this.#peek()) {
      this.#at += 1;
      if (!token.quoted && /^[|&`()<]$/.test(token.text)) this.failed = true;
      words.push(unquoted(token));
    }
    if (!known.has(baseName(words[0] ?? ""))) this.failed = true;
    return { kind: "command", words, on };
  }

  #loopOver(on: Joint): Statement {
    const name = this.#next()?.text ?? "";
    if (this.#next()?.text !== "in") this.failed = true;
    const values: string[] = [];
    for (let token = this.#peek(); token && !isSeparator(token); token = this.#peek()) {
      this.#at += 1;
      const range = /^\$\(seq (?:(\d+) )?(\d+)\)$/.exec(token.text);
      if (range) for (let i = Number(range[1] ?? 1); i <= Number(range[2]); i++) values.push(String(i));
      else values.push(unquoted(token));
    }
    this.block(["do"]);
    return { kind: "for", name, values, body: this.block(["done"]), on };
  }

  #loop(word: string, on: Joint): Statement {
    const condition = this.#next()?.text;
    const isEndless = word === "while" ? condition === "true" || condition === ":" : condition === "false";
    if (!isEndless) this.failed = true;
    this.block(["do"]);
    return { kind: "forever", body: this.block(["done"]), on };
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #next(): Token | undefined {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    return token;
  }
}

function isSeparator({ text, quoted }: Token): boolean {
  return !quoted && [";", "\n", "&&", "||"].includes(text);
}

/** Without quotes; a single-quoted `$` is kept from expansion. */
function unquoted({ text }: Token): string {
  return text.replaceAll(
    /"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g,
    (_whole, double?: string, single?: string, one?: string) => {
      if (double !== undefined) return double.replaceAll(/\\(["\\$`])/g, "$1");
      return single?.replaceAll("$", literalDollar) ?? one ?? "";
    },
  );
}

const literalDollar = "\u0000";

function* run(statements: readonly Statement[], env: Map<string, string>): Generator<ScriptStep, void> {
  const shell = { env, status: 0 };
  yield* runBlock(statements, shell);
  yield { kind: "exit", code: shell.status };
}

interface Shell {
  readonly env: Map<string, string>;
  status: number;
}

/** `true`: the script has ended. */
function* runBlock(statements: readonly Statement[], shell: Shell): Generator<ScriptStep, boolean> {
  for (const statement of statements) {
    if (statement.on === "&&" && shell.status !== 0) continue;
    if (statement.on === "||" && shell.status === 0) continue;
    if (yield* runOne(statement, shell)) return true;
  }
  return false;
}

function* runOne(statement: Statement, shell: Shell): Generator<ScriptStep, boolean> {
  switch (statement.kind) {
    case "command":
      return yield* runCommand(statement.words, shell);
    case "for":
      for (const value of statement.values) {
        shell.env.set(statement.name, expand(value, shell));
        if (yield* runBlock(statement.body, shell)) return true;
      }
      return false;
    case "forever":
      for (;;) {
        if (yield* runBlock(statement.body, shell)) return true;
        // A loop without any wait in it must not stop the world.
        yield { kind: "sleep", ms: 1 };
      }
  }
}

function* runCommand(words: readonly string[], shell: Shell): Generator<ScriptStep, boolean> {
  const [program = "", ...rest] = words;
  const { args, target } = redirected(rest.map((word) => expand(word, shell)));
  shell.status = 0;
  switch (baseName(program)) {
    case "echo":
    case "printf":
      yield* print(
        args
          .filter((arg) => !/^-[neE]+$/.test(arg))
          .join(" ")
          .replaceAll("\\n", "\n"),
        target,
      );
      return false;
    case "date":
      yield* print("Mon Jan  5 08:00:00 UTC 2026", target);
      return false;
    case "hostname":
      yield* print(shell.env.get("HOSTNAME") ?? "", target);
      return false;
    case "sleep":
      yield { kind: "sleep", ms: sleepMs(args[0] ?? "0") };
      return false;
    case "false":
      shell.status = 1;
      return false;
    case "exit":
      yield { kind: "exit", code: Number(args[0] ?? 0) & 255 };
      return true;
    default:
      return false;
  }
}

function* print(text: string, target: string | undefined): Generator<ScriptStep, void> {
  if (target?.endsWith("/termination-log")) yield { kind: "message", text };
  else if (target === undefined) for (const line of text.replace(/\n$/, "").split("\n")) yield { kind: "print", line };
}

/** `> file`: nobody sees it. `>&2` is the log as well. */
function redirected(words: readonly string[]): { args: string[]; target: string | undefined } {
  const at = words.findIndex((word) => /^[0-9]?>{1,2}$/.test(word));
  const args = (at < 0 ? words : words.slice(0, at)).filter((word) => !/^[0-9]?>{1,2}&[0-9]$/.test(word));
  return { args, target: at < 0 ? undefined : (words[at + 1] ?? "") };
}

function sleepMs(text: string): number {
  const [, amount = "", unit = "s"] = /^([\d.]+)([smhd]?)$/.exec(text) ?? [];
  if (amount === "") return text === "infinity" || text === "inf" ? Number.POSITIVE_INFINITY : 0;
  const seconds = { s: 1, m: 60, h: 3_600, d: 86_400 }[unit || "s"] ?? 1;
  return Number(amount) * seconds * 1_000;
}

function expand(word: string, { env, status }: Shell): string {
  return word
    .replaceAll(/\$\{?(\w+|\?)\}?/g, (_whole, name: string) => (name === "?" ? String(status) : (env.get(name) ?? "")))
    .replaceAll(literalDollar, "$");
}
