import type { KubeObject } from "../objects.ts";
import type { ResourceType } from "./resource-type.ts";

/** What the registry strategies of Kubernetes say about single kinds (pkg/registry), by `plural.group`. */

/** A PUT to a name that is free creates the object. */
export function createsOnUpdate(type: ResourceType): boolean {
  return creating.has(nameOf(type));
}

/** A deletion is answered with the object instead of a Status. */
export function returnsDeleted(type: ResourceType): boolean {
  return returning.has(nameOf(type));
}

/** A PUT has to name the version that it replaces. */
export function needsVersion(type: ResourceType): boolean {
  return type.custom || versioned.has(nameOf(type));
}

/** A status update changes nothing of the metadata. */
export function keepsMetadata(type: ResourceType): boolean {
  return type.custom || type.kind === "VolumeAttachment";
}

/** Where kube-apiserver keeps an object in etcd (pkg/registry/core/rest, kubeapiserver/default_storage_factory_builder.go). */
export function storageKey(type: ResourceType, { metadata }: KubeObject): string {
  const own = type.group.includes(".") && (type.custom || aggregated.has(type.group));
  const resource = own ? `${type.group}/${type.plural}` : (storagePrefixes[nameOf(type)] ?? type.plural);
  return ["/registry", resource, metadata.namespace, metadata.name].filter((part) => part).join("/");
}

const aggregated: ReadonlySet<string> = new Set(["apiextensions.k8s.io", "apiregistration.k8s.io"]);
const storagePrefixes: Readonly<Record<string, string>> = {
  endpoints: "services/endpoints",
  "ingresses.networking.k8s.io": "ingress",
  nodes: "minions",
  replicationcontrollers: "controllers",
  services: "services/specs",
};

function nameOf({ plural, group }: ResourceType): string {
  return group === "" ? plural : `${plural}.${group}`;
}

const creating: ReadonlySet<string> = new Set([
  "clusterrolebindings.rbac.authorization.k8s.io",
  "clusterroles.rbac.authorization.k8s.io",
  "endpoints",
  "events",
  "events.events.k8s.io",
  "leases.coordination.k8s.io",
  "limitranges",
  "rolebindings.rbac.authorization.k8s.io",
  "roles.rbac.authorization.k8s.io",
  "runtimeclasses.node.k8s.io",
  "services",
]);

const returning: ReadonlySet<string> = new Set([
  "csidrivers.storage.k8s.io",
  "csinodes.storage.k8s.io",
  "namespaces",
  "persistentvolumeclaims",
  "persistentvolumes",
  "pods",
  "podtemplates",
  "resourcequotas",
  "serviceaccounts",
  "services",
  "storageclasses.storage.k8s.io",
  "volumeattachments.storage.k8s.io",
  "volumeattributesclasses.storage.k8s.io",
]);

const versioned: ReadonlySet<string> = new Set([
  "apiservices.apiregistration.k8s.io",
  "csidrivers.storage.k8s.io",
  "csinodes.storage.k8s.io",
  "csistoragecapacities.storage.k8s.io",
  "customresourcedefinitions.apiextensions.k8s.io",
  "leases.coordination.k8s.io",
  "mutatingwebhookconfigurations.admissionregistration.k8s.io",
  "poddisruptionbudgets.policy",
  "runtimeclasses.node.k8s.io",
  "validatingadmissionpolicies.admissionregistration.k8s.io",
  "validatingadmissionpolicybindings.admissionregistration.k8s.io",
  "validatingwebhookconfigurations.admissionregistration.k8s.io",
  "volumeattachments.storage.k8s.io",
]);
