import { isDuration } from "../equality.ts";
import { evaluationError } from "../errors.ts";

/** `"%s: %d".format([…])`, as cel-go's string extension has it. */
export function formatted(template: string, values: readonly unknown[]): string {
  let next = 0;
  return template.replaceAll(/%(%|(?:\.(\d+))?([a-zA-Z]))/g, (clause, what: string, precision: string | undefined) => {
    if (what === "%") return "%";
    if (next >= values.length) throw evaluationError(`index ${next} out of range`);
    const value = values[next++];
    return clauseText(clause.at(-1) ?? "", value, precision === undefined ? 6 : Number(precision));
  });
}

function clauseText(verb: string, value: unknown, precision: number): string {
  switch (verb) {
    case "s":
      return valueText(value);
    case "d":
      return valueText(value);
    case "f":
      return Number(value).toFixed(precision);
    case "e":
      return Number(value)
        .toExponential(precision)
        .replace(/e([+-])(\d)$/, "e$10$2");
    case "b":
      return BigInt(typeof value === "bigint" || typeof value === "boolean" ? value : 0).toString(2);
    case "o":
      return whole(value).toString(8);
    case "x":
      return typeof value === "string" ? Buffer.from(value).toString("hex") : whole(value).toString(16);
    case "X":
      return clauseText("x", value, precision).toUpperCase();
    default:
      throw evaluationError(
        `could not parse formatting clause: unrecognized formatting clause ${JSON.stringify(verb)}`,
      );
  }
}

function whole(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  throw evaluationError("octal and hexadecimal clauses can only be used on integers");
}

/** A value as a text has it: lists and maps with their members. */
function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null) return "null";
  if (value instanceof Date) return value.toISOString().replace(".000Z", "Z");
  if (isDuration(value)) return `${value.seconds}s`;
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  if (typeof value === "bigint" || typeof value === "number" || typeof value === "boolean") return `${value}`;
  if (typeof value !== "object") throw evaluationError("no such overload");
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${name}: ${valueText(member)}`).join(", ")}}`;
}
