/**
 * How lists and maps are merged, by `Type.field`; what is not named is atomic (lists) or merged member by member
 * (maps and structs). From the `x-kubernetes-list-*`, `x-kubernetes-map-type` and `x-kubernetes-patch-*` extensions of
 * the OpenAPI document of Kubernetes 1.36, Gateway API 1.4 and KEDA 2.18.
 */
export type ListMerge =
  | { readonly kind: "atomic" }
  | { readonly kind: "set" }
  /** `keys` for server-side apply; `patchKey` for strategic merge patch. */
  | {
      readonly kind: "keyed";
      readonly keys: readonly string[];
      readonly patchKey: string;
      readonly defaults?: Readonly<Record<string, unknown>>;
    };

const tcp = { protocol: "TCP" };

export const listMerges: Readonly<Record<string, ListMerge>> = {
  "V1ObjectMeta.finalizers": { kind: "set" },
  "V1ObjectMeta.ownerReferences": keyed("uid"),
  "V1PodSpec.containers": keyed("name"),
  "V1PodSpec.initContainers": keyed("name"),
  "V1PodSpec.ephemeralContainers": keyed("name"),
  "V1PodSpec.volumes": keyed("name"),
  "V1PodSpec.imagePullSecrets": keyed("name"),
  "V1PodSpec.hostAliases": keyed("ip"),
  "V1PodSpec.topologySpreadConstraints": {
    kind: "keyed",
    keys: ["topologyKey", "whenUnsatisfiable"],
    patchKey: "topologyKey",
  },
  "V1PodSpec.schedulingGates": keyed("name"),
  "V1PodSpec.resourceClaims": keyed("name"),
  "V1Container.env": keyed("name"),
  "V1Container.ports": {
    kind: "keyed",
    keys: ["containerPort", "protocol"],
    patchKey: "containerPort",
    defaults: tcp,
  },
  "V1Container.volumeMounts": keyed("mountPath"),
  "V1Container.volumeDevices": keyed("devicePath"),
  "V1EphemeralContainer.env": keyed("name"),
  "V1EphemeralContainer.volumeMounts": keyed("mountPath"),
  "V1ResourceRequirements.claims": keyed("name"),
  "V1PodStatus.conditions": keyed("type"),
  "V1PodStatus.podIPs": keyed("ip"),
  "V1PodStatus.hostIPs": keyed("ip"),
  "V1NodeSpec.podCIDRs": { kind: "set" },
  "V1NodeStatus.conditions": keyed("type"),
  "V1NodeStatus.addresses": keyed("type"),
  "V1NamespaceStatus.conditions": keyed("type"),
  "V1ServiceSpec.ports": { kind: "keyed", keys: ["port", "protocol"], patchKey: "port", defaults: tcp },
  "V1ServiceStatus.conditions": keyed("type"),
  "V1ServiceAccount.secrets": keyed("name"),
  "V1ServiceAccount.imagePullSecrets": { kind: "atomic" },
  "V1DeploymentStatus.conditions": keyed("type"),
  "V1ReplicaSetStatus.conditions": keyed("type"),
  "V1PodDisruptionBudgetStatus.conditions": keyed("type"),
  "V2HorizontalPodAutoscalerStatus.conditions": keyed("type"),
  "V1PersistentVolumeSpec.accessModes": { kind: "atomic" },
  "V1PersistentVolumeClaimStatus.conditions": keyed("type"),
  "V1StatefulSetStatus.conditions": keyed("type"),
  "V1DaemonSetStatus.conditions": keyed("type"),
  "V1JobStatus.conditions": { kind: "atomic" },
  "V1CSINodeSpec.drivers": keyed("name"),
  "V1ResourceQuotaSpec.scopes": { kind: "atomic" },
  "V1MutatingWebhookConfiguration.webhooks": keyed("name"),
  "V1ValidatingWebhookConfiguration.webhooks": keyed("name"),
  "V1MutatingWebhook.matchConditions": keyed("name"),
  "V1ValidatingWebhook.matchConditions": keyed("name"),
  "V1CustomResourceDefinitionStatus.conditions": keyed("type"),
  "V1APIServiceStatus.conditions": keyed("type"),
  "V1EndpointSlice.endpoints": { kind: "atomic" },
  "GatewayClassStatus.conditions": keyed("type"),
  "GatewaySpec.listeners": keyed("name"),
  "GatewayStatus.conditions": keyed("type"),
  "GatewayStatus.listeners": keyed("name"),
  "GatewayListenerStatus.conditions": keyed("type"),
  "RouteParentStatus.conditions": keyed("type"),
};

/** Types that have one owner as a whole in server-side apply. */
export const atomicTypes: ReadonlySet<string> = new Set([
  "V1LabelSelector",
  "V1NodeSelector",
  "V1NodeSelectorTerm",
  "V1ObjectReference",
  "V1LocalObjectReference",
  "V1TypedLocalObjectReference",
  "V1ConfigMapKeySelector",
  "V1SecretKeySelector",
  "V1ObjectFieldSelector",
  "V1ResourceFieldSelector",
  "V1ScopeSelector",
  "V1SecretReference",
]);

/** Maps that have one owner as a whole in server-side apply. */
export const atomicMaps: ReadonlySet<string> = new Set(["V1PodSpec.nodeSelector", "V1ServiceSpec.selector"]);

function keyed(key: string): ListMerge {
  return { kind: "keyed", keys: [key], patchKey: key };
}
