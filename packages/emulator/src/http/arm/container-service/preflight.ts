import { budgets, listObjects } from "../../../controllers/kubernetes/kinds.ts";
import type { PodDisruptionBudget } from "../../../controllers/kubernetes/types.ts";
import { isBlueGreen } from "../../../world/container-service/blue-green-settings.ts";
import { deprecatedUsage } from "../../../world/container-service/deprecated-usage.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import type { AgentPool, ManagedCluster } from "../../../world/container-service/state.ts";
import { parallelismOf, parseNodeCount, resolveNodeCount } from "../../../world/container-service/surge.ts";
import { vcpuBalance } from "../../../world/container-service/vcpu-quota.ts";
import { minorDistance } from "../../../world/container-service/versions.ts";
import { deprecatedCallsSince } from "../../../world/kubernetes/deprecated-calls.ts";

/** Throws when a disruption budget anywhere in the cluster can never be satisfied by a drain (azure-facts 1.4). */
export function refuseUnsatisfiableBudgets(service: ContainerService, { cluster, name }: ManagedCluster): void {
  const all = listObjects(cluster.store, budgets);
  const bad = all.flatMap((budget) => unsatisfiable(budget, service.blockOnUnmetBudgets) ?? []);
  if (bad.length === 0) return;
  const text = `Upgrade of cluster ${name} is blocked by pod disruption budgets that allow no disruption: ${bad.join("; ")}. Change them, or override with properties.upgradeSettings.overrideSettings.forceUpgrade. See https://aka.ms/aks/unsatisfiablepdb`;
  throw refusal(400, "UnsatisfiablePDB", text);
}

function unsatisfiable({ metadata, spec, status }: PodDisruptionBudget, blockWhenUnmet: boolean): string | undefined {
  const subject = `${metadata.namespace}/${metadata.name}`;
  const expected = status?.expectedPods ?? 0;
  if (spec.maxUnavailable !== undefined) {
    const isZero = spec.maxUnavailable === 0 || spec.maxUnavailable === "0%" || spec.maxUnavailable === "0";
    return isZero ? `${subject} (maxUnavailable ${spec.maxUnavailable}, expected pods ${expected})` : undefined;
  }
  const minimum = spec.minAvailable === undefined ? undefined : parseNodeCount(String(spec.minAvailable));
  if (!minimum) return undefined;
  const needed = resolveNodeCount(minimum, expected);
  const blocks = needed === expected ? expected > 0 : needed > expected && blockWhenUnmet;
  return blocks ? `${subject} (minAvailable ${spec.minAvailable}, expected pods ${expected})` : undefined;
}

/** How far AKS looks back for the use of old APIs (AKS docs, stop cluster upgrades on API breaking changes). */
const usageKeptMs = 12 * 3_600_000;

/** Throws when somebody has lately used an API that the new control plane no longer serves. */
export function refuseDeprecatedUsage({ world }: ContainerService, { cluster }: ManagedCluster, version: string): void {
  const broken = deprecatedCallsSince(cluster, world.clock.now() - usageKeptMs).filter(
    ({ removedIn }) => removedIn !== undefined && minorDistance(`${removedIn}.0`, version) >= 0,
  );
  if (broken.length === 0) return;
  throw deprecatedUsage(broken);
}

/** Throws when a lock keeps the group of the cluster's nodes from what the write would do there (AKS docs, FAQ). */
export function refuseLockedNodes(
  service: ContainerService,
  { subscription, properties }: ManagedCluster,
  action: "write" | "delete",
): void {
  const group = String(properties["nodeResourceGroup"]);
  const locks = service.locks.against(`/subscriptions/${subscription}/resourceGroups/${group}`, action);
  if (locks.length === 0) return;
  const text = `Resource group '${group}' under subscription '${subscription}' is locked, please remove lock and retry. Please see http://aka.ms/azure-lock-resources`;
  throw refusal(409, "ScopeLocked", text);
}

/** Throws when the region has too few vCPUs left for so many more machines of the pool's size. */
export function refuseBeyondQuota(
  service: ContainerService,
  cluster: Pick<ManagedCluster, "subscription" | "location">,
  size: AgentPool["size"],
  machines: number,
): void {
  const { family, location, limit, used } = vcpuBalance(service, cluster, size.family);
  const requested = machines * size.vcpus;
  if (machines <= 0 || used + requested <= limit) return;
  const text = `Insufficient vcpu quota requested ${requested}, remaining ${Math.max(0, limit - used)} for family ${family} for region ${location}.`;
  throw refusal(400, "ErrCode_InsufficientVCPUQuota", text);
}

/** Throws when the wished surge cannot be had and nothing takes its place (azure-facts 1.2). */
export function refuseSurgeBeyondQuota(
  service: ContainerService,
  cluster: ManagedCluster,
  pool: AgentPool,
  version: string,
): void {
  const { maxSurge, maxUnavailable } = pool.properties.upgradeSettings;
  const surge = parseNodeCount(maxSurge);
  const unavailable = parseNodeCount(maxUnavailable);
  const members = pool.machines.filter(({ role }) => role === "member").length;
  if (!surge || !unavailable || members === 0) return;
  const { limit, used } = vcpuBalance(service, cluster, pool.size.family);
  const spares = pool.machines.length - members;
  if (isBlueGreen(pool.properties)) {
    refuseBeyondQuota(service, cluster, pool.size, members - spares);
    return;
  }
  const parallelism = parallelismOf({
    maxSurge: surge,
    maxUnavailable: unavailable,
    poolSize: pool.properties.count,
    remaining: members,
    obtainable: Math.max(0, Math.floor((limit - used) / pool.size.vcpus)) + spares,
    fallsBackToOne: minorDistance("1.35.0", version) >= 0,
  });
  if (parallelism) return;
  refuseBeyondQuota(service, cluster, pool.size, resolveNodeCount(surge, pool.properties.count) - spares);
}

/** `overrideSettings` of the cluster: `until` is compared with the start of the upgrade only (azure-facts 1.6). */
export function forcesUpgrade({ properties }: Pick<ManagedCluster, "properties">, nowMs: number): boolean {
  const { overrideSettings } = (properties["upgradeSettings"] ?? {}) as {
    overrideSettings?: { forceUpgrade?: boolean; until?: string };
  };
  return overrideSettings?.forceUpgrade === true && Date.parse(overrideSettings.until ?? "") > nowMs;
}
