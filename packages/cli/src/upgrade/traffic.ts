import { clusterOf, FairwayError, type TrafficRequest } from "@fairway/sdk";
import type { Context } from "../context.ts";
import type { OpenSwitcher } from "../target.ts";
import { wholeNumber } from "../whole-number.ts";
import { metricCondition, type PlanOptions } from "./options.ts";

const weekMinutes = 7 * 24 * 60;

/** How traffic moves between the clusters of a plan, as the options say; undefined when nothing moves it. */
export async function trafficOf(
  options: PlanOptions,
  { environment }: Context,
  clusters: readonly string[],
  openSwitcher: OpenSwitcher,
): Promise<TrafficRequest | undefined> {
  const address = options.switcher ?? environment["FAIRWAY_SWITCHER"];
  if (address === undefined || clusters.length < 2) return undefined;
  const opened = await openSwitcher({ address, routes: routesOf(options, clusters) });
  const { drain, quiet, canary, bake = "10" } = options;
  return {
    switcher: { address: opened.address, routes: routesOf(options, clusters) },
    weights: await opened.weights(),
    convergenceMs: opened.traits.convergenceMs,
    ...(drain === undefined ? {} : { drainMinutes: wholeNumber(drain, "--drain", 0, weekMinutes) }),
    ...(quiet === undefined ? {} : { quiet: metricCondition(quiet, "--quiet") }),
    ...(canary === undefined
      ? {}
      : {
          canary: {
            percent: wholeNumber(canary, "--canary", 1, 99),
            minutes: wholeNumber(bake, "--bake", 0, weekMinutes),
          },
        }),
  };
}

/** A route is called as its cluster, unless `--route` says otherwise. */
function routesOf({ route = [] }: PlanOptions, clusters: readonly string[]): Readonly<Record<string, string>> {
  const named = route.map((text): readonly [string, string] => {
    const [, name, address] = /^([^=]+)=(aks:\/\/.+)$/.exec(text) ?? [];
    if (name !== undefined && address !== undefined) return [name, clusterOf(address)];
    throw new FairwayError("usage", `"${text}" is no route.`, {
      hint: "Write --route NAME=aks://SUBSCRIPTION/GROUP/CLUSTER.",
      path: "--route",
    });
  });
  const told = new Set(named.map(([, address]) => address));
  const others = clusters.map(clusterOf).filter((address) => !told.has(address));
  return Object.fromEntries([
    ...named,
    ...others.map((address) => [address.split("/").at(-1) ?? "", address] as const),
  ]);
}
