import type { ResourceType } from "../resource-type.ts";

/**
 * How often the metadata of an object that changes is judged: by the machinery, by the rules for changes of the kind,
 * and by those for the object as a whole. The API server lists what is wrong each time (pkg/apis/…/validation).
 */
export interface MetadataRounds {
  /** Of the rules about what must not change. */
  readonly fixed: number;
  readonly fields: number;
  readonly finalizers: number;
  /** Of the rule that a finalizer without a domain is one of Kubernetes; not every kind has it. */
  readonly unqualified: number;
}

export function metadataRounds(type: ResourceType): MetadataRounds {
  if (type.custom) return { fixed: 2, fields: 3, finalizers: 1, unqualified: 0 };
  const isOwn = type.kind !== "Event" || type.group === "";
  return (isOwn ? byKind.get(type.kind) : undefined) ?? { fixed: 2, fields: 3, finalizers: 1, unqualified: 1 };
}

const judgedTwice =
  "ConfigMap Secret ServiceAccount Pod Endpoints PersistentVolumeClaim Namespace Node ControllerRevision Job Ingress IngressClass Role RoleBinding ClusterRole ClusterRoleBinding StorageClass";
const judgedByOwnRules = "LimitRange CSINode VolumeAttachment EndpointSlice FlowSchema";
const webhooks =
  "MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding";

const byKind: ReadonlyMap<string, MetadataRounds> = new Map(
  (
    [
      [judgedTwice, { fixed: 2, fields: 4, finalizers: 2, unqualified: 2 }],
      [judgedByOwnRules, { fixed: 1, fields: 3, finalizers: 2, unqualified: 1 }],
      ["PersistentVolume", { fixed: 1, fields: 4, finalizers: 3, unqualified: 2 }],
      [webhooks, { fixed: 1, fields: 3, finalizers: 2, unqualified: 0 }],
      ["RuntimeClass", { fixed: 2, fields: 4, finalizers: 2, unqualified: 0 }],
      ["Event PodDisruptionBudget", { fixed: 1, fields: 2, finalizers: 1, unqualified: 0 }],
      ["Lease", { fixed: 2, fields: 3, finalizers: 1, unqualified: 0 }],
    ] as const
  ).flatMap(([kinds, rounds]) => kinds.split(" ").map((kind): [string, MetadataRounds] => [kind, rounds])),
);
