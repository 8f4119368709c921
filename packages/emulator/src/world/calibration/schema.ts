import { defaultCalibration } from "../calibration.ts";

/** A calibration file as JSON Schema, for editors. What it cannot say, `parseCalibration` checks. */
export function calibrationJsonSchema(): unknown {
  const names = Object.entries(defaultCalibration);
  const entry = (distribution: string, description: string): unknown => ({
    type: "object",
    description,
    properties: {
      distribution: { $ref: `#/$defs/${distribution}` },
      source: { type: "string", minLength: 1, description: "Where the entry comes from." },
      confidence: { enum: ["A", "B", "C", "D"], description: "How far to trust it: A is best." },
      samples: { type: "integer", minimum: 1, description: "How many measurements it stands on." },
    },
    required: ["distribution", "source", "confidence"],
    additionalProperties: false,
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Fairway calibration",
    type: "object",
    properties: {
      $schema: { type: "string" },
      ...Object.fromEntries(
        names.map(([name, { distribution, source }]) => [
          name,
          entry(distribution.kind === "chance" ? "chance" : "distribution", `Default: ${source}.`),
        ]),
      ),
    },
    additionalProperties: false,
    $defs: {
      distribution: { oneOf: durations.map(([kind, fields]) => ofKind(kind, fields)) },
      chance: ofKind(...chance),
    },
  };
}

type Kind = readonly [kind: string, fields: Readonly<Record<string, unknown>>];

const seconds = { type: "number", minimum: 0, maximum: 2_592_000 };
const positive = { type: "number", exclusiveMinimum: 0, maximum: 2_592_000 };
const part = {
  type: "object",
  properties: {
    weight: { type: "number", exclusiveMinimum: 0, maximum: 1 },
    distribution: { $ref: "#/$defs/distribution" },
  },
  required: ["weight", "distribution"],
  additionalProperties: false,
};

const durations: readonly Kind[] = [
  ["fixed", { seconds }],
  ["uniform", { fromSeconds: seconds, toSeconds: seconds }],
  ["lognormal", { medianSeconds: positive, p95Seconds: positive }],
  ["empirical", { seconds: { type: "array", minItems: 1, items: seconds } }],
  ["mixture", { parts: { type: "array", minItems: 1, items: part, description: "Weights sum to 1." } }],
];

const chance: Kind = ["chance", { probability: { type: "number", minimum: 0, maximum: 1 } }];

function ofKind(kind: string, fields: Readonly<Record<string, unknown>>): unknown {
  return {
    type: "object",
    properties: { kind: { const: kind }, ...fields },
    required: ["kind", ...Object.keys(fields)],
    additionalProperties: false,
  };
}
