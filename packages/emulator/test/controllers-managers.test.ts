import { expect, it } from "vitest";
import { KubeApi } from "../src/world/kubernetes/kube-api.ts";
import type { KubeObject } from "../src/world/objects.ts";
import { createTestWorld } from "./controllers-world.ts";

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly fieldsV1: object;
}

function open() {
  const t = createTestWorld({ nodes: 2, kubernetesVersion: "1.36.2" });
  const api = new KubeApi(t.cluster);
  const call = (method: string, path: string, body?: object, contentType = "application/json"): KubeObject => {
    const query = new URLSearchParams();
    const sent = Buffer.from(body ? JSON.stringify(body) : "");
    const reply = api.handle({
      method,
      path,
      query,
      accept: "application/json",
      userAgent: "me",
      contentType,
      body: sent,
    });
    return JSON.parse(JSON.stringify("body" in reply ? reply.body : reply)) as KubeObject;
  };
  t.run(2);
  return { t, call };
}

/** Who manages what of an object, without what its parts are made of. */
function managersOf(object: KubeObject): Record<string, string[]> {
  const entries = (object.metadata.managedFields ?? []) as readonly Entry[];
  const titled = entries.map(({ manager, operation, subresource = "", fieldsV1 }) => {
    const parts = Object.entries(fieldsV1).flatMap(([part, fields]) =>
      Object.keys(fields as object).map((member) => `${part}.${member}`.replaceAll("f:", "")),
    );
    return [`${manager} ${operation} ${subresource}`.trim(), parts.toSorted()] as const;
  });
  return Object.fromEntries(titled.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "app", image: "app:1" }] } },
  },
};

// As Kubernetes 1.36.2 answers.
it("says which controller has written which part of an object", () => {
  const { t, call } = open();
  call("POST", "/apis/apps/v1/namespaces/default/deployments", deployment);
  t.run(20);
  expect(managersOf(call("GET", "/apis/apps/v1/namespaces/default/deployments/web"))).toEqual({
    "kube-controller-manager Update status": [
      "metadata.annotations",
      "status.availableReplicas",
      "status.conditions",
      "status.observedGeneration",
      "status.readyReplicas",
      "status.replicas",
      "status.terminatingReplicas",
      "status.updatedReplicas",
    ],
    "me Update": [
      "spec.progressDeadlineSeconds",
      "spec.replicas",
      "spec.revisionHistoryLimit",
      "spec.selector",
      "spec.strategy",
      "spec.template",
    ],
  });
  const list = call("GET", "/api/v1/namespaces/default/pods") as unknown as { items: KubeObject[] };
  const pod = list.items.find(({ metadata }) => metadata.labels?.["app"] === "web");
  expect(pod && Object.keys(managersOf(pod))).toEqual(["kube-controller-manager Update", "kubelet Update status"]);
  expect(pod && managersOf(pod)["kube-controller-manager Update"]).toEqual([
    "metadata.generateName",
    "metadata.labels",
    "metadata.ownerReferences",
    "spec.containers",
    "spec.dnsPolicy",
    "spec.enableServiceLinks",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.securityContext",
    "spec.terminationGracePeriodSeconds",
  ]);
  t.cluster.close();
});

it("says that an autoscaler owns the replicas that it has set", () => {
  const { t, call } = open();
  call("POST", "/apis/apps/v1/namespaces/default/deployments", deployment);
  const autoscaler = {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 3,
      maxReplicas: 5,
    },
  };
  call("POST", "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers", autoscaler);
  t.run(60);
  const found = managersOf(call("GET", "/apis/apps/v1/namespaces/default/deployments/web"));
  expect(found["kube-controller-manager Update scale"]).toEqual(["spec.replicas"]);
  expect(found["me Update"]).not.toContain("spec.replicas");
  t.cluster.close();
});
