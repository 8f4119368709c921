import { KubernetesObjectApi } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { eventually } from "./kubernetes-fixture.ts";
import { type RunningCluster, startCluster } from "./running-cluster.ts";

/** Objects that somebody creates, and what Kubernetes 1.36.2 made of them. Random ends, times and addresses are masked. */
interface Scenario {
  readonly title: string;
  readonly objects: readonly Record<string, unknown>[];
  /** By `apiVersion kind`: each of these is found, with at least these fields. */
  readonly found: Readonly<Record<string, readonly Record<string, unknown>[]>>;
}

const template = (podSpec: object = {}) => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "app", image: "app:1" }], ...podSpec },
});
const selector = { matchLabels: { app: "web" } };
const deployment = (replicas: number, podSpec: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels: { app: "web" } },
  spec: { replicas, selector, template: template(podSpec) },
});
const budget = (spec: object) => ({
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: { name: "budget" },
  spec: { selector, ...spec },
});
const service = (spec: object = {}) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", labels: { team: "a" } },
  spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8_080 }], ...spec },
});
const event = (kind: string, name: string, reason: string, message: string) => ({
  involvedObject: { kind, name },
  reason,
  message,
});
const apiAccess = "/var/run/secrets/kubernetes.io/serviceaccount";
const quota = {
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "quota" },
  spec: { hard: { pods: "2" } },
};
const overQuota =
  'pods "web-HASH-RAND" is forbidden: exceeded quota: quota, requested: pods=1, used: pods=2, limited: pods=2';

const scenarios: readonly Scenario[] = [
  {
    title: "a deployment: conditions in order, no zeros, a set that is made at its size",
    objects: [deployment(2)],
    found: {
      "apps/v1 Deployment": [
        {
          status: {
            observedGeneration: 1,
            replicas: 2,
            updatedReplicas: 2,
            readyReplicas: 2,
            availableReplicas: 2,
            terminatingReplicas: 0,
            unavailableReplicas: undefined,
            conditions: [
              {
                type: "Available",
                reason: "MinimumReplicasAvailable",
                message: "Deployment has minimum availability.",
              },
              { type: "Progressing", message: 'ReplicaSet "web-HASH" has successfully progressed.' },
            ],
          },
        },
      ],
      "apps/v1 ReplicaSet": [{ metadata: { generation: 1 }, status: { readyReplicas: 2, terminatingReplicas: 0 } }],
      "v1 Event": [event("Deployment", "web", "ScalingReplicaSet", "Scaled up replica set web-HASH from 0 to 2")],
    },
  },
  {
    title: "a pod of a workload: token, account, zone",
    objects: [deployment(1)],
    found: {
      "v1 Pod": [
        {
          metadata: { generateName: "web-HASH-", labels: { "topology.kubernetes.io/zone": "westeurope-1" } },
          spec: {
            serviceAccount: "default",
            serviceAccountName: "default",
            containers: [{ volumeMounts: [{ mountPath: apiAccess, readOnly: true }] }],
          },
        },
      ],
      "v1 ConfigMap": [{ metadata: { name: "kube-root-ca.crt" } }],
      "v1 Event": [
        {
          ...event("Pod", "web-HASH-RAND", "Scheduled", "Successfully assigned default/web-HASH-RAND to NODE"),
          action: "Binding",
          reportingComponent: "default-scheduler",
          source: {},
          firstTimestamp: undefined,
        },
      ],
    },
  },
  {
    title: "a quota: what the set says of the refusal",
    objects: [quota, deployment(4)],
    found: {
      "apps/v1 ReplicaSet": [{ status: { conditions: [{ type: "ReplicaFailure", message: overQuota }] } }],
      "v1 Event": [
        event("ReplicaSet", "web-HASH", "FailedCreate", `Error creating: ${overQuota}`),
        event("ReplicaSet", "web-HASH", "FailedCreate", `(combined from similar events): Error creating: ${overQuota}`),
      ],
    },
  },
  {
    title: "a pod that nobody controls is taken by the set that selects it",
    objects: [
      { apiVersion: "v1", kind: "Pod", metadata: { name: "found", labels: { app: "web" } }, spec: template().spec },
      {
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        metadata: { name: "web" },
        spec: { replicas: 1, selector, template: template() },
      },
    ],
    found: {
      "v1 Pod": [
        {
          metadata: {
            name: "found",
            ownerReferences: [{ kind: "ReplicaSet", name: "web", controller: true, blockOwnerDeletion: true }],
          },
        },
      ],
      "apps/v1 ReplicaSet": [{ status: { replicas: 1, readyReplicas: 1 } }],
    },
  },
  {
    title: "a missing service account: the name that is not drawn yet",
    objects: [deployment(1, { serviceAccountName: "ghost" })],
    found: {
      "apps/v1 ReplicaSet": [
        {
          status: {
            conditions: [
              {
                message:
                  'pods "web-HASH-" is forbidden: error looking up service account default/ghost: serviceaccount "ghost" not found',
              },
            ],
          },
        },
      ],
    },
  },
  {
    title: "a budget over a daemon set: there is no scale",
    objects: [
      { apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "web" }, spec: { selector, template: template() } },
      budget({ maxUnavailable: 1 }),
    ],
    found: {
      "policy/v1 PodDisruptionBudget": [
        {
          status: {
            disruptionsAllowed: 0,
            currentHealthy: 0,
            conditions: [
              {
                type: "DisruptionAllowed",
                status: "False",
                reason: "SyncFailed",
                message: "daemonsets.apps does not implement the scale subresource",
              },
            ],
          },
        },
      ],
      "v1 Event": [
        event(
          "PodDisruptionBudget",
          "budget",
          "CalculateExpectedPodCountFailed",
          "Failed to calculate the number of expected pods: daemonsets.apps does not implement the scale subresource",
        ),
      ],
    },
  },
  {
    title: "a node that is registered without a word: controllers go on",
    objects: [
      { apiVersion: "v1", kind: "Node", metadata: { name: "ghost" } },
      { apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "web" }, spec: { selector, template: template() } },
    ],
    found: { "apps/v1 DaemonSet": [{ status: { observedGeneration: 1, numberReady: 2 } }] },
  },
  {
    title: "a pod failure policy: a condition that says nothing of its status is meant to be true",
    objects: [
      {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "web" },
        spec: {
          podFailurePolicy: { rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] }] },
          template: template({ restartPolicy: "Never" }),
        },
      },
    ],
    found: {
      "batch/v1 Job": [
        {
          spec: { podFailurePolicy: { rules: [{ onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }] } },
        },
      ],
    },
  },
  {
    title: "a budget over a pod of its own: unmanaged, as Go prints the selector",
    objects: [
      { apiVersion: "v1", kind: "Pod", metadata: { name: "alone", labels: { app: "web" } }, spec: template().spec },
      budget({ minAvailable: "50%" }),
    ],
    found: {
      "v1 Event": [
        event(
          "PodDisruptionBudget",
          "budget",
          "UnmanagedPods",
          'Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.',
        ),
      ],
    },
  },
  {
    title: "a budget over nothing says so",
    objects: [budget({ minAvailable: 1 })],
    found: {
      "policy/v1 PodDisruptionBudget": [
        { status: { expectedPods: 0, conditions: [{ reason: "InsufficientPods", observedGeneration: 1 }] } },
      ],
      "v1 Event": [event("PodDisruptionBudget", "budget", "NoPods", "No matching pods found")],
    },
  },
  {
    title: "a headless service: labels and host names",
    objects: [service({ clusterIP: "None" }), deployment(1, { hostname: "host", subdomain: "web" })],
    found: {
      "discovery.k8s.io/v1 EndpointSlice": [
        {
          metadata: {
            labels: { team: "a", "kubernetes.io/service-name": "web", "service.kubernetes.io/headless": "" },
          },
          endpoints: [{ hostname: "host", conditions: { ready: true, serving: true, terminating: false } }],
          ports: [{ name: "", port: 8_080, protocol: "TCP" }],
        },
      ],
      "v1 Endpoints": [
        {
          metadata: {
            labels: { team: "a", "endpoints.kubernetes.io/managed-by": "endpoint-controller" },
            ownerReferences: undefined,
          },
          subsets: [{ addresses: [{ hostname: "host" }], ports: [{ name: undefined, port: 8_080, protocol: "TCP" }] }],
        },
      ],
    },
  },
  {
    title: "a pod that fits nowhere: what every plugin says",
    objects: [deployment(1, { nodeSelector: { disk: "ssd" } })],
    found: {
      "v1 Pod": [
        {
          status: {
            conditions: [
              {
                type: "PodScheduled",
                status: "False",
                reason: "Unschedulable",
                message:
                  "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
              },
            ],
          },
        },
      ],
    },
  },
];

