/**
 * A pattern of RE2, which Go and so Kubernetes read, as one of JavaScript: the same texts match. Throws a `SyntaxError`
 * that begins with RE2's word for what is wrong (syntax: github.com/google/re2/wiki/Syntax).
 */
export function re2(pattern: string, flags = ""): RegExp {
  const key = `${flags}/${pattern}`;
  const known = compiled.get(key);
  if (known) return known;
  if (compiled.size >= keptPatterns) compiled.clear();
  const made = new RegExp(new Translation(pattern).text(), `u${flags}`);
  compiled.set(key, made);
  return made;
}

const compiled = new Map<string, RegExp>();
const keptPatterns = 1_000;

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

/** Flags in force, and how many groups of JavaScript stand for flags that were switched in the middle of one. */
interface Group {
  readonly flags: Flags;
  opened: readonly string[];
}

const syntaxSigns = /[\\^$.*+?()[\]{}|/]/;
const inClass: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t ",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};
const perl: Readonly<Record<string, string>> = { d: "0-9", s: "\\t\\n\\f\\r ", w: "0-9A-Za-z_" };
const single: Readonly<Record<string, string>> = { a: "\\x07", f: "\\f", n: "\\n", r: "\\r", t: "\\t", v: "\\v" };
/** More repetitions than these are refused. */
const mostRepetitions = 1_000;

