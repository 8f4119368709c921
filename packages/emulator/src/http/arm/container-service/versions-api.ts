import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import { latestNodeImage } from "../../../world/container-service/node-image.ts";
import { recentVersions } from "../../../world/container-service/rollback.ts";
import type { AgentPool, ManagedCluster } from "../../../world/container-service/state.ts";
import {
  allVersions,
  compareVersions,
  defaultVersion,
  minorOf,
  minorVersions,
  type SupportPlan,
  skewOf,
  supportPlans,
  upgradesFrom,
} from "../../../world/container-service/versions.ts";
import { clusterId, poolId } from "../../../world/container-service/views.ts";
import type { World } from "../../../world/world.ts";

/** `GET …/locations/{location}/kubernetesVersions` */
export function kubernetesVersions(): ArmResponse {
  const values = minorVersions.map((minor) => ({
    version: minor.name,
    ...(minor.isDefault ? { isDefault: true } : {}),
    ...(minor.support === "preview" ? { isPreview: true } : {}),
    capabilities: { supportPlan: supportPlans(minor) },
    patchVersions: Object.fromEntries(
      minor.patches.map((patch) => [patch, { upgrades: upgradesFrom(patch, planFor(patch)) }]),
    ),
  }));
  return { status: 200, body: { values } };
}

/** `GET …/locations/{location}/orchestrators`: the older way to the same, which `az` before 2.47 goes. */
export function orchestrators({ subscription, names }: ArmRequest): ArmResponse {
  const item = (version: string): Record<string, unknown> => ({
    orchestratorType: "Kubernetes",
    orchestratorVersion: version,
    ...(minorOf(version)?.support === "preview" ? { isPreview: true } : {}),
  });
  const all = allVersions.map((version) => ({
    ...item(version),
    ...(version === defaultVersion ? { default: true } : {}),
    upgrades: upgradesFrom(version, planFor(version)).map(item),
  }));
  return {
    status: 200,
    body: {
      id: `/subscriptions/${subscription}/providers/Microsoft.ContainerService/locations/${names[0]}/orchestrators`,
      name: "default",
      type: "Microsoft.ContainerService/locations/orchestrators",
      properties: { orchestrators: all },
    },
  };
}

/** `GET …/locations/{location}/osOptions/default`: of API versions up to 2023. */
export function osOptions({ subscription, names }: ArmRequest): ArmResponse {
  const options = ["Linux", "Windows"].map((os) => ({ "os-type": os, "enable-fips-image": os === "Linux" }));
  return {
    status: 200,
    body: {
      id: `/subscriptions/${subscription}/providers/Microsoft.ContainerService/locations/${names[0]}/osOptions/default`,
      name: "default",
      type: "Microsoft.ContainerService/locations/osOptions",
      properties: { osOptionPropertyList: options },
    },
  };
}

/** `GET …/managedClusters/{name}/upgradeProfiles/default` */
export function clusterUpgradeProfile(cluster: ManagedCluster): ArmResponse {
  const { kubernetesVersion } = cluster.cluster;
  const id = `${clusterId(cluster)}/upgradeprofiles/default`;
  return {
    status: 200,
    body: {
      id,
      name: "default",
      type: "Microsoft.ContainerService/managedClusters/upgradeprofiles",
      properties: {
        controlPlaneProfile: {
          name: "master",
          kubernetesVersion,
          osType: "Linux",
          upgrades: upgradesFrom(kubernetesVersion, cluster.supportPlan).map(upgradeItem),
        },
        agentPoolProfiles: [...cluster.pools.values()].map((pool) => ({
          name: pool.name,
          kubernetesVersion: pool.currentVersion,
          osType: "Linux",
          upgrades: poolUpgrades(cluster, pool).map(upgradeItem),
        })),
      },
    },
  };
}

/** `GET …/agentPools/{name}/upgradeProfiles/default` */
export function poolUpgradeProfile(world: World, cluster: ManagedCluster, pool: AgentPool): ArmResponse {
  const id = `${poolId(cluster, pool.name)}/upgradeProfiles/default`;
  return {
    status: 200,
    body: {
      id,
      name: "default",
      type: "Microsoft.ContainerService/managedClusters/agentPools/upgradeProfiles",
      properties: {
        kubernetesVersion: pool.currentVersion,
        osType: "Linux",
        upgrades: poolUpgrades(cluster, pool).map(upgradeItem),
        latestNodeImageVersion: latestNodeImage(world.clock.now(), pool.targetVersion, pool.properties.osSKU),
        recentlyUsedVersions: recentVersions(pool, world.clock.now()).map(({ version, image, replacedAtMs }) => ({
          orchestratorVersion: version,
          nodeImageVersion: image,
          timestamp: new Date(replacedAtMs).toISOString(),
        })),
      },
    },
  };
}

/** `GET …/managedClusters/{name}/availableAgentPoolVersions` */
export function availablePoolVersions(cluster: ManagedCluster): ArmResponse {
  const available = allVersions.filter((version) => skewOf(cluster.cluster.kubernetesVersion, version) === "ok");
  const agentPoolVersions = available.map((version) => ({
    ...upgradeItem(version),
    ...(version === defaultVersion ? { default: true } : {}),
  }));
  return {
    status: 200,
    body: {
      id: `${clusterId(cluster)}/availableagentpoolversions`,
      name: "default",
      type: "Microsoft.ContainerService/managedClusters/availableAgentpoolVersions",
      properties: { agentPoolVersions },
    },
  };
}

/** A pool goes as far as its control plane. */
function poolUpgrades(cluster: ManagedCluster, pool: AgentPool): string[] {
  const controlPlane = cluster.cluster.kubernetesVersion;
  return allVersions.filter(
    (version) => compareVersions(version, pool.currentVersion) > 0 && skewOf(controlPlane, version) === "ok",
  );
}

function upgradeItem(version: string): Record<string, unknown> {
  return { kubernetesVersion: version, isPreview: minorOf(version)?.support === "preview" };
}

function planFor(version: string): SupportPlan {
  return minorOf(version)?.support === "long-term" ? "AKSLongTermSupport" : "KubernetesOfficial";
}

/** Versions of deployment safeguards, under their old name and under their new one: there is one (AKS REST API, previews). */
export function policyVersions({ subscription, types, names: [location = "", wanted] }: ArmRequest): ArmResponse {
  const type = types[1] === "guardrailsversions" ? "guardrailsVersions" : "safeguardsVersions";
  const name = "v1.0.0";
  const version = {
    id: `/subscriptions/${subscription}/providers/Microsoft.ContainerService/locations/${location}/${type}/${name}`,
    name,
    type: `Microsoft.ContainerService/locations/${type}`,
    properties: { isDefaultVersion: true, support: "Preview" },
  };
  if (wanted === undefined) return { status: 200, body: { value: [version] } };
  if (wanted === name) return { status: 200, body: version };
  throw refusal(404, "NotFound", `Could not find version '${wanted}' of ${type}.`);
}
