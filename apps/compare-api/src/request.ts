import { defaultExperiments, type ExperimentName, experimentNames } from "@fairway/lab";
import type { Request } from "express";
import { z } from "zod";
import { Problem } from "./problems.ts";

const schema = z.strictObject({
  seed: z
    .int()
    .min(0)
    .max(2 ** 31)
    .default(1),
  experiments: z
    .array(z.enum(experimentNames))
    .min(1)
    .default([...defaultExperiments]),
  timeScale: z.int().min(1).max(1_000).default(60),
});

export interface ComparisonRequest {
  readonly seed: number;
  readonly experiments: readonly ExperimentName[];
  readonly timeScale: number;
}

export function parseComparisonRequest(request: Request): ComparisonRequest {
  if (!request.is("application/json")) {
    throw new Problem(415, "not-json", 'Send the comparison as application/json, for example {"seed": 1}.');
  }
  const parsed = schema.safeParse(request.body);
  if (parsed.success) return parsed.data;
  throw new Problem(400, "comparison-invalid", "The comparison is not valid.", {
    errors: parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message })),
  });
}
