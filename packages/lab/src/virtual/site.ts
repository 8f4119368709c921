import type { Random } from "@fairway/kernel";
import { type DeploymentTarget, FairwayError, type SwitcherReference } from "@fairway/sdk";
import { z } from "zod";
import type { AssumptionChanges } from "./assumptions.ts";
import { type ClusterName, clusterNames } from "./places.ts";
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
  /** From then on nothing comes any more. */
  readonly end: { hasCome: boolean };
  readonly assumptions?: AssumptionChanges;
  /** How often the SDK looks. */
  readonly pollMs: number;
  /** Chance of the trial itself; one stream per purpose. */
  stream(purpose: string): Random;
  target(cluster: ClusterName): Promise<DeploymentTarget>;
}

/** Those that are there now: a strategy with a switcher may make one, and delete one. */
export async function clustersNow(site: Site): Promise<readonly ClusterName[]> {
  if (!site.switcher) return site.clusters;
  const there = await Promise.all(clusterNames.map(async (name) => ((await isThere(site, name)) ? [name] : [])));
  return there.flat();
}

async function isThere(site: Site, name: ClusterName): Promise<boolean> {
  try {
    await (await site.target(name)).capability("upgrades").status();
    return true;
  } catch (error) {
    // Another one is on its way.
    if (error instanceof FairwayError && notThere.has(error.code)) return false;
    throw error;
  }
}

const notThere: ReadonlySet<string> = new Set(["target-not-found", "operation-in-progress"]);

const refusalSchema = z.object({ field: z.literal("parameters.cluster") });

/** Puts a fault of the embedded Azure in force, unless it is about a cluster that is not there: not yet, or not any more. */
export function injectFault({ world }: Pick<Site, "world">, kind: string, parameters: object): void {
  const { status, body } = world.azure.control("POST", "/_emulator/faults", { kind, parameters });
  if (status === 201 || refusalSchema.safeParse(body).success) return;
  throw new Error(`The fault ${kind} was refused: ${JSON.stringify(body)}`);
}

export function clearFaults({ world }: Pick<Site, "world">): void {
  world.azure.control("DELETE", "/_emulator/faults");
}
