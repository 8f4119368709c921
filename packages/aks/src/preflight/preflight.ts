import { byVersion, type ClusterFacts, checkCluster, type Preflight, placed } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import type { AksContext } from "../context.ts";
import { readFacts } from "./read-facts.ts";

export function createPreflight(context: AksContext): Preflight {
  return {
    async check({ version, pools } = {}) {
      const facts = await readFacts(context);
      const to = version ?? newestOf(facts);
      const names = facts.pools.map(({ name }) => name);
      const unknown = pools?.find((pool) => !names.includes(pool));
      if (unknown !== undefined) throw noSuchPool(unknown, names);
      return {
        target: context.address,
        version: to,
        findings: placed(checkCluster(facts, { version: to, pools: pools ?? names }), context.address),
      };
    },
  };
}

/** A cluster that has nowhere to go is checked for where it is. */
function newestOf({ reachable, version }: ClusterFacts): string {
  return reachable.toSorted(byVersion).at(-1) ?? version;
}

export function noSuchPool(pool: string, names: readonly string[]): FairwayError {
  return new FairwayError("upgrade-invalid", `The cluster has no node pool ${pool}.`, {
    hint: `Choose among ${names.join(", ")}.`,
    path: "pools",
  });
}
