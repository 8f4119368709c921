import { ApiregistrationV1Api, CoreV1Api, type V1APIService } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKubectl, hasKubectl } from "./kubectl.ts";
import { callRaw, eventually, refusal, startTestApi, type TestApi } from "./kubernetes-fixture.ts";

const found = await hasKubectl("kubernetes-api-services");

function remote(
  group: string,
  spec: Partial<NonNullable<V1APIService["spec"]>> = {},
  name = `v1.${group}`,
): V1APIService {
  const service = { name: "backend", namespace: "default" };
  return {
    metadata: { name },
    spec: {
      group,
      version: "v1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service,
      ...spec,
    },
  };
}

describe("APIServices", () => {
  let api: TestApi;
  let client: ApiregistrationV1Api;
  beforeAll(async () => {
    api = await startTestApi();
    client = api.config.makeApiClient(ApiregistrationV1Api);
  });
  afterAll(async () => {
    await api[Symbol.asyncDispose]();
  });

  it("has a local one for each version that is served", async () => {
    const { items } = await client.listAPIService();
    const apps = items.find(({ metadata }) => metadata?.name === "v1.apps");
    expect(apps).toMatchObject({
      metadata: { labels: { "kube-aggregator.kubernetes.io/automanaged": "onstart" } },
      spec: { group: "apps", version: "v1", groupPriorityMinimum: 17_800, versionPriority: 15 },
      status: {
        conditions: [
          { type: "Available", status: "True", reason: "Local", message: "Local APIServices are always available" },
        ],
      },
    });
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(
      expect.arrayContaining(["v1.", "v2.autoscaling", "v1alpha1.keda.sh"]),
    );
  });

  it("follows custom resource definitions", async () => {
    const definitions = { group: "apiextensions.k8s.io", resource: "customresourcedefinitions" };
    const names = { plural: "pumps", singular: "pump", kind: "Pump", listKind: "PumpList" };
    const schema = { openAPIV3Schema: { type: "object" } };
    const answer = await callRaw(api, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "pumps.water.example" },
        spec: {
          group: "water.example",
          scope: "Namespaced",
          names,
          versions: [{ name: "v3", served: true, storage: true, schema }],
        },
      }),
    });
    expect(answer.status).toBe(201);
    const made = await eventually(async () =>
      client.readAPIService({ name: "v3.water.example" }).catch(() => undefined),
    );
    expect(made).toMatchObject({
      metadata: { labels: { "kube-aggregator.kubernetes.io/automanaged": "true" } },
      spec: { groupPriorityMinimum: 1_000, versionPriority: 100 },
    });
    api.cluster.store.delete(definitions, undefined, "pumps.water.example");
    await eventually(async () =>
      client.readAPIService({ name: "v3.water.example" }).then(
        () => false,
        () => true,
      ),
    );
  });

  it("says what is missing behind a remote one, step by step", async () => {
    await client.createAPIService({ body: remote("step.example.com") });
    const name = "v1.step.example.com";
    const condition = (reason: string) =>
      eventually(async () => {
        const { status } = await client.readAPIService({ name });
        return status?.conditions?.find((one) => one.reason === reason);
      });
    expect(await condition("ServiceNotFound")).toMatchObject({
      status: "False",
      message: 'service/backend in "default" is not present',
    });
    const core = api.config.makeApiClient(CoreV1Api);
    const service = { metadata: { name: "backend" }, spec: { ports: [{ name: "https", port: 8443 }] } };
    await core.createNamespacedService({ namespace: "default", body: service });
    expect(await condition("ServicePortError")).toMatchObject({
      message: 'service/backend in "default" is not listening on port 443',
    });
    const merge = [{ op: "replace", path: "/spec/ports/0/port", value: 443 }];
    await core.patchNamespacedService({ namespace: "default", name: "backend", body: merge });
    expect(await condition("EndpointsNotFound")).toMatchObject({
      message: 'cannot find endpointslices for service/backend in "default"',
    });
    await core.deleteNamespacedService({ namespace: "default", name: "backend" });
    await condition("ServiceNotFound");
  });

  it("answers 503 for a group that nobody serves, and announces it as stale", async () => {
    await client.createAPIService({ body: remote("gone.example.com") });
    for (const path of ["/apis/gone.example.com/v1", "/apis/gone.example.com/v1/namespaces/default/things"]) {
      const answer = await callRaw(api, path);
      expect([answer.status, answer.text]).toEqual([503, "service unavailable\n"]);
    }
    const group = await callRaw(api, "/apis/gone.example.com");
    expect(JSON.parse(group.text)).toMatchObject({ kind: "APIGroup", preferredVersion: { version: "v1" } });
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const all = JSON.parse((await callRaw(api, "/apis", { headers: { accept } })).text) as {
      items: { metadata: { name: string }; versions: object[] }[];
    };
    const stale = all.items.find(({ metadata }) => metadata.name === "gone.example.com");
    expect(stale?.versions).toEqual([{ version: "v1", freshness: "Stale" }]);
    await client.deleteAPIService({ name: "v1.gone.example.com" });
    expect((await callRaw(api, "/apis/gone.example.com/v1")).status).toBe(404);
  });

  it("refuses what the aggregator refuses", async () => {
    const spec = {
      groupPriorityMinimum: 30_000,
      versionPriority: 0,
      caBundle: "AAAA",
      service: { name: "", namespace: "", port: 99_999_999 },
    };
    const { code, body: status } = await refusal(
      client.createAPIService({ body: remote("bad.example.com", spec, "wrongname") }),
    );
    expect(code).toBe(422);
    const causes = (status as unknown as { details: { causes: { field: string; message: string }[] } }).details.causes;
    expect(causes.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'metadata.name: Invalid value: "wrongname": must be `spec.version+"."+spec.group`: "v1.bad.example.com"',
      "spec.groupPriorityMinimum: Invalid value: 30000: must be positive and less than 20000",
      "spec.versionPriority: Invalid value: 0: must be positive and less than 1000",
      "spec.service.namespace: Required value",
      "spec.service.name: Required value",
      "spec.service.port: Invalid value: 99999999: port is not valid: must be between 1 and 65535, inclusive",
      "spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present",
    ]);
  });

  it.skipIf(!found)("shows them as kubectl does", async () => {
    await client.createAPIService({ body: remote("shown.example.com") });
    using kubectl = createKubectl(api.kubeconfigText);
    await eventually(async () => (await kubectl.run("get apiservices")).includes("ServiceNotFound"));
    const table = await kubectl.table("get apiservices v1.shown.example.com v1.apps v1beta1.metrics.k8s.io");
    expect(table.map((row) => row.slice(0, 3))).toEqual([
      ["NAME", "SERVICE", "AVAILABLE"],
      ["v1.shown.example.com", "default/backend", "False (ServiceNotFound)"],
      ["v1.apps", "Local", "True"],
      ["v1beta1.metrics.k8s.io", "kube-system/metrics-server", "True"],
    ]);
  });
});
