import type { KubeObject } from "../../objects.ts";
import { at, type JsonRecord, listAt, numberAt, recordAt, textAt } from "../json.ts";
import type { ResourceType } from "../resource-type.ts";
import { itemPath } from "../validation/field-errors.ts";
import { deprecation, podWarnings, termWarnings } from "./pods.ts";
import { fractional } from "./quantities.ts";
import { serviceWarnings } from "./services.ts";
import { sourceWarnings } from "./volumes.ts";

/**
 * What the API server says to whoever writes such an object, though it takes it. `previous`: what it was; what runs pods
 * is looked at anew only when it changed. Wording of kubernetes: WarningsOnCreate of pkg/registry.
 */
export function warningsOn(
  { group, plural }: ResourceType,
  object: KubeObject,
  previous?: KubeObject,
): readonly string[] {
  const find = finders[group === "" ? plural : `${plural}.${group}`];
  if (!find || isAsBefore(object, previous)) return [];
  const name = previous ? [] : nameWarnings(plural, object.metadata.name);
  return [...new Set([...name, ...find(object)])];
}

function isAsBefore(object: KubeObject, previous: KubeObject | undefined): boolean {
  const { generation } = object.metadata;
  return previous !== undefined && generation !== undefined && generation === previous.metadata.generation;
}

const finders: Readonly<Record<string, (object: KubeObject) => readonly string[]>> = {
  pods: (pod) => podWarnings(recordAt(pod, "spec"), recordAt(pod, "metadata"), "spec", "metadata"),
  podtemplates: (template) => templateWarnings(recordAt(template, "template"), "template"),
  replicationcontrollers: ofTemplate,
  "deployments.apps": ofTemplate,
  "replicasets.apps": ofTemplate,
  "daemonsets.apps": ofTemplate,
  "statefulsets.apps": ofStatefulSet,
  "jobs.batch": (job) => [...ofTemplate(job), ...jobWarnings(recordAt(job, "spec"), "spec")],
  "cronjobs.batch": (job) => {
    const spec = recordAt(job, "spec", "jobTemplate", "spec");
    const path = "spec.jobTemplate.spec";
    return [...templateWarnings(recordAt(spec, "template"), `${path}.template`), ...jobWarnings(spec, path)];
  },
  services: serviceWarnings,
  "ingresses.networking.k8s.io": ({ metadata }) =>
    metadata.annotations?.["kubernetes.io/ingress.class"] === undefined
      ? []
      : [`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`],
  persistentvolumeclaims: (claim) => [
    ...classAnnotation(claim),
    ...fractional(at(claim, "spec", "resources", "requests", "storage"), "spec.resources.requests[storage]"),
  ],
  persistentvolumes: ofVolume,
  "storageclasses.storage.k8s.io": ofStorageClass,
  nodes: (node) =>
    textAt(node, "spec", "externalID")
      ? ["spec.externalID: this field is deprecated, and is unused by Kubernetes"]
      : [],
  "endpointslices.discovery.k8s.io": (slice) =>
    slice["addressType"] === "FQDN" ? ["spec.addressType: FQDN endpoints are deprecated"] : [],
  "runtimeclasses.node.k8s.io": (runtime) =>
    Object.keys(recordAt(runtime, "scheduling", "nodeSelector")).flatMap((label) =>
      deprecation(label, (why) => `scheduling.nodeSelector: ${why}`),
    ),
};

function ofTemplate(object: KubeObject): readonly string[] {
  return templateWarnings(recordAt(object, "spec", "template"), "spec.template");
}

function templateWarnings(template: JsonRecord, path: string): readonly string[] {
  const spec = recordAt(template, "spec");
  return podWarnings(spec, recordAt(template, "metadata"), `${path}.spec`, `${path}.metadata`);
}

/** Names of the pods come from these. */
const namesPods: readonly string[] = ["deployments", "replicasets", "replicationcontrollers", "jobs", "cronjobs"];

function nameWarnings(plural: string, name: string): readonly string[] {
  const use = plural === "pods" ? "the Pod's hostname" : namesPods.includes(plural) ? "Pod names and hostnames" : "";
  if (use === "") return [];
  const problems = [
    ...(name.length > 63 ? ["must be no more than 63 characters"] : []),
    ...(name.includes(".") ? ["must not contain dots"] : []),
  ];
  if (problems.length === 0) return [];
  return [
    `metadata.name: this is used in ${use}, which can result in surprising behavior; a DNS label is recommended: [${problems.join(" ")}]`,
  ];
}

function ofStatefulSet(set: KubeObject): readonly string[] {
  const claims = listAt(set, "spec", "volumeClaimTemplates").flatMap((claim, index) => {
    const amount = at(claim, "spec", "resources", "requests", "storage");
    return fractional(amount, `${itemPath("spec.volumeClaimTemplates", index)}.resources.requests[storage]`);
  });
  const history = numberAt(set, "spec", "revisionHistoryLimit") ?? 0;
  const negative =
    "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended";
  return [...ofTemplate(set), ...claims, ...(history < 0 ? [negative] : [])];
}

function jobWarnings(spec: JsonRecord, path: string): readonly string[] {
  const tooMany = (numberAt(spec, "completions") ?? 0) > 100_000 && (numberAt(spec, "parallelism") ?? 0) > 10_000;
  if (spec["completionMode"] !== "Indexed" || !tooMany) return [];
  return [
    `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
  ];
}

function classAnnotation({ metadata }: KubeObject): readonly string[] {
  const key = "volume.beta.kubernetes.io/storage-class";
  if (metadata.annotations?.[key] === undefined) return [];
  return [`metadata.annotations[${key}]: deprecated since v1.8; use "storageClassName" attribute instead`];
}

function ofVolume(volume: KubeObject): readonly string[] {
  const terms = listAt(volume, "spec", "nodeAffinity", "required", "nodeSelectorTerms");
  return [
    ...classAnnotation(volume),
    ...(textAt(volume, "spec", "persistentVolumeReclaimPolicy") === "Recycle"
      ? [
          "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
        ]
      : []),
    ...termWarnings(terms, "spec.nodeAffinity.required.nodeSelectorTerms"),
    ...sourceWarnings(recordAt(volume, "spec"), "spec"),
  ];
}

function ofStorageClass(storageClass: KubeObject): readonly string[] {
  return listAt(storageClass, "allowedTopologies").flatMap((topology, outer) =>
    listAt(topology, "matchLabelExpressions").flatMap((expression, index) =>
      deprecation(
        textAt(expression, "key"),
        (why) => `${itemPath(`${itemPath("allowedTopologies", outer)}.matchLabelExpressions`, index)}.key: ${why}`,
      ),
    ),
  );
}