class Translation {
  readonly #pattern: string;
  #at = 0;
  #groups: Group[] = [{ flags: { i: false, m: false, s: false }, opened: [] }];

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  text(): string {
    let text = "";
    while (this.#at < this.#pattern.length) text += this.#next();
    if (this.#groups.length > 1) throw problem("missing closing )", this.#pattern);
    return text + this.#closing();
  }

  get #group(): Group {
    const group = this.#groups.at(-1);
    if (!group) throw problem("unexpected )", this.#pattern);
    return group;
  }

  #closing(): string {
    return ")".repeat(this.#group.opened.length);
  }

  #take(found: RegExp): RegExpExecArray | undefined {
    const sticky = new RegExp(found.source, "yu");
    sticky.lastIndex = this.#at;
    const match = sticky.exec(this.#pattern);
    if (!match) return undefined;
    this.#at += match[0].length;
    return match;
  }

  #next(): string {
    const { flags } = this.#group;
    if (this.#take(/\(/)) return this.#open();
    if (this.#take(/\)/)) return this.#close();
    if (this.#take(/\|/)) return `${this.#closing()}|${this.#group.opened.join("")}`;
    if (this.#take(/\[/)) return this.#characterClass();
    if (this.#take(/\./)) return flags.s ? "[^]" : "[^\\n]";
    if (this.#take(/\^/)) return flags.m ? "(?<![^\\n])" : "(?<![^])";
    if (this.#take(/\$/)) return flags.m ? "(?![^\\n])" : "(?![^])";
    if (this.#take(/\\/)) return this.#escape();
    const repeat = this.#take(/\{(\d+)(?:,(\d*))?\}|[*+?]/);
    if (repeat) return this.#repeat(repeat);
    const [sign = ""] = this.#take(/[^]/) ?? [];
    return syntaxSigns.test(sign) ? `\\${sign}` : sign;
  }

  #repeat([whole, from, to]: RegExpExecArray): string {
    if (Math.max(Number(from ?? 0), Number(to ?? 0)) > mostRepetitions) throw problem("invalid repeat count", whole);
    const lazy = this.#take(/\?/) ? "?" : "";
    const more = this.#take(/[*+?]|\{\d+(?:,\d*)?\}/);
    if (more) throw problem("invalid nested repetition operator", `${whole}${lazy}${more[0]}`);
    return `${whole}${lazy}`;
  }

  #open(): string {
    const outer = this.#group.flags;
    const named = this.#take(/\?P?<([A-Za-z0-9_]+)>/);
    if (named) return this.#begin(`(?<${named[1] ?? ""}>`, outer);
    const flags = this.#take(/\?([imsU]*)(?:-([imsU]+))?([:)])/);
    if (flags) return this.#flags(flags);
    const strange = this.#take(/\?.{0,2}/);
    if (strange) {
      const [text] = strange;
      throw problem("invalid or unsupported Perl syntax", `(${text.slice(0, text.startsWith("?<") ? 3 : 2)}`);
    }
    return this.#begin("(", outer);
  }

  #begin(opening: string, flags: Flags): string {
    this.#groups.push({ flags, opened: [] });
    return opening;
  }

  #flags([, on = "", off = "", end]: RegExpExecArray): string {
    const before = this.#group.flags;
    const has = (flag: keyof Flags): boolean => (before[flag] || on.includes(flag)) && !off.includes(flag);
    const flags = { i: has("i"), m: has("m"), s: has("s") };
    const opening = flags.i === before.i ? "(?:" : flags.i ? "(?i:" : "(?-i:";
    if (end === ":") return this.#begin(opening, flags);
    const { opened } = this.#group;
    this.#groups[this.#groups.length - 1] = { flags, opened: [...opened, opening] };
    return opening;
  }

  #close(): string {
    const closing = this.#closing();
    if (this.#groups.length === 1) throw problem("unexpected )", this.#pattern);
    this.#groups.pop();
    return `${closing})`;
  }

  #escape(): string {
    if (this.#take(/A/)) return "(?<![^])";
    if (this.#take(/z/)) return "(?![^])";
    if (this.#take(/b/)) return "\\b";
    if (this.#take(/B/)) return "\\B";
    if (this.#take(/C/)) return "[^]";
    if (this.#take(/Q/)) return this.#quoted();
    const set = this.#set();
    if (set !== undefined) return set.startsWith("^") ? `[^${set.slice(1)}]` : `[${set}]`;
    return this.#character();
  }

  #quoted(): string {
    const end = this.#pattern.indexOf("\\E", this.#at);
    const text = this.#pattern.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#pattern.length : end + 2;
    return Array.from(text, (sign) => (syntaxSigns.test(sign) ? `\\${sign}` : sign)).join("");
  }

  /** After a backslash: what stands for several characters, as the inside of a class; `^` before it turns it round. */
  #set(): string | undefined {
    const [, letter = ""] = this.#take(/([dDsSwW])/) ?? [];
    if (letter !== "") return `${letter === letter.toUpperCase() ? "^" : ""}${perl[letter.toLowerCase()] ?? ""}`;
    const [whole, kind, negated, long, short] = this.#take(/([pP])(?:\{(\^?)(\w+)\}|(\w))/) ?? [];
    if (kind === undefined) return undefined;
    const isNot = (kind === "P") !== (negated === "^");
    return `\\${isNot ? "P" : "p"}{${propertyOf(long ?? short ?? "", whole ?? "")}}`;
  }

  /** After a backslash: one character. */
  #character(): string {
    const [, hex] = this.#take(/x\{([0-9A-Fa-f]+)\}/) ?? this.#take(/x([0-9A-Fa-f]{2})/) ?? [];
    if (hex !== undefined) return `\\u{${hex}}`;
    const [, octal] = this.#take(/(0[0-7]{0,2}|[1-7][0-7]{1,2})/) ?? [];
    if (octal !== undefined) return `\\u{${Number.parseInt(octal, 8).toString(16)}}`;
    const [sign] = this.#take(/[^]/) ?? [];
    if (sign === undefined) throw problem("trailing backslash at end of expression", "");
    const known = single[sign];
    if (known !== undefined) return known;
    if (/[A-Za-z0-9]/.test(sign)) throw problem("invalid escape sequence", `\\${sign}`);
    return syntaxSigns.test(sign) ? `\\${sign}` : sign;
  }

  #characterClass(): string {
    const start = this.#at - 1;
    const negated = this.#take(/\^/) ? "^" : "";
    const parts: string[] = [];
    const turned: string[] = [];
    for (let first = true; first || !this.#take(/\]/); first = false) {
      if (this.#at >= this.#pattern.length) throw problem("missing closing ]", this.#pattern.slice(start));
      const part = this.#classPart();
      if (part.startsWith("^") && part.length > 1) turned.push(part.slice(1));
      else parts.push(part);
    }
    if (turned.length === 0) return `[${negated}${parts.join("")}]`;
    const others = turned.map((inside) => `[^${inside}]`);
    const all = [...(parts.length > 0 ? [`[${parts.join("")}]`] : []), ...others].join("|");
    return negated === "" ? `(?:${all})` : `(?:(?!${all})[^])`;
  }

  #classPart(): string {
    const named = this.#take(/\[:(\^?)(\w+):\]/);
    if (named) {
      const [whole, not = "", name = ""] = named;
      const inside = inClass[name];
      if (inside === undefined) throw problem("invalid character class range", whole);
      return `${not}${inside}`;
    }
    const low = this.#classCharacter();
    if (low.length > 1 && /^(\^|\\[pP]|0-9|\\t\\n)/.test(low) && !low.startsWith("\\u")) return low;
    if (!this.#take(/-(?!\])/)) return low;
    const high = this.#classCharacter();
    return `${low}-${high}`;
  }

  #classCharacter(): string {
    if (this.#take(/\\/)) return this.#set() ?? inClassForm(this.#character());
    const [sign = ""] = this.#take(/[^]/) ?? [];
    return inClassForm(sign);
  }
}

function inClassForm(sign: string): string {
  return sign === "-" || sign === "^" || sign === "[" || sign === "]" || sign === "/" ? `\\${sign}` : sign;
}

function propertyOf(name: string, whole: string): string {
  const general = /^[A-Z][a-z]?$/.test(name) ? name : `Script=${name}`;
  try {
    new RegExp(`\\p{${general}}`, "u");
    return general;
  } catch {
    throw problem("invalid character class range", `\\${whole}`);
  }
}

function problem(what: string, where: string): SyntaxError {
  return new SyntaxError(`error parsing regexp: ${what}: \`${where}\``);
}
