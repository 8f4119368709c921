import { FairwayError } from "@fairway/model";

/** `NAME=VALUE` words as the fields want them: numbers where an integer is expected, `env.NAME=VALUE` for texts by name. */
export function parameterValues(
  words: readonly string[],
  fields: Readonly<Record<string, { readonly type: string }>>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const named = new Map<string, Record<string, string>>();
  for (const word of words) {
    const at = word.indexOf("=");
    if (at < 1) throw notAPair(word);
    const [name, value] = [word.slice(0, at), word.slice(at + 1)];
    const [outer = "", inner] = name.split(/\.(.*)/s, 2);
    if (fields[outer]?.type === "texts by name" && inner) {
      named.set(outer, { ...named.get(outer), [inner]: value });
    } else values[name] = fields[name]?.type === "integer" && /^-?\d+$/.test(value) ? Number(value) : value;
  }
  return { ...values, ...Object.fromEntries(named) };
}

function notAPair(word: string): FairwayError {
  return new FairwayError("usage", `The parameter "${word}" is not NAME=VALUE.`, {
    hint: "Write cluster=demo, or env.NAME=VALUE where a fault takes variables. `fairway emulator fault list` shows the names.",
  });
}
