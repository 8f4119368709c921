import type { ClusterFacts } from "@fairway/core";

/** Calls of APIs whose end is known, in the metrics of an API server (Kubernetes docs, deprecation metrics). */
export function deprecatedCallsIn(metrics: string | undefined): ClusterFacts["deprecatedCalls"] {
  if (metrics === undefined) return undefined;
  const lines = metrics.split("\n").filter((line) => line.startsWith("apiserver_requested_deprecated_apis{"));
  const calls = lines.map(callIn).filter(({ removedIn }) => /^\d+\.\d+$/.test(removedIn));
  // Subresources have lines of their own.
  return [...new Map(calls.map((call) => [`${call.resource} ${call.apiVersion}`, call])).values()];
}

function callIn(line: string): NonNullable<ClusterFacts["deprecatedCalls"]>[number] {
  const labels = new Map([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]));
  const of = (name: string): string => labels.get(name) ?? "";
  const apiVersion = of("group") === "" ? of("version") : `${of("group")}/${of("version")}`;
  return { apiVersion, resource: of("resource"), removedIn: of("removed_release") };
}
