import { type ClusterFacts, isPlatform } from "@fairway/sdk";

type PodFacts = ClusterFacts["pods"][number];
type ContainerFacts = PodFacts["containers"][number];
type Selector = PodFacts["apartFrom"][number]["selector"];

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [part: string]: unknown;
}

/** A workload as the model has it: made without replicas, which come node by node. */
export interface ModelledWorkload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  /** Its pods in the snapshot. */
  readonly pods: readonly PodFacts[];
  readonly manifest: Manifest;
}

/** What its pods are known by in the model: selectors of the snapshot may overlap, these do not. */
const ownLabel = "fairway.dev/rehearsed";

/** Every workload of the teams; what AKS runs itself is in the model already, and Jobs are left out. */
export function workloadsOf(facts: ClusterFacts, zoneOf: (zone: string) => string): readonly ModelledWorkload[] {
  const own = facts.pods.filter(({ namespace, isMirror, phase }) => {
    return !isPlatform(namespace) && !isMirror && phase !== "Succeeded" && phase !== "Failed";
  });
  const byOwner = Map.groupBy(own, ({ namespace, owner }) => `${namespace}/${owner?.kind ?? ""}/${owner?.name ?? ""}`);
  return [...byOwner.values()].flatMap((pods): readonly ModelledWorkload[] => {
    const [sample] = pods;
    if (!sample?.owner) return pods.map((pod) => barePod(pod, zoneOf));
    const { kind, name } = sample.owner;
    if (!scalable.has(kind) && kind !== "DaemonSet") return [];
    const { namespace } = sample;
    const wanted = facts.workloads.find((one) => one.kind === kind && one.namespace === namespace && one.name === name);
    const template = podTemplate(sample, `${kind}-${name}`.toLowerCase().slice(0, 63), pods, zoneOf);
    const manifest: Manifest = {
      apiVersion: "apps/v1",
      kind,
      metadata: { name, namespace },
      spec: {
        ...(kind === "DaemonSet" ? {} : { replicas: 0 }),
        ...(kind === "StatefulSet" ? { serviceName: name, podManagementPolicy: "Parallel" } : {}),
        ...(kind !== "StatefulSet" && wanted?.minReadySeconds ? { minReadySeconds: wanted.minReadySeconds } : {}),
        selector: { matchLabels: { [ownLabel]: template.metadata.labels[ownLabel] } },
        template,
      },
    };
    return [{ kind, namespace, name, replicas: wanted?.replicas ?? pods.length, pods, manifest }];
  });
}

export function budgetManifests({ budgets }: ClusterFacts): readonly Manifest[] {
  return budgets
    .filter(({ namespace }) => !isPlatform(namespace))
    .map(({ namespace, name, labels, selector, minAvailable, maxUnavailable, unhealthyPolicy }) => ({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name, namespace, labels },
      spec: {
        ...(selector ? { selector: selectorManifest(selector) } : {}),
        ...(minAvailable === undefined ? {} : { minAvailable: countOrPercent(minAvailable) }),
        ...(maxUnavailable === undefined ? {} : { maxUnavailable: countOrPercent(maxUnavailable) }),
        unhealthyPodEvictionPolicy: unhealthyPolicy,
      },
    }));
}

const scalable = new Set(["Deployment", "StatefulSet", "ReplicaSet"]);

function barePod(pod: PodFacts, zoneOf: (zone: string) => string): ModelledWorkload {
  const { namespace, name } = pod;
  const { metadata, spec } = podTemplate(pod, `pod-${name}`.slice(0, 63), [pod], zoneOf);
  const manifest = { apiVersion: "v1", kind: "Pod", metadata: { name, namespace, labels: metadata.labels }, spec };
  return { kind: "Pod", namespace, name, replicas: 1, pods: [pod], manifest };
}

/** Labels that controllers give. */
const givenLabels = new Set([
  "pod-template-hash",
  "controller-revision-hash",
  "pod-template-generation",
  "statefulset.kubernetes.io/pod-name",
  "apps.kubernetes.io/pod-index",
]);