describe("controllers make of objects what Kubernetes 1.36.2 made of them", () => {
  it.each(scenarios.map((scenario) => [scenario.title, scenario] as const))("%s", async (_title, scenario) => {
    await using real = await startCluster();
    const client = real.config.makeApiClient(KubernetesObjectApi);
    await eventually(async () => (await list(real, "v1 Node")).every(isReady));
    for (const object of scenario.objects) {
      await client.create({ ...object, metadata: { namespace: "default", ...(object["metadata"] as object) } });
    }
    for (const [kind, wanted] of Object.entries(scenario.found)) {
      for (const one of wanted) await expectFound(real, kind, one);
    }
  });
});

async function expectFound(real: RunningCluster, kind: string, wanted: Record<string, unknown>): Promise<void> {
  const has = async (): Promise<boolean> => (await list(real, kind)).some((object) => isLike(object, wanted));
  await eventually(has).catch(async () =>
    expect(await list(real, kind)).toContainEqual(expect.objectContaining(wanted)),
  );
}

/** At least these fields; what is wanted as undefined must not be there. */
function isLike(found: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null)
    return found === wanted || (found === null && wanted === undefined);
  if (typeof found !== "object" || found === null) return false;
  if (Array.isArray(wanted) && (found as unknown[]).length < wanted.length) return false;
  return Object.entries(wanted).every(([name, value]) => isLike((found as Record<string, unknown>)[name], value));
}

async function list({ config }: RunningCluster, kind: string): Promise<readonly unknown[]> {
  const [apiVersion = "", name = ""] = kind.split(" ");
  const place = name === "Node" ? undefined : "default";
  const { items } = await config.makeApiClient(KubernetesObjectApi).list(apiVersion, name, place);
  return JSON.parse(masked(JSON.stringify(items))) as unknown[];
}

function isReady(node: unknown): boolean {
  return JSON.stringify(node).includes('"KubeletReady"');
}

/** Random names, and nodes that anybody could be on. */
function masked(text: string): string {
  return text
    .replaceAll(/web-[0-9a-z]{6,10}-[0-9a-z]{5}\b/g, "web-HASH-RAND")
    .replaceAll(/web-[0-9b-z]{6,10}\b(?!-)/g, "web-HASH")
    .replaceAll(/web-[0-9b-z]{6,10}-(?=")/g, "web-HASH-")
    .replaceAll(/web-[0-9b-z]{6,10}-(?=\\")/g, "web-HASH-")
    .replaceAll(/\bnode-[01]\b/g, "NODE");
}
