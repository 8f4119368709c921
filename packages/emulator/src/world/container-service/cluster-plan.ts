import { poolProperties } from "./agent-pool-properties.ts";
import { refusal } from "./errors.ts";
import { defaultMaxPods } from "./managed-cluster-properties.ts";
import { checkPoolName } from "./names.ts";
import { missingParameter, RequestBody } from "./request-body.ts";
import type { PoolSnapshot, PoolSnapshots } from "./snapshots.ts";
import type { ManagedCluster, PoolProperties } from "./state.ts";
import { checkPoolStep, knownVersion } from "./upgrade-rules.ts";

/** One pool of a cluster's PUT, as it will be. */
export interface PlannedPool {
  readonly name: string;
  readonly properties: PoolProperties;
  /** Full version. */
  readonly version: string;
  /** Of the snapshot that it is made from; undefined: the newest. */
  readonly image: string | undefined;
}

export interface ClusterVersions {
  /** As asked for, and in full. */
  readonly asked: string;
  readonly full: string;
  readonly location: string;
  /** That pools can be made from. */
  readonly snapshots: PoolSnapshots;
}

/** The pools of a new cluster. Throws `ArmError` when there is none of mode System, or one is wrong. */
export function plannedPools(
  body: RequestBody,
  versions: ClusterVersions,
  clusterProperties: Readonly<Record<string, unknown>>,
): PlannedPool[] {
  const profiles = body.objects("agentPoolProfiles") ?? [];
  if (profiles.length === 0) {
    if (body.object("hostedSystemProfile")?.boolean("enabled")) return [];
    throw missingParameter(body.pathOf("agentPoolProfiles"));
  }
  const pools = profiles.map((profile, index) =>
    plannedPool(profile, versions, { maxPods: defaultMaxPods(clusterProperties), first: index === 0 }),
  );
  refuseTwins(pools.map(({ name }) => name));
  if (pools.some(({ properties: { mode } }) => mode === "System" || mode === "ManagedSystem")) return pools;
  throw refusal(400, "InvalidParameter", "Must define at least one system pool.", { target: "agentPoolProfiles" });
}

export function plannedPool(
  profile: RequestBody,
  { asked, full, location, snapshots }: ClusterVersions,
  defaults: { readonly maxPods: number; readonly first: boolean },
): PlannedPool {
  const name = poolNameOf(profile);
  const snapshot = snapshots.sourceOf(profile);
  const properties = poolProperties(withSnapshot(profile, snapshot), {
    existing: undefined,
    defaultVersion: snapshot?.kubernetesVersion ?? asked,
    defaultMode: defaults.first ? "System" : "User",
    maxPods: defaults.maxPods,
  });
  const { orchestratorVersion } = properties;
  const version = orchestratorVersion === asked ? full : knownVersion(orchestratorVersion, location);
  checkPoolStep({ pool: name, from: undefined, to: version, controlPlane: full });
  return { name, properties, version, image: snapshot?.nodeImageVersion };
}

/** What a client leaves out of a pool that is made from a snapshot is as it was there. */
function withSnapshot(profile: RequestBody, snapshot: PoolSnapshot | undefined): RequestBody {
  if (!snapshot) return profile;
  const { osType, osSku, vmSize, enableFIPS } = snapshot;
  const sent = profile.sent();
  const given = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== ""));
  return new RequestBody({ osType, osSKU: osSku, vmSize, enableFIPS, ...given }, profile.path);
}

export function poolNameOf(profile: RequestBody): string {
  const name = profile.text("name");
  if (name === undefined) throw missingParameter(profile.pathOf("name"));
  checkPoolName(name, profile.pathOf("name"), profile.text("osType"));
  return name;
}

export function refuseTwins(names: readonly string[]): void {
  const twin = names.find((name, index) => names.indexOf(name) !== index);
  if (twin === undefined) return;
  throw refusal(400, "InvalidParameter", `Agent pool name '${twin}' is used more than once.`, {
    target: "agentPoolProfiles",
  });
}

/** What an upgrade of existing pools comes to, decided from the versions that a cluster's PUT names (azure-facts 5.3). */
export function poolTargets(
  cluster: ManagedCluster,
  profiles: ReadonlyMap<string, RequestBody>,
  versions: ClusterVersions,
): ReadonlyMap<string, string> {
  const pools = [...cluster.pools.values()];
  const sent = pools.map((pool) => profiles.get(pool.name)?.filled("orchestratorVersion"));
  const isUpgrade = versions.full !== cluster.cluster.kubernetesVersion;
  const specified = sent.filter((version) => version !== undefined).length;
  if (isUpgrade && specified !== 0 && specified !== pools.length) throw mixedVersions();
  return new Map(
    pools.map((pool, index) => {
      const version = sent[index];
      if (version === undefined) return [pool.name, isUpgrade ? versions.full : pool.targetVersion];
      if (version === versions.asked || version === versions.full) return [pool.name, versions.full];
      const unchanged = [pool.properties.orchestratorVersion, pool.targetVersion, pool.currentVersion];
      if (!unchanged.includes(version)) throw mixedVersions();
      return [pool.name, pool.targetVersion];
    }),
  );
}

/** With an auto-upgrade channel, the control plane does not go without its pools (azure-facts 1.1). */
export function refuseControlPlaneOnly(cluster: ManagedCluster, alone: boolean): void {
  const profile = cluster.properties["autoUpgradeProfile"] as { upgradeChannel?: string } | undefined;
  const channel = profile?.upgradeChannel ?? "none";
  if (alone && channel !== "none") throw mixedVersions();
}

function mixedVersions(): Error {
  const text =
    "Using managed cluster api, all agent pools' OrchestratorVersion must be all specified or all unspecified. If all specified, they must be stay unchanged or the same with control plane. For agent pool specific change, please use per agent pool operations: https://aka.ms/agent-pool-rest-api";
  return refusal(400, "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged", text);
}
