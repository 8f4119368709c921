import type { Environment } from "@marcbachmann/cel-js";
import { evaluationError } from "../errors.ts";
import { formatted } from "./format-text.ts";
import { re2 } from "./re2.ts";

/** Functions of texts that cel-go's string extension and Kubernetes' regular expressions add. */
export function addTexts(environment: Environment): void {
  environment.registerFunction("string.charAt(int): string", charAt);
  environment.registerFunction("string.replace(string, string): string", (text: string, from: string, to: string) =>
    text.replaceAll(from, () => to),
  );
  environment.registerFunction("string.replace(string, string, int): string", replaceSome);
  environment.registerFunction("matches(string, string): bool", (text: string, pattern: string) =>
    regExp(pattern, "").test(text),
  );
  environment.registerFunction("string.format(list<dyn>): string", formatted);
  environment.registerFunction("string.find(string): string", (text: string, pattern: string) => {
    return regExp(pattern, "").exec(text)?.[0] ?? "";
  });
  environment.registerFunction("string.findAll(string): list<string>", (text: string, pattern: string) =>
    findAll(text, pattern, -1n),
  );
  environment.registerFunction("string.findAll(string, int): list<string>", findAll);
  addQuote(environment);
}

class Strings {}

function addQuote(environment: Environment): void {
  environment.registerType("StringsNamespace", Strings);
  environment.registerConstant("strings", "StringsNamespace", new Strings());
  environment.registerFunction("StringsNamespace.quote(string): string", (_: Strings, text: string) =>
    JSON.stringify(text),
  );
}

function charAt(text: string, index: bigint): string {
  const characters = Array.from(text);
  if (index < 0n || Number(index) > characters.length) throw evaluationError(`index out of range: ${index}`);
  return characters[Number(index)] ?? "";
}

function replaceSome(text: string, from: string, to: string, limit: bigint): string {
  let left = limit;
  return text.replaceAll(from, (found) => (left-- === 0n ? ((left = 0n), found) : to));
}

function findAll(text: string, pattern: string, limit: bigint): readonly string[] {
  const found = Array.from(text.matchAll(regExp(pattern, "g")), ([whole]) => whole);
  return limit < 0n ? found : found.slice(0, Number(limit));
}

function regExp(pattern: string, flags: string): RegExp {
  try {
    return re2(pattern, flags);
  } catch (error) {
    throw evaluationError(error instanceof Error ? error.message : String(error));
  }
}
