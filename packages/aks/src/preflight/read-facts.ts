import { byVersion, type ClusterFacts, type ClusterSettings, type Owner } from "@fairway/core";
import type {
  KubernetesObject,
  V1CronJob,
  V1DaemonSet,
  V1Deployment,
  V1Ingress,
  V1Job,
  V1MutatingWebhookConfiguration,
  V1Node,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1ReplicaSet,
  V1Service,
  V1StatefulSet,
  V1ValidatingWebhookConfiguration,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import type { AksContext } from "../context.ts";
import type { Kubernetes } from "../kubernetes/kubernetes.ts";
import { versionOf } from "../upgrades/cluster-status.ts";
import { poolFacts, readSettings } from "./cluster-settings.ts";
import { deprecatedCallsIn } from "./deprecated-calls.ts";
import {
  autoscalerFacts,
  budgetFacts,
  nodeFacts,
  serviceFacts,
  webhookFacts,
  workloadFacts,
  writesOf,
} from "./object-facts.ts";
import { controllerOf, type PodSurroundings, podFacts } from "./pod-facts.ts";

/** Reads all that the checks look at, from Azure and from the cluster. A stopped cluster has no objects to show. */
export async function readFacts(context: AksContext): Promise<ClusterFacts> {
  const [cluster, versions] = await Promise.all([context.arm.cluster(), context.arm.upgradeVersions()]);
  const isStopped = cluster.powerState?.code === "Stopped";
  const [settings, { kubeProxyMode, ...objects }] = await Promise.all([
    readSettings(context, cluster),
    isStopped ? noObjects : readObjects(context.kubernetes),
  ]);
  return {
    takenAt: new Date(context.clock.now()).toISOString(),
    location: cluster.location,
    version: versionOf(cluster),
    reachable: versions
      .filter(({ isPreview }) => !isPreview)
      .map(({ version }) => version)
      .toSorted(byVersion),
    provisioningState: cluster.provisioningState ?? "",
    isStopped,
    settings: { ...settings, kubeProxyMode },
    pools: (cluster.agentPoolProfiles ?? []).map((pool) => poolFacts(pool, cluster)),
    ...objects,
  };
}

type ObjectFacts = Omit<
  ClusterFacts,
  "takenAt" | "location" | "version" | "reachable" | "provisioningState" | "isStopped" | "settings" | "pools"
> &
  Pick<ClusterSettings, "kubeProxyMode">;

const noObjects: ObjectFacts = {
  kubeProxyMode: "",
  nodes: [],
  pods: [],
  workloads: [],
  budgets: [],
  services: [],
  autoscalers: [],
  webhooks: [],
  writes: [],
};

async function readObjects(kubernetes: Kubernetes): Promise<ObjectFacts> {
  const list = <T extends KubernetesObject>(apiVersion: string, kind: string) =>
    kubernetes.list<T>(apiVersion, kind, { everywhere: true });
  const [nodes, pods, budgets, services] = await Promise.all([
    list<V1Node>("v1", "Node"),
    list<V1Pod>("v1", "Pod"),
    list<V1PodDisruptionBudget>("policy/v1", "PodDisruptionBudget"),
    list<V1Service>("v1", "Service"),
  ]);
  const [deployments, replicaSets, statefulSets, daemonSets, jobs, cronJobs] = await Promise.all([
    list<V1Deployment>("apps/v1", "Deployment"),
    list<V1ReplicaSet>("apps/v1", "ReplicaSet"),
    list<V1StatefulSet>("apps/v1", "StatefulSet"),
    list<V1DaemonSet>("apps/v1", "DaemonSet"),
    list<V1Job>("batch/v1", "Job"),
    list<V1CronJob>("batch/v1", "CronJob"),
  ]);
  const [autoscalers, ingresses, claims, volumes, validating, mutating] = await Promise.all([
    list<V2HorizontalPodAutoscaler>("autoscaling/v2", "HorizontalPodAutoscaler"),
    list<V1Ingress>("networking.k8s.io/v1", "Ingress"),
    list<V1PersistentVolumeClaim>("v1", "PersistentVolumeClaim"),
    list<V1PersistentVolume>("v1", "PersistentVolume"),
    list<V1ValidatingWebhookConfiguration>("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    list<V1MutatingWebhookConfiguration>("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
  ]);
  const deprecatedCalls = deprecatedCallsIn(await kubernetes.metrics());
  const around: PodSurroundings = { topOf: ownersOf(replicaSets, jobs), zonesOf: zonesOf(claims, volumes) };
  const workloads = [
    ...deployments.map((one) => workloadFacts("Deployment", one)),
    ...statefulSets.map((one) => workloadFacts("StatefulSet", one)),
    ...standalone(replicaSets).map((one) => workloadFacts("ReplicaSet", one)),
  ];
  const written: readonly (readonly [string, readonly KubernetesObject[]])[] = [
    ["Deployment", deployments],
    ["StatefulSet", statefulSets],
    ["DaemonSet", daemonSets],
    ["CronJob", cronJobs],
    ["PodDisruptionBudget", budgets],
    ["HorizontalPodAutoscaler", autoscalers],
    ["Ingress", ingresses],
    ["ValidatingWebhookConfiguration", validating],
    ["MutatingWebhookConfiguration", mutating],
  ];
  return {
    kubeProxyMode: proxyMode(daemonSets),
    nodes: nodes.map(nodeFacts).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    pods: pods.map((pod) => podFacts(pod, around)),
    workloads,
    budgets: budgets.map(budgetFacts),
    services: services.map(serviceFacts),
    autoscalers: autoscalers.map(autoscalerFacts),
    webhooks: [
      ...validating.flatMap((one) => webhookFacts("ValidatingWebhookConfiguration", one)),
      ...mutating.flatMap((one) => webhookFacts("MutatingWebhookConfiguration", one)),
    ],
    ...(deprecatedCalls ? { deprecatedCalls } : {}),
    writes: written.flatMap(([kind, objects]) => objects.flatMap((one) => writesOf(kind, one))),
  };
}

/** AKS runs it as a DaemonSet and gives the mode on its command line; empty: the default. */
function proxyMode(daemonSets: readonly V1DaemonSet[]): string {
  const proxy = daemonSets.find(
    ({ metadata }) => metadata?.namespace === "kube-system" && metadata.name === "kube-proxy",
  );
  const containers = proxy?.spec?.template.spec?.containers ?? [];
  const line = containers.flatMap(({ command = [], args = [] }) => [...command, ...args]).join(" ");
  return /--proxy-mode[= ](\w+)/.exec(line)?.[1] ?? "";
}

function standalone(replicaSets: readonly V1ReplicaSet[]): readonly V1ReplicaSet[] {
  return replicaSets.filter(({ metadata }) => controllerOf(metadata) === undefined);
}

/** A pod's controller is a ReplicaSet or a Job, and what a person knows is the Deployment or the CronJob above it. */
function ownersOf(replicaSets: readonly V1ReplicaSet[], jobs: readonly V1Job[]): PodSurroundings["topOf"] {
  const above = new Map<string, Owner>();
  const note = (kind: string) => (object: V1ReplicaSet | V1Job) => {
    const { metadata } = object;
    const owner = controllerOf(metadata);
    if (owner) above.set(`${metadata?.namespace}/${kind}/${metadata?.name}`, owner);
  };
  replicaSets.forEach(note("ReplicaSet"));
  jobs.forEach(note("Job"));
  return (namespace, owner) => above.get(`${namespace}/${owner.kind}/${owner.name}`) ?? owner;
}

/** An Azure disk that is not zone-redundant ties its pod to a zone (Kubernetes docs, persistent volumes, node affinity). */
function zonesOf(
  claims: readonly V1PersistentVolumeClaim[],
  volumes: readonly V1PersistentVolume[],
): PodSurroundings["zonesOf"] {
  const zones = new Map(volumes.map(({ metadata, spec }) => [metadata?.name ?? "", zonesOfVolume(spec)]));
  const bound = new Map(
    claims.map(({ metadata, spec }) => [`${metadata?.namespace}/${metadata?.name}`, spec?.volumeName]),
  );
  return (namespace, claim) => zones.get(bound.get(`${namespace}/${claim}`) ?? "") ?? [];
}

function zonesOfVolume(spec: V1PersistentVolume["spec"]): readonly string[] {
  const terms = spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  return terms.flatMap(({ matchExpressions = [] }) =>
    matchExpressions.flatMap(({ key, operator, values = [] }) =>
      operator === "In" && key.endsWith("/zone") ? values.filter((value) => value !== "") : [],
    ),
  );
}
