import type { ContainerFacts, Owner, PodFacts, ProbeFacts, Requirement, Resources, Selector } from "@fairway/core";
import type {
  V1Container,
  V1LabelSelector,
  V1NodeSelectorRequirement,
  V1ObjectMeta,
  V1Pod,
  V1Probe,
} from "@kubernetes/client-node";
import { quantity } from "../kubernetes/quantity.ts";

/** What is known beside a pod: who owns its owner, and where its volumes are. */
export interface PodSurroundings {
  /** The workload at the top for `namespace/kind/name`; the same one when nothing is above it. */
  topOf(namespace: string, owner: Owner): Owner;
  /** Zones of the volume that a claim is bound to. */
  zonesOf(namespace: string, claim: string): readonly string[];
}

export function podFacts({ metadata, spec, status }: V1Pod, around: PodSurroundings): PodFacts {
  const namespace = metadata?.namespace ?? "";
  const owner = controllerOf(metadata);
  const volumes = spec?.volumes ?? [];
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const apart = spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const annotations = metadata?.annotations ?? {};
  return {
    namespace,
    name: metadata?.name ?? "",
    ...(spec?.nodeName ? { node: spec.nodeName } : {}),
    phase: status?.phase ?? "",
    isReady: status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false,
    isTerminating: metadata?.deletionTimestamp !== undefined,
    labels: metadata?.labels ?? {},
    ...(owner ? { owner: around.topOf(namespace, owner) } : {}),
    isMirror: annotations["kubernetes.io/config.mirror"] !== undefined,
    requests: requestsOf(spec?.containers ?? []),
    graceSeconds: spec?.terminationGracePeriodSeconds ?? 30,
    nodeSelector: spec?.nodeSelector ?? {},
    nodeTerms: terms.map(({ matchExpressions = [] }) => matchExpressions.map(requirement)),
    tolerations: (spec?.tolerations ?? []).map(({ key, operator, value, effect }) => ({
      ...(key === undefined ? {} : { key }),
      ...(operator === undefined ? {} : { operator }),
      ...(value === undefined ? {} : { value }),
      ...(effect === undefined ? {} : { effect }),
    })),
    apartFrom: apart.map(({ topologyKey, labelSelector }) => ({
      topologyKey,
      selector: selectorOf(labelSelector ?? {}),
    })),
    zones: volumes.flatMap(({ persistentVolumeClaim: claim }) =>
      claim ? around.zonesOf(namespace, claim.claimName) : [],
    ),
    scratchVolumes: volumes.filter(({ emptyDir }) => emptyDir && emptyDir.medium !== "Memory").map(({ name }) => name),
    hostPaths: volumes.flatMap(({ hostPath }) => hostPath?.path ?? []),
    isSafeToEvict: annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] !== "false",
    ...startOf(status),
    spread: (spec?.topologySpreadConstraints ?? [])
      .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule")
      .map(({ topologyKey, maxSkew, labelSelector }) => ({
        topologyKey,
        maxSkew,
        selector: selectorOf(labelSelector ?? {}),
      })),
    containers: (spec?.containers ?? []).map(containerFacts),
  };
}

export function selectorOf({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector): Selector {
  return { matchLabels, matchExpressions: matchExpressions.map(requirement) };
}

export function controllerOf(metadata: V1ObjectMeta | undefined): Owner | undefined {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  return owner && { kind: owner.kind, name: owner.name };
}

/** `250m` and `512Mi` as the facts have them. */
export function resourcesOf(quantities: Readonly<Record<string, string>>): Resources {
  return {
    cpuMillicores: Math.ceil(quantity(quantities["cpu"] ?? "0") * 1_000),
    memoryMib: Math.ceil(quantity(quantities["memory"] ?? "0") / 2 ** 20),
  };
}

function requirement({ key, operator, values }: V1NodeSelectorRequirement): Requirement {
  return { key, operator, values: values ?? [] };
}

function requestsOf(containers: readonly V1Container[]): Resources {
  const all = containers.map(({ resources }) => resourcesOf(resources?.requests ?? {}));
  return {
    cpuMillicores: all.reduce((sum, one) => sum + one.cpuMillicores, 0),
    memoryMib: all.reduce((sum, one) => sum + one.memoryMib, 0),
  };
}

/** Of a pod that has never restarted: later its condition tells of something else. */
function startOf(status: V1Pod["status"]): { startSeconds?: number } {
  const ready = status?.conditions?.find(({ type, status: value }) => type === "Ready" && value === "True");
  const containers = status?.containerStatuses ?? [];
  const started = containers.map(({ restartCount, state }) =>
    restartCount === 0 && state?.running?.startedAt ? new Date(state.running.startedAt).getTime() : Number.NaN,
  );
  const seconds = (new Date(ready?.lastTransitionTime ?? "").getTime() - Math.max(...started)) / 1_000;
  return Number.isFinite(seconds) && seconds >= 0 ? { startSeconds: Math.round(seconds) } : {};
}

function containerFacts(container: V1Container): ContainerFacts {
  const { name, image, readinessProbe, livenessProbe, startupProbe, resources } = container;
  const { cpu, memory } = resources?.requests ?? {};
  return {
    name,
    image: image ?? "",
    hasReadiness: readinessProbe !== undefined,
    hasRequests: cpu !== undefined && memory !== undefined,
    requests: resourcesOf(resources?.requests ?? {}),
    limits: resourcesOf(resources?.limits ?? {}),
    probes: {
      ...(startupProbe ? { startup: probeFacts(startupProbe) } : {}),
      ...(livenessProbe ? { liveness: probeFacts(livenessProbe) } : {}),
      ...(readinessProbe ? { readiness: probeFacts(readinessProbe) } : {}),
    },
  };
}

/** Defaults: Kubernetes docs, probes. */
function probeFacts(probe: V1Probe): ProbeFacts {
  return {
    initialDelaySeconds: probe.initialDelaySeconds ?? 0,
    periodSeconds: probe.periodSeconds ?? 10,
    timeoutSeconds: probe.timeoutSeconds ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
    successThreshold: probe.successThreshold ?? 1,
  };
}
