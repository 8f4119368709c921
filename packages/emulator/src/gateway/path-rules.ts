import type { PathRule } from "../world/ports.ts";

/** The host that the first fitting rule names, and the target as it is sent there. Undefined: no rule fits. */
export function followRules(
  rules: readonly PathRule[],
  target: string,
): { readonly host: string; readonly target: string } | undefined {
  const question = target.indexOf("?");
  const path = question < 0 ? target : target.slice(0, question);
  const query = question < 0 ? "" : target.slice(question);
  const rule = rules.find((candidate) => matches(candidate, path));
  return rule && { host: rule.host, target: `${rewrite(rule, path)}${query}` };
}

function matches({ kind, path: wanted, caseSensitive }: PathRule, path: string): boolean {
  const [left, right] = caseSensitive ? [path, wanted] : [path.toLowerCase(), wanted.toLowerCase()];
  switch (kind) {
    case "exact":
      return left === right;
    case "prefix":
      return left.startsWith(right);
    case "segments":
      return left === right || left.startsWith(right.endsWith("/") ? right : `${right}/`);
  }
}

/** A slash that the rewrite and the rest both have is one. */
function rewrite({ path: matched, prefixRewrite }: PathRule, path: string): string {
  if (prefixRewrite === undefined) return path;
  const rest = path.slice(matched.length);
  const joined =
    prefixRewrite.endsWith("/") && rest.startsWith("/") ? prefixRewrite + rest.slice(1) : prefixRewrite + rest;
  return joined.startsWith("/") ? joined : `/${joined}`;
}
