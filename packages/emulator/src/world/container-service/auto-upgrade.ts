import { latestNodeImage } from "./node-image.ts";
import type { AgentPool, ManagedCluster } from "./state.ts";
import { compareVersions, minorOf, minorVersions, upgradesFrom } from "./versions.ts";

/** The two maintenance configurations in whose windows a cluster is changed by itself. */
export const upgradeSchedules = ["aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"] as const;
export type UpgradeSchedule = (typeof upgradeSchedules)[number];

/** What a channel asks for now. */
export type DueUpgrade =
  | { readonly kind: "version"; readonly version: string }
  | { readonly kind: "node-image"; readonly pool: AgentPool };

/** What is due in a window of the schedule, one step at a time; undefined: nothing (AKS docs, auto-upgrade channels). */
export function dueUpgrade(cluster: ManagedCluster, schedule: UpgradeSchedule, nowMs: number): DueUpgrade | undefined {
  const { upgradeChannel = "none", nodeOSUpgradeChannel = "NodeImage" } = channelsOf(cluster);
  if (schedule === "aksManagedNodeOSUpgradeSchedule") {
    return nodeOSUpgradeChannel === "NodeImage" ? dueImage(cluster, nowMs) : undefined;
  }
  switch (upgradeChannel) {
    case "patch":
    case "stable":
    case "rapid":
      return dueVersion(cluster, upgradeChannel);
    case "node-image":
      return dueImage(cluster, nowMs);
    default:
      return undefined;
  }
}

interface Channels {
  readonly upgradeChannel?: string;
  readonly nodeOSUpgradeChannel?: string;
}

function channelsOf({ properties }: ManagedCluster): Channels {
  return (properties["autoUpgradeProfile"] as Channels | undefined) ?? {};
}

/** The control plane's next step on the way to the channel's version, or the same again for pools that are behind. */
function dueVersion(cluster: ManagedCluster, channel: "patch" | "stable" | "rapid"): DueUpgrade | undefined {
  const from = cluster.cluster.kubernetesVersion;
  const goal = goalOf(from, channel);
  if (goal === undefined) return undefined;
  const steps = upgradesFrom(from, cluster.supportPlan).filter((version) => compareVersions(version, goal) <= 0);
  const version = steps.at(-1);
  if (version !== undefined) return { kind: "version", version };
  const behind = [...cluster.pools.values()].some((pool) => pool.targetVersion !== from);
  return behind && from === goal ? { kind: "version", version: from } : undefined;
}

/** Newest patch of its own minor; of the newest minor but one; of the newest. Previews do not count. */
function goalOf(from: string, channel: "patch" | "stable" | "rapid"): string | undefined {
  const released = minorVersions.filter(({ support }) => support !== "preview");
  const minor = channel === "patch" ? minorOf(from) : channel === "stable" ? released.at(-2) : released.at(-1);
  const goal = minor?.patches.at(-1);
  return goal !== undefined && compareVersions(goal, from) >= 0 ? goal : undefined;
}

function dueImage({ pools }: ManagedCluster, nowMs: number): DueUpgrade | undefined {
  const pool = [...pools.values()].find(
    ({ power, targetImage, targetVersion, properties }) =>
      power === "Running" && targetImage !== latestNodeImage(nowMs, targetVersion, properties.osSKU),
  );
  return pool && { kind: "node-image", pool };
}
