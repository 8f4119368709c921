import { defaultCalibration } from "../calibration.ts";

export interface CalibrationIssue {
  /** `nodes.join.distribution.parts[1].weight`. */
  readonly path: string;
  readonly message: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Everything that is wrong with entries that somebody wrote. */
export function checkChanges(changes: unknown): readonly CalibrationIssue[] {
  if (!isFields(changes)) return [issue("calibration", `must be a map of entries by name, not ${shown(changes)}`)];
  return Object.entries(changes).flatMap(([name, entry]) => checkEntry(name, entry));
}

function checkEntry(name: string, entry: unknown): readonly CalibrationIssue[] {
  const known = Object.hasOwn(defaultCalibration, name)
    ? defaultCalibration[name as keyof typeof defaultCalibration]
    : undefined;
  if (!known) return [issue(name, `is no entry of the calibration${suggestion(name)}`)];
  if (!isFields(entry)) return [issue(name, `must have distribution, source and confidence, not ${shown(entry)}`)];
  const { source, confidence, distribution, samples } = entry;
  return [
    ...unknownKeys(name, entry, ["distribution", "source", "confidence", "samples"]),
    ...(typeof source === "string" && source.trim() !== ""
      ? []
      : [issue(`${name}.source`, "must say where the entry comes from")]),
    ...(["A", "B", "C", "D"].includes(confidence as string)
      ? []
      : [issue(`${name}.confidence`, `must be A, B, C or D, not ${shown(confidence)}`)]),
    ...(samples === undefined || (Number.isInteger(samples) && (samples as number) > 0)
      ? []
      : [issue(`${name}.samples`, `must be a whole number above 0, not ${shown(samples)}`)]),
    ...(known.distribution.kind === "chance"
      ? checkChance(`${name}.distribution`, distribution)
      : checkDistribution(`${name}.distribution`, distribution, 0)),
  ];
}

function checkChance(path: string, value: unknown): readonly CalibrationIssue[] {
  if (!isFields(value) || value["kind"] !== "chance") {
    return [issue(path, `must be { kind: chance, probability: 0.01 }, not ${shown(value)}`)];
  }
  const { probability } = value;
  const isShare = typeof probability === "number" && probability >= 0 && probability <= 1;
  return [
    ...unknownKeys(path, value, ["kind", "probability"]),
    ...(isShare ? [] : [issue(`${path}.probability`, `must be a number from 0 to 1, not ${shown(probability)}`)]),
  ];
}

const kinds: Readonly<Record<string, readonly string[]>> = {
  fixed: ["seconds"],
  uniform: ["fromSeconds", "toSeconds"],
  lognormal: ["medianSeconds", "p95Seconds"],
  empirical: ["seconds"],
  mixture: ["parts"],
};

function checkDistribution(path: string, value: unknown, depth: number): readonly CalibrationIssue[] {
  const kind = isFields(value) ? String(value["kind"]) : "";
  const fields = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!isFields(value) || !fields) {
    const found = isFields(value) ? `kind ${shown(value["kind"])}` : shown(value);
    return [issue(path, `must be of kind ${Object.keys(kinds).join(", ")}, not ${found}`)];
  }
  const wrong = [...unknownKeys(path, value, ["kind", ...fields]), ...checkFields(path, kind, value, depth)];
  return wrong.length > 0 ? wrong : checkOrder(path, value);
}

function checkFields(path: string, kind: string, value: Fields, depth: number): readonly CalibrationIssue[] {
  switch (kind) {
    case "mixture":
      return checkParts(`${path}.parts`, value["parts"], depth);
    case "empirical": {
      const { seconds } = value;
      if (!Array.isArray(seconds) || seconds.length === 0) {
        return [issue(`${path}.seconds`, `must be a list of at least one duration, not ${shown(seconds)}`)];
      }
      return seconds.flatMap((one: unknown, index) => checkSeconds(`${path}.seconds[${index}]`, one));
    }
    default:
      return (kinds[kind] ?? []).flatMap((field) => checkSeconds(`${path}.${field}`, value[field], kind));
  }
}

function checkOrder(path: string, value: Fields): readonly CalibrationIssue[] {
  const pairs = [
    ["medianSeconds", "p95Seconds"],
    ["fromSeconds", "toSeconds"],
  ] as const;
  return pairs
    .filter(([low, high]) => Number(value[low]) > Number(value[high]))
    .map(([low, high]) => issue(`${path}.${high}`, `must be at least ${low} (${shown(value[low])})`));
}

function checkSeconds(path: string, value: unknown, kind = ""): readonly CalibrationIssue[] {
  const isNumber = typeof value === "number" && Number.isFinite(value);
  if (!isNumber) return [issue(path, `must be a number of seconds, not ${shown(value)}`)];
  if (value < 0) return [issue(path, `must not be negative, and is ${value}`)];
  if (value > longestSeconds) return [issue(path, `must be at most ${longestSeconds} (30 days), and is ${value}`)];
  if (kind === "lognormal" && value === 0) return [issue(path, "must be above 0: a lognormal has no zero")];
  return [];
}

const longestSeconds = 30 * 86_400;
const deepestMixture = 3;

function checkParts(path: string, parts: unknown, depth: number): readonly CalibrationIssue[] {
  if (!Array.isArray(parts) || parts.length === 0) {
    return [issue(path, `must be a list of { weight, distribution }, not ${shown(parts)}`)];
  }
  if (depth >= deepestMixture) return [issue(path, `is a mixture within ${deepestMixture} others: write it as one`)];
  const wrong = parts.flatMap((part: unknown, index) => checkPart(`${path}[${index}]`, part, depth));
  if (wrong.length > 0) return wrong;
  const sum = (parts as readonly { readonly weight: number }[]).reduce((total, { weight }) => total + weight, 0);
  return Math.abs(sum - 1) < 1e-6 ? [] : [issue(path, `have weights that sum to ${Number(sum.toFixed(6))}, not to 1`)];
}

function checkPart(path: string, part: unknown, depth: number): readonly CalibrationIssue[] {
  if (!isFields(part)) return [issue(path, `must be { weight, distribution }, not ${shown(part)}`)];
  const { weight, distribution } = part;
  const isWeight = typeof weight === "number" && weight > 0 && weight <= 1;
  return [
    ...unknownKeys(path, part, ["weight", "distribution"]),
    ...(isWeight ? [] : [issue(`${path}.weight`, `must be a number above 0 and up to 1, not ${shown(weight)}`)]),
    ...checkDistribution(`${path}.distribution`, distribution, depth + 1),
  ];
}

function unknownKeys(path: string, value: Fields, known: readonly string[]): readonly CalibrationIssue[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => issue(`${path}.${key}`, `is not known here; known are ${known.join(", ")}`));
}

/** The nearest names: those that begin, or end, with the most same letters. */
function suggestion(name: string): string {
  const near = Object.keys(defaultCalibration)
    .filter((other) => sharedLetters(name, other) >= 4)
    .toSorted((a, b) => sharedLetters(name, b) - sharedLetters(name, a))
    .slice(0, 3);
  return near.length === 0 ? "" : `; near to it are ${near.join(", ")}`;
}

function sharedLetters(one: string, other: string): number {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  let [first, last] = [0, 0];
  while (first < a.length && a[first] === b[first]) first += 1;
  while (last < a.length && a.at(-1 - last) === b.at(-1 - last)) last += 1;
  return Math.max(first, last);
}

function issue(path: string, message: string): CalibrationIssue {
  return { path, message };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "number" ? String(value) : JSON.stringify(value).slice(0, 60);
}
