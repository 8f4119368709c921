import { parse } from "yaml";
import { platformMs } from "../world/world.ts";
import type { Faults } from "./faults.ts";
import { FaultError, type FaultSpec, parseFault } from "./parameters.ts";

/** One fault of a scenario, and when it begins. */
export interface ScenarioStep {
  /** Seconds of the platform after the scenario has begun, divided by the time scale. */
  readonly atSeconds: number;
  readonly fault: FaultSpec;
}

const lastAtSeconds = 30 * 86_400;

/**
 * `faults: [{ at: 30, kind: apiserver-gap, parameters: { cluster: demo } }]`, as YAML or JSON. Throws `FaultError` with
 * the path of the first field that is wrong, `faults[0].parameters.cluster`, and has then done nothing.
 */
export function parseScenario(text: string): readonly ScenarioStep[] {
  const { faults, ...others } = objectAt("", readYaml(text));
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new FaultError(unknown, `${unknown} is no field of a scenario.`, "It has a list of faults.");
  if (!Array.isArray(faults) || faults.length === 0) {
    throw new FaultError(
      "faults",
      "faults must be a list that is not empty.",
      "Give at least { at, kind, parameters }.",
    );
  }
  return faults.map((step: unknown, index) => parseStep(`faults[${index}]`, step));
}

/** Begins the scenario now. A fault whose target is not there at its time is left out; the trace has `scenario.skipped`. */
export function startScenario(faults: Faults, steps: readonly ScenarioStep[]): void {
  const { world } = faults;
  for (const { atSeconds, fault } of steps) {
    world.clock.after(platformMs(world, atSeconds), () => {
      try {
        faults.inject(fault);
      } catch (error) {
        if (!(error instanceof FaultError)) throw error;
        world.trace.add("scenario.skipped", { kind: fault.kind, why: error.message });
      }
    });
  }
}

function parseStep(path: string, step: unknown): ScenarioStep {
  const { at, kind, parameters, ...others } = objectAt(path, step);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new FaultError(
      `${path}.${unknown}`,
      `${path}.${unknown} is no field of a fault of a scenario.`,
      "It has at, kind, parameters.",
    );
  }
  if (typeof at !== "number" || !(at >= 0) || at > lastAtSeconds) {
    throw new FaultError(`${path}.at`, `${path}.at must be seconds from 0 to ${lastAtSeconds}.`, "Give a number.");
  }
  try {
    return { atSeconds: at, fault: parseFault({ kind, ...(parameters === undefined ? {} : { parameters }) }) };
  } catch (error) {
    if (error instanceof FaultError) throw new FaultError(`${path}.${error.field}`, error.message, error.hint);
    throw error;
  }
}

function readYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    const why = error instanceof Error ? error.message : "it cannot be read";
    throw new FaultError(
      "scenario",
      `The scenario is no YAML: ${why}`,
      "Indent with spaces; quote texts that have a colon.",
    );
  }
}

function objectAt(path: string, value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new FaultError(
    path || "scenario",
    `${path || "A scenario"} must be an object.`,
    "Give faults: [{ at, kind, parameters }].",
  );
}
