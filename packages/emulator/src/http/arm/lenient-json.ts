/**
 * A text that is JSON as templates are written: with comments, names without quotes, texts in single quotes or over
 * several lines, and commas at the end. Gives strict JSON. Source: ARM templates, format; the command line sends them so.
 */
export function strictJson(text: string): string {
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    const [found = text.slice(at, at + 1), kind] = tokenAt(text, at);
    at += found.length;
    if (kind === "comment") continue;
    parts.push(kind === "text" ? quoted(found) : kind === "name" && isName(text, at) ? JSON.stringify(found) : found);
  }
  // Outside of texts a comma stands alone, so that those at an end can be told.
  return parts.filter((part, index) => part !== "," || !isEnd(parts, index)).join("");
}

type TokenKind = "comment" | "text" | "name" | "space" | "other";

const tokens: readonly (readonly [TokenKind, RegExp])[] = [
  ["comment", /\/\/[^\n]*|\/\*[\s\S]*?\*\//y],
  ["text", /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'/y],
  ["name", /[A-Za-z_$][\w$]*/y],
  ["space", /\s+/y],
];

function tokenAt(text: string, at: number): readonly [string | undefined, TokenKind] {
  for (const [kind, pattern] of tokens) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return [found, kind];
  }
  return [undefined, "other"];
}

/** A word before a colon; `true`, `false` and `null` are values elsewhere. */
function isName(text: string, after: number): boolean {
  return /^\s*:/.test(text.slice(after, after + 200));
}

function quoted(found: string): string {
  const inner = found.slice(1, -1);
  const body = found.startsWith("'") ? inner.replaceAll("\\'", "'").replaceAll('"', '\\"') : inner;
  return `"${body.replaceAll("\r", "\\r").replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"`;
}

function isEnd(parts: readonly string[], index: number): boolean {
  const next = parts.slice(index + 1).find((part) => part.trim() !== "");
  return next === "}" || next === "]" || next === undefined;
}
