import type { EndState } from "./record.ts";
import { clustersNow, type Site } from "./site.ts";
import type { StrategyEnd } from "./strategy.ts";

/** Where everything stands, as the SDK sees it. */
export async function endStateOf(site: Site, version: string, end: StrategyEnd | undefined): Promise<EndState> {
  const names = await clustersNow(site);
  const clusters = await Promise.all(
    names.map(async (name) => {
      const target = await site.target(name);
      if (!target.supports("upgrades")) return [];
      const status = await target.capability("upgrades").status();
      const pools = status.pools.map((pool) => {
        const nodes = status.nodes.filter((node) => node.pool === pool.name);
        return {
          name: pool.name,
          version: pool.version,
          nodes: nodes.length,
          upgraded: nodes.filter((node) => node.version === version).length,
          ready: nodes.filter((node) => node.ready && node.schedulable).length,
        };
      });
      return [{ name, provisioningState: status.provisioningState, version: status.version, pools }];
    }),
  );
  return { phase: end?.phase ?? "running", error: end?.error ?? null, version, clusters: clusters.flat() };
}
