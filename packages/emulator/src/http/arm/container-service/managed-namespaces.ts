import { createObject, getObject, namespaces } from "../../../controllers/kubernetes/kinds.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import { hostNames } from "../../../world/container-service/private-cluster.ts";
import type { RequestBody } from "../../../world/container-service/request-body.ts";
import { timestamp } from "../../../world/store.ts";
import type { ChildRules, ChildScope } from "./child-rules.ts";

/** A namespace that is kept by ARM, with a quota and network policies (AKS docs, managed namespaces). */
export const managedNamespaceRules: ChildRules = {
  slow: true,
  creating: "Updating",
  hasETag: true,
  hasLocation: true,
  properties,
  made: (scope, { name, properties: kept }) => apply(scope, name, kept),
  gone: (scope, { name, properties: kept }) => {
    if (kept["deletePolicy"] === "Delete") terminate(scope, name);
  },
};

const managedByArm = { "kubernetes.azure.com/managedByArm": "true" };

function properties({ cluster, name, existing }: ChildScope, sent: RequestBody): Record<string, unknown> {
  const adoptionPolicy = sent.oneOf("adoptionPolicy", ["Never", "IfIdentical", "Always"]) ?? "Never";
  const deletePolicy = sent.oneOf("deletePolicy", ["Keep", "Delete"]) ?? "Keep";
  const labels = sent.textMap("labels") ?? {};
  const found = getObject(cluster.cluster.store, namespaces, undefined, name);
  if (found && !existing && !mayAdopt(adoptionPolicy, found.metadata.labels ?? {}, labels)) {
    const text = `The namespace '${name}' exists in cluster '${cluster.name}', and the adoption policy is '${adoptionPolicy}'.`;
    throw refusal(409, "NamespaceAlreadyExists", text);
  }
  const policy = sent.object("defaultNetworkPolicy");
  const rules = ["AllowAll", "AllowSameNamespace", "DenyAll"] as const;
  return {
    ...existing?.properties,
    ...sent.sent(),
    ...unlessEmpty("labels", labels, managedByArm),
    ...unlessEmpty("annotations", sent.textMap("annotations") ?? {}),
    ...(policy
      ? { defaultNetworkPolicy: { ingress: policy.oneOf("ingress", rules), egress: policy.oneOf("egress", rules) } }
      : {}),
    adoptionPolicy,
    deletePolicy,
    portalFqdn: hostNames(cluster)["azurePortalFQDN"],
  };
}

/** Without any there is no word of them (recorded); `own` are added to those of the client. */
function unlessEmpty(
  name: string,
  map: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>> = {},
): Record<string, unknown> {
  return { [name]: Object.keys(map).length > 0 ? { ...map, ...own } : undefined };
}

function mayAdopt(
  policy: string,
  found: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  if (policy === "Always") return true;
  return policy === "IfIdentical" && Object.entries(wanted).every(([key, value]) => found[key] === value);
}

function apply({ cluster: { cluster } }: ChildScope, name: string, kept: Readonly<Record<string, unknown>>): void {
  const { store } = cluster;
  const labels = {
    ...managedByArm,
    ...(kept["labels"] as Record<string, string> | undefined),
    "kubernetes.io/metadata.name": name,
  };
  const annotations = (kept["annotations"] ?? {}) as Record<string, string>;
  const created = createObject(store, namespaces, {
    metadata: { name, labels, annotations },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  });
  if (!created) {
    store.update(namespaces.resource, undefined, name, (current) => ({
      ...current,
      metadata: {
        ...current.metadata,
        labels: { ...current.metadata.labels, ...labels },
        annotations: { ...current.metadata.annotations, ...annotations },
      },
    }));
  }
  keep(store, quotas, name, quotaSpec(kept["defaultResourceQuota"]));
  keep(store, policies, name, policySpec(kept["defaultNetworkPolicy"]));
}

const quotas = {
  resource: { group: "", resource: "resourcequotas" },
  apiVersion: "v1",
  kind: "ResourceQuota",
  name: "defaultresourcequota",
};

const policies = {
  resource: { group: "networking.k8s.io", resource: "networkpolicies" },
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  name: "defaultnetworkpolicy",
};

/** Creates the object, replaces its spec, or takes it away when it is not wanted any more. */
function keep(
  store: ChildScope["cluster"]["cluster"]["store"],
  { resource, apiVersion, kind, name }: typeof quotas,
  namespace: string,
  spec: Record<string, unknown> | undefined,
): void {
  if (!spec) store.delete(resource, namespace, name);
  else if (!store.create(resource, { apiVersion, kind, metadata: { namespace, name }, spec })) {
    store.update(resource, namespace, name, (current) => ({ ...current, spec }));
  }
}

function quotaSpec(wanted: unknown): Record<string, unknown> | undefined {
  if (!wanted) return undefined;
  const { cpuRequest, cpuLimit, memoryRequest, memoryLimit } = wanted as Record<string, string | undefined>;
  const limits = {
    "requests.cpu": cpuRequest,
    "limits.cpu": cpuLimit,
    "requests.memory": memoryRequest,
    "limits.memory": memoryLimit,
  };
  return { hard: Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) };
}

function policySpec(wanted: unknown): Record<string, unknown> | undefined {
  if (!wanted) return undefined;
  const { ingress = "AllowSameNamespace", egress = "AllowAll" } = wanted as { ingress?: string; egress?: string };
  return {
    podSelector: {},
    policyTypes: ["Ingress", "Egress"],
    ...(ingress === "DenyAll" ? {} : { ingress: [rule(ingress, "from")] }),
    ...(egress === "DenyAll" ? {} : { egress: [rule(egress, "to")] }),
  };
}

function rule(kind: string, side: "from" | "to"): Record<string, unknown> {
  return kind === "AllowAll" ? {} : { [side]: [{ podSelector: {} }] };
}

/** As a client's delete does: the namespace controller empties it. */
function terminate({ service, cluster: { cluster } }: ChildScope, name: string): void {
  cluster.store.update(namespaces.resource, undefined, name, (current) => ({
    ...current,
    metadata: { ...current.metadata, deletionTimestamp: timestamp(service.world.clock.now()) },
    status: { phase: "Terminating" },
  }));
}
