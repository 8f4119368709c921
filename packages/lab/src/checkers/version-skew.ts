import type { Checker } from "./checker.ts";

/** No node is newer than the control plane of its cluster (Kubernetes docs, version skew policy). */
export function skewChecker(): Checker {
  const controlPlanes = new Map<string, string>();
  const coming = new Map<string, string>();
  return {
    name: "no-pool-newer-than-control-plane",
    onRecord({ kind, data }) {
      const cluster = String(data["cluster"]);
      const to = coming.get(cluster);
      if (kind === "controlplane.upgrading") {
        controlPlanes.set(cluster, String(data["from"]));
        coming.set(cluster, String(data["to"]));
      } else if (kind === "controlplane.upgraded" || kind === "controlplane.stuck") {
        controlPlanes.set(cluster, String(data["to"]));
        // It runs the new one once it is back, also when the operation is aborted after that.
      } else if (kind === "controlplane.reachable" && to !== undefined) controlPlanes.set(cluster, to);
      return undefined;
    },
    onChange({ cluster, resource, isGone, object }) {
      if (resource !== "nodes" || isGone) return undefined;
      const { nodeInfo } = (object.status ?? {}) as { nodeInfo?: { kubeletVersion?: string } };
      const version = (nodeInfo?.kubeletVersion ?? "").replace(/^v/, "");
      const controlPlane = controlPlanes.get(cluster);
      if (controlPlane === undefined || version === "" || !isNewer(version, controlPlane)) return undefined;
      return `${object.metadata.name} is at ${version}, and the control plane of ${cluster} at ${controlPlane}`;
    },
  };
}

function isNewer(one: string, other: string): boolean {
  return one !== other && byNumber.compare(one, other) > 0;
}

const byNumber = new Intl.Collator("en", { numeric: true });