function podTemplate(
  pod: PodFacts,
  ownName: string,
  pods: readonly PodFacts[],
  zoneOf: (zone: string) => string,
): { readonly metadata: { readonly labels: Readonly<Record<string, string>> }; readonly spec: unknown } {
  const labels = Object.fromEntries(Object.entries(pod.labels).filter(([key]) => !givenLabels.has(key)));
  const terms = nodeTerms(pod, pods, zoneOf);
  const affinity = {
    ...(terms.length === 0
      ? {}
      : { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } }),
    ...(pod.apartFrom.length === 0
      ? {}
      : {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: pod.apartFrom.map(({ topologyKey, selector }) => ({
              topologyKey,
              labelSelector: selectorManifest(selector),
            })),
          },
        }),
  };
  return {
    metadata: { labels: { ...labels, [ownLabel]: ownName } },
    spec: {
      containers: pod.containers.map((container, index) => containerManifest(container, index, pod)),
      terminationGracePeriodSeconds: pod.graceSeconds,
      nodeSelector: pod.nodeSelector,
      tolerations: pod.tolerations,
      affinity,
      topologySpreadConstraints: (pod.spread ?? []).map(({ topologyKey, maxSkew, selector }) => ({
        topologyKey,
        maxSkew: Math.max(1, maxSkew),
        whenUnsatisfiable: "DoNotSchedule",
        labelSelector: selectorManifest(selector),
      })),
    },
  };
}

/** A disk in a zone holds its pod there, like an affinity; zones of the model have other names. */
function nodeTerms(pod: PodFacts, pods: readonly PodFacts[], zoneOf: (zone: string) => string) {
  const zones = [...new Set(pods.flatMap((one) => one.zones))].map(zoneOf);
  const inZone = { key: zoneLabel, operator: "In", values: zones };
  const terms = pod.nodeTerms.map((term) =>
    term.map(({ key, operator, values }) => ({
      key,
      operator,
      ...(values.length === 0 ? {} : { values: key === zoneLabel ? values.map(zoneOf) : values }),
    })),
  );
  const all = terms.length === 0 && zones.length > 0 ? [[]] : terms;
  return all.map((term) => ({ matchExpressions: zones.length > 0 ? [...term, inZone] : term }));
}

const zoneLabel = "topology.kubernetes.io/zone";

/** Paths tell the model which probe asks. */
export const readinessPath = "/ready";

function containerManifest(container: ContainerFacts, index: number, pod: PodFacts): unknown {
  const { name, probes = {}, requests, limits } = container;
  const port = 8_080 + index;
  const path = { startup: "/start", liveness: "/live", readiness: readinessPath } as const;
  const probe = (kind: keyof typeof path) =>
    probes[kind] && {
      [`${kind}Probe`]: {
        httpGet: { path: path[kind], port },
        ...probes[kind],
        periodSeconds: Math.max(1, probes[kind].periodSeconds),
        timeoutSeconds: Math.max(1, probes[kind].timeoutSeconds),
        failureThreshold: Math.max(1, probes[kind].failureThreshold),
        successThreshold: kind === "readiness" ? Math.max(1, probes[kind].successThreshold) : 1,
      },
    };
  return {
    name,
    image: imageOf(pod, index),
    ports: [{ containerPort: port }],
    resources: {
      requests: quantities(requests ?? (index === 0 ? pod.requests : undefined)),
      limits: quantities(limits),
    },
    ...probe("startup"),
    ...probe("liveness"),
    ...probe("readiness"),
  };
}

/** A name of its own, by which the model knows whose container starts. */
export function imageOf({ namespace, name, owner }: PodFacts, index: number): string {
  const of = owner ?? { kind: "Pod", name };
  return `rehearsal.example/${namespace}/${of.kind.toLowerCase()}/${of.name}:${index}`;
}

function quantities(resources: ContainerFacts["requests"]): Record<string, string> {
  const { cpuMillicores = 0, memoryMib = 0 } = resources ?? {};
  return {
    ...(cpuMillicores > 0 ? { cpu: `${cpuMillicores}m` } : {}),
    ...(memoryMib > 0 ? { memory: `${memoryMib}Mi` } : {}),
  };
}

function selectorManifest({ matchLabels, matchExpressions }: Selector): unknown {
  return {
    matchLabels,
    matchExpressions: matchExpressions.map(({ key, operator, values }) => ({
      key,
      operator,
      ...(values.length === 0 ? {} : { values }),
    })),
  };
}

function countOrPercent(text: string): number | string {
  return text.endsWith("%") ? text : Number(text);
}
