import type { ClusterFacts } from "@fairway/core";

/** Calls of APIs whose end is known, in the metrics of an API server (Kubernetes docs, deprecation metrics). */
export function deprecatedCallsIn(metrics: string | undefined): ClusterFacts["deprecatedCalls"] {
  return metrics
    ?.split("\n")
    .filter((line) => line.startsWith("apiserver_requested_deprecated_apis{"))
    .flatMap((line) => {
      const labels = new Map([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]));
      const [group = "", version = "", resource = ""] = ["group", "version", "resource"].map((name) =>
        labels.get(name),
      );
      const removedIn = labels.get("removed_release") ?? "";
      if (!/^\d+\.\d+$/.test(removedIn)) return [];
      return [{ apiVersion: group === "" ? version : `${group}/${version}`, resource, removedIn }];
    });
}
