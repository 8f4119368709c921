import type { KubeObject } from "../../objects.ts";
import { timestamp } from "../../store.ts";
import { type AdmissionPlace, earlyName, withServiceAccount } from "../admission/service-account.ts";
import { withTopologyLabels } from "../admission/topology-labels.ts";
import { setPodDefaults } from "../defaults/pods.ts";
import { at, cloneJson, listAt, recordAt, textAt } from "../json.ts";
import { podColumns } from "../printing/pod-columns.ts";
import { type Priority, priorityOf } from "../priority.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { forbidden, type StatusError } from "../status-error.ts";
import { validateNewPod, validatePod, validatePodMetadata, validatePodUpdate } from "../validation/pod/pods.ts";
import { qosClassOf } from "../validation/pod/quality-of-service.ts";
import { withLabelKeys } from "./label-keys.ts";

export const podResources: readonly ResourceType[] = [
  defineResource({
    group: "",
    version: "v1",
    kind: "Pod",
    plural: "pods",
    shortNames: ["po"],
    categories: ["all"],
    subresources: [
      "attach",
      "binding",
      "ephemeralcontainers",
      "eviction",
      "exec",
      "log",
      "portforward",
      "proxy",
      "resize",
      "status",
    ],
    typeName: "V1Pod",
    setDefaults: setPodDefaults,
    prepare: admitPod,
    initialStatus: newPodStatus,
    validate: validatePod,
    validateCreate: validateNewPod,
    validateMetadata: validatePodMetadata,
    validateUpdate: validatePodUpdate,
    selectableFields: {
      "spec.nodeName": (pod) => textAt(pod, "spec", "nodeName") ?? "",
      "spec.restartPolicy": (pod) => textAt(pod, "spec", "restartPolicy") ?? "",
      "spec.schedulerName": (pod) => textAt(pod, "spec", "schedulerName") ?? "",
      "spec.serviceAccountName": (pod) => textAt(pod, "spec", "serviceAccountName") ?? "",
      "status.phase": (pod) => textAt(pod, "status", "phase") ?? "",
      "spec.hostNetwork": (pod) => String(at(pod, "spec", "hostNetwork") === true),
      "status.nominatedNodeName": (pod) => textAt(pod, "status", "nominatedNodeName") ?? "",
      "status.podIPs": (pod) =>
        listAt(pod, "status", "podIPs")
          .map((one) => textAt(one, "ip") ?? "")
          .join(","),
      "status.podIP": (pod) => textAt(pod, "status", "podIP") ?? "",
    },
    columns: podColumns,
  }),
];

/** A pod that a controller creates, as the API makes it of its template. */
export function completePod(pod: KubeObject, place: AdmissionPlace): KubeObject {
  const draft = cloneJson(pod);
  setPodDefaults(draft);
  const admitted = admitPod(draft, place);
  return { ...admitted, status: newPodStatus(admitted, place) };
}

function newPodStatus(pod: KubeObject, { world }: Pick<AdmissionPlace, "world">): unknown {
  const gated = listAt(pod, "spec", "schedulingGates").length > 0;
  return {
    phase: "Pending",
    qosClass: qosClassOf(pod),
    ...(gated ? { conditions: [gatedCondition(timestamp(world.clock.now()))] } : {}),
  };
}

const gatedCondition = (lastTransitionTime: string): Record<string, unknown> => ({
  type: "PodScheduled",
  status: "False",
  reason: "SchedulingGated",
  message: "Scheduling is blocked due to non-empty scheduling gates",
  lastProbeTime: null,
  lastTransitionTime,
});

/** What admission adds: the service account, the priority, and the tolerations that keep a pod 300 s on a lost node. */
function admitPod(sent: KubeObject, place: AdmissionPlace): KubeObject {
  const pod = withTopologyLabels(withServiceAccount(withLabelKeys(sent), place), place.store);
  const spec = recordAt(pod, "spec");
  const grace = spec["terminationGracePeriodSeconds"];
  checkRuntimeClass(pod, place);
  return {
    ...pod,
    spec: {
      ...spec,
      ...admittedPriority(pod, place),
      ...(typeof grace === "number" && grace < 0 ? { terminationGracePeriodSeconds: 1 } : {}),
      tolerations: withDefaultTolerations(listAt(spec, "tolerations")),
    },
  };
}

/** plugin/pkg/admission/priority: what the class says; a pod may only repeat it. */
function admittedPriority(pod: KubeObject, place: AdmissionPlace): Priority {
  const spec = recordAt(pod, "spec");
  const className = textAt(spec, "priorityClassName");
  const found = priorityOf(place.store, className);
  if (!found) throw forbiddenPod(pod, `no PriorityClass with name ${className ?? ""} was found`);
  const { priority, preemptionPolicy } = spec;
  const from = (value: string | number): string =>
    `must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`;
  if (typeof priority === "number" && priority !== found.priority)
    throw forbiddenPod(pod, `the integer value of priority (${priority}) ${from(found.priority)}`);
  if (typeof preemptionPolicy === "string" && preemptionPolicy !== found.preemptionPolicy) {
    const what = `the string value of PreemptionPolicy (${preemptionPolicy})`;
    throw forbiddenPod(pod, `${what} ${from(found.preemptionPolicy)}`);
  }
  return found;
}

/** plugin/pkg/admission/runtimeclass. */
function checkRuntimeClass(pod: KubeObject, { store }: AdmissionPlace): void {
  const name = textAt(pod, "spec", "runtimeClassName");
  const overhead = Object.keys(recordAt(pod, "spec", "overhead")).length > 0;
  const found = name && store.get({ group: "node.k8s.io", resource: "runtimeclasses" }, undefined, name);
  if (name && !found) throw forbiddenPod(pod, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
  if (overhead && !found)
    throw forbiddenPod(pod, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
}

function forbiddenPod(pod: KubeObject, why: string): StatusError {
  return forbidden({ group: "", plural: "pods", kind: "Pod" }, earlyName(pod), why);
}

function withDefaultTolerations(tolerations: readonly unknown[]): readonly unknown[] {
  const missing = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].filter(
    (key) => !tolerations.some((one) => tolerates(one, key)),
  );
  return [
    ...tolerations,
    ...missing.map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 })),
  ];
}

function tolerates(toleration: unknown, key: string): boolean {
  const ownKey = textAt(toleration, "key");
  const effect = textAt(toleration, "effect");
  return (ownKey === key || ownKey === undefined) && (effect === "NoExecute" || effect === undefined);
}
