import { FairwayError } from "@fairway/model";
import { type Scenario, scenarioSchema, type Violation } from "./scenario.ts";

/** What a search leaves behind: the smallest scenario that goes wrong, and what went wrong. */
export interface Replay {
  /** That drew the scenario which this is the smallest form of. */
  readonly drawnFrom: string;
  readonly violations: readonly Violation[];
  readonly scenario: Scenario;
}

const formatName = "fairway-lab-replay";

export function formatReplay(replay: Replay): string {
  return `${JSON.stringify({ format: formatName, ...replay }, undefined, 2)}\n`;
}

/** Throws `usage` with the path of the first thing that is wrong. */
export function parseReplay(text: string, name: string): Scenario {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (cause) {
    throw invalid(name, `it is no JSON: ${cause instanceof Error ? cause.message : ""}`, cause);
  }
  const { format, scenario } = (read ?? {}) as Record<string, unknown>;
  if (format !== formatName) throw invalid(name, "it is no replay of the laboratory");
  const { success, data, error } = scenarioSchema.safeParse(scenario);
  if (success) return data;
  const [issue] = error.issues;
  throw invalid(name, `${["scenario", ...(issue?.path ?? [])].join(".")}: ${issue?.message ?? "it is wrong"}`);
}

function invalid(name: string, why: string, cause?: unknown): FairwayError {
  return new FairwayError("usage", `${name} cannot be replayed: ${why}.`, {
    hint: "Give the path of a file that fairway lab fuzz has written.",
    path: "<file>",
    ...(cause === undefined ? {} : { cause }),
  });
}
