import { approximated, type NotEquivalent } from "@fairway/core";
import { type App, FairwayError, memoryMib } from "@fairway/model";
import { workloadProfile } from "./overrides.ts";

export interface Resources {
  readonly cpu: number;
  readonly memory: string;
}

// Consumption profile: quarters of a core from 0.25 to 4, each with 2 Gi per core. Dedicated profiles take any amount.
// https://learn.microsoft.com/azure/container-apps/containers#allocations
const stepCores = 0.25;
const memoryMibPerCore = 2_048;
const largestCores = 4;

/** The smallest legal pair that has at least as much of both. */
export function resourcesOf(app: App): Resources {
  const { cpu, memory } = app.resources;
  if (workloadProfile(app) !== undefined) return { cpu, memory: `${memoryMib(memory) / 1_024}Gi` };
  const cores = Math.max(roundUp(cpu), roundUp(memoryMib(memory) / memoryMibPerCore));
  if (cores > largestCores) throw tooLarge(app);
  return { cpu: cores, memory: `${cores * 2}Gi` };
}

export function resourceRemarks(app: App): NotEquivalent[] {
  const given = resourcesOf(app);
  const { cpu, memory } = app.resources;
  if (given.cpu === cpu && memoryMib(given.memory) === memoryMib(memory)) return [];
  const asked = `${cpu} cores with ${memory}`;
  return [
    approximated("resources", `${asked} becomes ${given.cpu} cores with ${given.memory}, the next pair that there is.`),
  ];
}

function roundUp(cores: number): number {
  return Math.ceil(Number((cores / stepCores).toFixed(6))) * stepCores;
}

function tooLarge(app: App): FairwayError {
  const { cpu, memory } = app.resources;
  return new FairwayError(
    "app-invalid",
    `${app.name} asks for ${cpu} cores with ${memory}: Consumption has 4 with 8Gi at most.`,
    {
      hint: "Ask for less, or name a dedicated profile in overrides.containerApps.properties.workloadProfileName.",
      path: "resources",
    },
  );
}
