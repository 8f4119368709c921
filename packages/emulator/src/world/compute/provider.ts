import { invalidResourceType, methodNotAllowed } from "../arm/errors.ts";
import { locationName, locations } from "../arm/locations.ts";
import type { ArmProvider, ArmRequest, ArmResponse } from "../arm/provider.ts";
import type { ManagedClusters } from "../container-service/state.ts";
import { vcpuBalance } from "../container-service/vcpu-quota.ts";
import { vmSkus } from "./vm-skus.ts";

export interface ComputeOptions {
  /** Whose machines count. */
  readonly clusters: ManagedClusters;
  readonly vcpuQuota: (location: string, family: string) => number;
}

/** Families that are listed although nobody uses them. */
const commonFamilies = [
  "standardBSFamily",
  "standardDSv3Family",
  "standardDSv4Family",
  "standardDSv5Family",
  "standardDDSv5Family",
  "standardESv5Family",
  "standardFSv2Family",
];

/** As much of Microsoft.Compute as tells which machines there are and what the nodes of clusters take of the quota. */
export function createComputeProvider(options: ComputeOptions): ArmProvider {
  const namespace = "Microsoft.Compute";
  return {
    namespace,
    apiVersions: [
      "2025-04-01",
      "2024-07-01",
      "2023-03-01",
      "2022-11-01",
      "2021-07-01",
      "2021-03-01",
      "2019-12-01",
      "2019-04-01",
      "2017-03-30",
    ],
    resourceTypes: ["locations", "locations/usages", "skus"],
    handle(request) {
      const [first, second] = request.types;
      if (first === "skus" && request.types.length === 1 && request.names.length === 0) return skus(request);
      if (first !== "locations" || second !== "usages" || request.names.length !== 1) {
        throw invalidResourceType(request.types.join("/"), namespace, request.apiVersion);
      }
      if (request.method !== "GET") throw methodNotAllowed(request.method);
      return usages(options, request);
    },
  };
}

/** Of the one region that the filter names, or of all. */
function skus({ method, query }: ArmRequest): ArmResponse {
  if (method !== "GET") throw methodNotAllowed(method);
  const [, named = ""] = /^location eq '([^']*)'$/i.exec(query.get("$filter") ?? "") ?? [];
  const one = locationName(named);
  const regions = named === "" ? locations.map(({ name }) => name) : one === undefined ? [] : [one];
  return { status: 200, body: { value: regions.flatMap(vmSkus) } };
}

function usages(options: ComputeOptions, { subscription, names }: ArmRequest): ArmResponse {
  const location = locationName(names[0] ?? "") ?? "";
  const pools = options.clusters
    .list(subscription)
    .filter((cluster) => cluster.location === location)
    .flatMap((cluster) => [...cluster.pools.values()]);
  const families = [...new Set([...commonFamilies, ...pools.map(({ size }) => size.family)])].toSorted();
  const balances = families.map((family) => vcpuBalance(options, { subscription, location }, family));
  const used = balances.reduce((sum, balance) => sum + balance.used, 0);
  const machines = pools.reduce((sum, { machines: all }) => sum + all.length, 0);
  return {
    status: 200,
    body: {
      value: [
        usage("cores", "Total Regional vCPUs", used, options.vcpuQuota(location, "cores")),
        usage("virtualMachines", "Virtual Machines", machines, 25_000),
        usage("virtualMachineScaleSets", "Virtual Machine Scale Sets", pools.length, 2_500),
        ...balances.map(({ family, used: of, limit }) => usage(family, familyName(family), of, limit)),
      ],
    },
  };
}

function usage(value: string, localizedValue: string, currentValue: number, limit: number): Record<string, unknown> {
  return { unit: "Count", currentValue, limit, name: { value, localizedValue } };
}

/** `standardDSv5Family` is shown as `Standard DSv5 Family vCPUs`. */
function familyName(family: string): string {
  return `${family.replace(/^standard/, "Standard ").replace(/Family$/, " Family")} vCPUs`;
}
