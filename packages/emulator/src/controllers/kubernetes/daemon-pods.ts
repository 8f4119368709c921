import type { ControlPlane } from "./control-plane.ts";
import { createPod } from "./create-pod.ts";
import { controllerReference, daemonSets, involved } from "./kinds.ts";
import type { Pod, PodTemplate, Toleration } from "./pod-types.ts";
import { deletePod } from "./pods.ts";
import { podRevisionLabel, revisionHash } from "./revisions.ts";
import { covers, isSelected } from "./scheduling-fit.ts";
import type { KubeNode } from "./types.ts";
import type { ControllerRevision, DaemonSet } from "./workload-types.ts";

const exists = (key: string, effect: string): Toleration => ({ key, operator: "Exists", effect });

/** What every pod of a DaemonSet tolerates. Source: pkg/controller/daemon/util AddOrUpdateDaemonPodTolerations. */
const daemonTolerations: readonly Toleration[] = [
  exists("node.kubernetes.io/not-ready", "NoExecute"),
  exists("node.kubernetes.io/unreachable", "NoExecute"),
  exists("node.kubernetes.io/disk-pressure", "NoSchedule"),
  exists("node.kubernetes.io/memory-pressure", "NoSchedule"),
  exists("node.kubernetes.io/pid-pressure", "NoSchedule"),
  exists("node.kubernetes.io/unschedulable", "NoSchedule"),
];

export interface NodeVerdict {
  readonly shouldRun: boolean;
  /** False: what runs there has to go. */
  readonly mayContinue: boolean;
}

/** Source: kubernetes/kubernetes pkg/controller/daemon NodeShouldRunDaemonPod. */
export function judgeNode(set: DaemonSet, node: KubeNode): NodeVerdict {
  const { spec } = set.spec.template;
  const pinned = spec.nodeName !== undefined && spec.nodeName !== node.metadata.name;
  if (pinned || !isSelected({ spec }, node)) return { shouldRun: false, mayContinue: false };
  const tolerations = [...(spec.tolerations ?? []), ...daemonTolerations, ...networkToleration(set)];
  const untolerated = (node.spec.taints ?? []).filter(
    (taint) => taint.effect !== "PreferNoSchedule" && !tolerations.some((toleration) => covers(toleration, taint)),
  );
  return {
    shouldRun: untolerated.length === 0,
    mayContinue: untolerated.every(({ effect }) => effect !== "NoExecute"),
  };
}

export function createDaemonPod(plane: ControlPlane, set: DaemonSet, revision: ControllerRevision, node: string): void {
  const created = createPod(plane, {
    template: templateFor(set, revision, node),
    namespace: set.metadata.namespace,
    name: { prefix: `${set.metadata.name}-` },
    owner: controllerReference(daemonSets, set),
  });
  if (typeof created === "string") recordOn(plane, set, "Warning", "FailedCreate", `Error creating: ${created}`);
  else recordOn(plane, set, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`);
}

export function deleteDaemonPod(plane: ControlPlane, set: DaemonSet, pod: Pod): void {
  deletePod(plane.store, pod, plane.world.clock.now());
  recordOn(plane, set, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
}

export function recordOn(
  plane: ControlPlane,
  set: DaemonSet,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
): void {
  plane.recordEvent({ type, reason, message, source: "daemonset-controller", involved: involved(daemonSets, set) });
}

/** The node that a pod of a DaemonSet is made for, also while it is not bound. */
export function intendedNode({ spec }: Pod): string | undefined {
  if (spec.nodeName !== undefined) return spec.nodeName;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const fields = terms.flatMap(({ matchFields = [] }) => matchFields);
  return fields.find(({ key }) => key === "metadata.name")?.values?.[0];
}

function templateFor(set: DaemonSet, revision: ControllerRevision, node: string): PodTemplate {
  const { metadata, spec } = set.spec.template;
  const generation = set.metadata.annotations?.["deprecated.daemonset.template.generation"] ?? "1";
  const labels = {
    ...metadata?.labels,
    [podRevisionLabel]: revisionHash(set, revision),
    "pod-template-generation": generation,
  };
  const tolerations = [...(spec.tolerations ?? [])];
  for (const added of [...daemonTolerations, ...networkToleration(set)]) {
    if (!tolerations.some(({ key, effect }) => key === added.key && effect === added.effect)) tolerations.push(added);
  }
  const matchFields = [{ key: "metadata.name", operator: "In", values: [node] }];
  // The controller has chosen the node: what the template asks of nodes has been seen to.
  const nodeAffinity = {
    ...spec.affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
  };
  return {
    metadata: { ...metadata, labels },
    spec: { ...spec, tolerations, affinity: { ...spec.affinity, nodeAffinity } },
  };
}

function networkToleration(set: DaemonSet): Toleration[] {
  return set.spec.template.spec["hostNetwork"] === true
    ? [exists("node.kubernetes.io/network-unavailable", "NoSchedule")]
    : [];
}
