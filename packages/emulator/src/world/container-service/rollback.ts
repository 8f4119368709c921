import { refusal } from "./errors.ts";
import { invalidParameter, type RequestBody } from "./request-body.ts";
import type { AgentPool, ManagedCluster, RecentVersion } from "./state.ts";

/** How long after an upgrade a pool can go back (AKS docs, roll back node pool versions). */
const windowMs = 7 * 24 * 3_600_000;

/** What the pool can go back to now: what it was before its last upgrade, for a week. */
export function recentVersions({ previous }: AgentPool, nowMs: number): readonly RecentVersion[] {
  return previous && nowMs - previous.replacedAtMs <= windowMs ? [previous] : [];
}

/**
 * Whether a PUT asks the pool to go back, and to what: `asked`, in full, is older than what it has, or `nodeImageVersion`
 * is the image from before. Throws `ArmError` when it may not, or when that image is another one.
 */
export function rollbackOf(
  { pool, cluster, nowMs }: { readonly pool: AgentPool; readonly cluster: ManagedCluster; readonly nowMs: number },
  body: RequestBody,
  asked: string,
): RecentVersion | undefined {
  if (pool.inFinalSoak && asked === pool.currentVersion) return blueNodes(pool, nowMs);
  const image = body.text("nodeImageVersion");
  const [recent] = recentVersions(pool, nowMs);
  const known = [pool.nodeImage, pool.targetImage, recent?.image];
  if (image !== undefined && !known.includes(image)) {
    throw invalidParameter(
      body.pathOf("nodeImageVersion"),
      `is not accepted: NodeImageVersion '${image}' was not used lately`,
    );
  }
  const sameVersion = recent?.version === pool.targetVersion;
  const goesBack =
    recent?.version === asked && (sameVersion ? image === recent.image && image !== pool.targetImage : true);
  if (!recent || !goesBack) return undefined;
  refuseAutoUpgraded(cluster);
  const osSKU = body.text("osSKU") ?? pool.properties.osSKU;
  if (osSKU !== recent.osSKU) {
    const text = `NodeImageVersion '${recent.image}' is not accepted: the OS SKU has changed from ${recent.osSKU} to ${osSKU} since.`;
    throw refusal(400, "InvalidParameter", text, { target: body.pathOf("nodeImageVersion") });
  }
  return recent;
}

/** What a paused blue-green upgrade has not deleted yet. */
function blueNodes({ currentVersion, nodeImage, properties }: AgentPool, nowMs: number): RecentVersion {
  return { version: currentVersion, image: nodeImage, osSKU: properties.osSKU, replacedAtMs: nowMs };
}

/** A channel would undo it. */
function refuseAutoUpgraded({ properties }: ManagedCluster): void {
  const profile = properties["autoUpgradeProfile"] as { upgradeChannel?: string } | undefined;
  const channel = profile?.upgradeChannel ?? "none";
  if (channel === "none") return;
  const text = `Node pools cannot be rolled back while the auto-upgrade channel is '${channel}'. Set it to none first.`;
  throw refusal(400, "OperationNotAllowed", text);
}
