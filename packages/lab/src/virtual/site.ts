import type { Random } from "@fairway/kernel";
import type { DeploymentTarget, SwitcherReference } from "@fairway/sdk";
import { z } from "zod";
import type { AssumptionChanges } from "./assumptions.ts";
import type { ClusterName } from "./places.ts";
import type { Topology } from "./topology.ts";
import type { VirtualWorld } from "./world.ts";

/** Where a trial takes place: what incidents, people and strategies have in their hands. */
export interface Site {
  readonly world: VirtualWorld;
  readonly topology: Topology;
  readonly budgets: boolean;
  /** The active one first. */
  readonly clusters: readonly [ClusterName, ...ClusterName[]];
  /** Quotas are per region. */
  readonly clustersPerRegion: number;
  readonly startMs: number;
  /** What divides the payments among the clusters; absent: the first one has them all. */
  readonly switcher?: SwitcherReference;
  /** For a platform that has one way to its customers only: whether it is broken. */
  readonly onlyRoute: { isBroken: boolean };
  readonly assumptions?: AssumptionChanges;
  /** How often the SDK looks. */
  readonly pollMs: number;
  /** Chance of the trial itself; one stream per purpose. */
  stream(purpose: string): Random;
  target(cluster: ClusterName): Promise<DeploymentTarget>;
}

const faultSchema = z.object({ id: z.string() });

/** Puts a fault of the embedded Azure in force; returns its id. */
export function injectFault({ world }: Pick<Site, "world">, kind: string, parameters: object): string {
  const { status, body } = world.azure.control("POST", "/_emulator/faults", { kind, parameters });
  if (status !== 201) throw new Error(`The fault ${kind} was refused: ${JSON.stringify(body)}`);
  return faultSchema.parse(body).id;
}

export function clearFaults({ world }: Pick<Site, "world">): void {
  world.azure.control("DELETE", "/_emulator/faults");
}
