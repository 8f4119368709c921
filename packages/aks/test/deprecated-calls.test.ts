import { expect, test } from "vitest";
import { deprecatedCallsIn } from "../src/preflight/deprecated-calls.ts";
import { kubernetes, startCluster } from "./azure.ts";

/** As Kubernetes 1.31 answers, among thousands of other lines. */
const metrics = `# HELP apiserver_requested_deprecated_apis [STABLE] Gauge of deprecated APIs that have been requested, broken out by API group, version, resource, subresource, and removed_release.
# TYPE apiserver_requested_deprecated_apis gauge
apiserver_requested_deprecated_apis{group="",removed_release="",resource="componentstatuses",subresource="",version="v1"} 1
apiserver_requested_deprecated_apis{group="flowcontrol.apiserver.k8s.io",removed_release="1.32",resource="flowschemas",subresource="",version="v1beta3"} 1
apiserver_requested_deprecated_apis{group="flowcontrol.apiserver.k8s.io",removed_release="1.32",resource="flowschemas",subresource="status",version="v1beta3"} 1
apiserver_request_total{code="200"} 17
`;

test("calls of APIs whose end is known are taken from the metrics, each once", () => {
  expect(deprecatedCallsIn(metrics)).toEqual([
    { apiVersion: "flowcontrol.apiserver.k8s.io/v1beta3", resource: "flowschemas", removedIn: "1.32" },
  ]);
  expect(deprecatedCallsIn(undefined)).toBeUndefined();
});

test("a cluster that nobody has called an old API of says so", async () => {
  await using world = await startCluster();
  const { objects } = await kubernetes(world.azure);
  await objects.list("v1", "Node");
  expect((await world.target.capability("upgrades").facts()).deprecatedCalls).toEqual([]);
});
