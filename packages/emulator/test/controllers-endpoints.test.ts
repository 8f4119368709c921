import { expect, test } from "vitest";
import { endpointSlices, endpoints, getObject, listObjects, pods } from "../src/controllers/kubernetes/kinds.ts";
import { createTestWorld, deploymentOf, nodeSpec, resources, serviceOf, type TestWorld } from "./controllers-world.ts";

const slices = (t: TestWorld) => listObjects(t.cluster.store, endpointSlices, "default");
const endpointsOf = (t: TestWorld) => getObject(t.cluster.store, endpoints, "default", "web");

test("a slice holds a hundred endpoints, and what leaves makes room for what comes", () => {
  const t = createTestWorld({ nodes: 8 });
  for (let index = 8; index < 12; index++) t.cluster.addNode(nodeSpec(index));
  t.apply(resources.services, serviceOf("web"));
  t.run(1);
  expect(slices(t)).toMatchObject([{ endpoints: null, ports: null, metadata: { generation: 1 } }]);
  t.apply(resources.deployments, deploymentOf("web", { replicas: 230 }));
  t.until("all are ready", () => t.ready().length === 230);
  t.run(5);
  const sizes = slices(t).map((slice) => slice.endpoints?.length ?? 0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(230);
  expect(Math.max(...sizes)).toBe(100);
  t.apply(resources.deployments, deploymentOf("web", { replicas: 3 }));
  t.until("the others are gone", () => t.pods().length === 3);
  t.run(5);
  expect(slices(t).flatMap((slice) => slice.endpoints ?? [])).toHaveLength(3);
});

test("pods with other numbers under the same port name have slices and subsets of their own", () => {
  const t = createTestWorld();
  const { metadata, spec } = serviceOf("web");
  const ports = [{ name: "http", port: 80, protocol: "TCP", targetPort: "http" }];
  t.apply(resources.services, { ...serviceOf("web"), metadata, spec: { ...(spec as object), ports } });
  for (const [name, containerPort] of [
    ["old", 8_080],
    ["new", 9_090],
  ] as const) {
    const containers = [{ name: "app", image: "app:1", ports: [{ name: "http", containerPort }] }];
    const labels = { app: "web" };
    t.apply(pods.resource, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default", labels },
      spec: { containers },
    });
  }
  t.until("both are ready", () => t.ready().length === 2);
  t.run(1);
  expect(new Set(slices(t).map((slice) => slice.ports?.[0]?.port))).toEqual(new Set([8_080, 9_090]));
  expect(
    endpointsOf(t)
      ?.subsets?.map((subset) => subset.ports?.[0]?.port)
      .toSorted(),
  ).toEqual([8_080, 9_090]);
});

test("what changed the endpoints last is written on them", () => {
  const t = createTestWorld({ behaviour: () => ({ createMs: 3_000 }) });
  t.apply(resources.services, serviceOf("web"));
  t.run(30);
  t.apply(resources.deployments, deploymentOf("web", { replicas: 1 }));
  t.until("it is ready", () => t.ready().length === 1);
  t.run(1);
  const since = t.ready()[0]?.status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime;
  const annotations = { "endpoints.kubernetes.io/last-change-trigger-time": since };
  expect(endpointsOf(t)?.metadata.annotations).toEqual(annotations);
  expect(slices(t)[0]?.metadata.annotations).toEqual(annotations);
});

test("endpoints that somebody writes for a service without a selector are mirrored as a slice", () => {
  const t = createTestWorld();
  t.apply(resources.services, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default" },
    spec: { ports: [{ port: 80 }] },
  });
  t.apply(endpoints.resource, {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "web", namespace: "default", labels: { a: "b" }, annotations: { note: "by hand" } },
    subsets: [{ addresses: [{ ip: "192.168.7.7" }, { ip: "nowhere" }], ports: [{ port: 80, protocol: "TCP" }] }],
  });
  t.run(1);
  expect(slices(t)).toMatchObject([
    {
      metadata: {
        generateName: "web-",
        annotations: { note: "by hand" },
        labels: { a: "b", "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io" },
        ownerReferences: [{ kind: "Endpoints", name: "web", controller: true }],
      },
      addressType: "IPv4",
      endpoints: [{ addresses: ["192.168.7.7"], conditions: { ready: true } }],
      ports: [{ name: "", port: 80, protocol: "TCP" }],
    },
  ]);
  expect(t.events("InvalidIPAddress")).toHaveLength(1);
  t.cluster.store.delete(resources.services, "default", "web");
  t.run(1);
  expect(slices(t)).toEqual([]);
});
