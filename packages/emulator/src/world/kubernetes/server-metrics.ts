import type { Cluster } from "../cluster.ts";
import { deprecatedCallsSince } from "./deprecated-calls.ts";

/** As much of `/metrics` as tells which APIs on their way out were called, as Kubernetes 1.36 writes it. */
export function metricsOf(cluster: Cluster): string {
  const calls = deprecatedCallsSince(cluster, 0).map(({ api, removedIn = "" }) => {
    const parts = api.split(".");
    const [version = "", resource = ""] = [parts.at(-1), parts.at(-2)];
    const group = parts.slice(0, -2).join(".");
    return `{group="${group}",removed_release="${removedIn}",resource="${resource}",subresource="",version="${version}"} 1`;
  });
  return [
    "# HELP apiserver_requested_deprecated_apis [STABLE] Gauge of deprecated APIs that have been requested, broken out by API group, version, resource, subresource, and removed_release.",
    "# TYPE apiserver_requested_deprecated_apis gauge",
    ...[...new Set(calls)].toSorted().map((labels) => `apiserver_requested_deprecated_apis${labels}`),
    "",
  ].join("\n");
}
