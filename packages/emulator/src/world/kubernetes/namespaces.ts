import type { Cluster } from "../cluster.ts";
import type { KubeObject } from "../objects.ts";
import { changedBy, controllerManager, madeBy } from "../ownership.ts";
import type { StoreEvent } from "../store.ts";
import { platformMs } from "../world.ts";
import { finishNamespace } from "./namespace-deletion.ts";
import type { Registry } from "./registry.ts";

const namespaces = { group: "", resource: "namespaces" };
const configMaps = { group: "", resource: "configmaps" };
const services = { group: "", resource: "services" };
/** Between a deletion and what comes of it. Source: pkg/controller/namespace, namespaceDeletionGracePeriod. */
const deletionRestSeconds = 5;
const systemNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

/**
 * Namespaces from birth to end: the system's own exist from the start, a new one gets its default service account, and a
 * deleted one loses what is in it and then goes. Returns the function that ends it.
 */
export function createNamespaceLifecycle(cluster: Cluster, registry: Registry, caPem: string): () => void {
  const { store, world } = cluster;
  for (const name of systemNamespaces) store.create(namespaces, namespaceObject(name));
  store.create(services, kubernetesService());
  for (const namespace of store.list(namespaces)) reconcile(namespace.metadata.name);

  function reconcile(name: string): void {
    const namespace = store.get(namespaces, undefined, name);
    if (!namespace) return;
    if (namespace.metadata.deletionTimestamp === undefined) addStandardObjects(cluster, name, caPem);
    else if (hasRested(namespace)) finishNamespace(cluster, registry, name);
  }
  /** When each namespace that goes is looked at, by uid. */
  const lookAtMs = new Map<string, number>();
  function hasRested({ metadata: { name, uid = "" } }: KubeObject): boolean {
    const nowMs = world.clock.now();
    const known = lookAtMs.get(uid);
    if (known !== undefined) return nowMs >= known;
    const restMs = platformMs(world, deletionRestSeconds);
    lookAtMs.set(uid, nowMs + restMs);
    world.clock.after(restMs, () => {
      reconcile(name);
    });
    return false;
  }
  const due = new Set<string>();
  function runDue(): void {
    const names = [...due];
    due.clear();
    for (const name of names) reconcile(name);
  }
  // Never inside the change itself, so that nobody sees versions out of order.
  function enqueue(name: string): void {
    if (due.size === 0) world.clock.after(0, runDue);
    due.add(name);
  }
  return store.subscribe((event) => {
    const name = affectedNamespace(event);
    if (name !== undefined) enqueue(name);
  });
}

/** A namespace that has changed, or that may have become empty. */
function affectedNamespace({ type, resource, object }: StoreEvent): string | undefined {
  if (resource.group === "" && resource.resource === "namespaces") return object.metadata.name;
  const isRootCa = resource.resource === "configmaps" && object.metadata.name === "kube-root-ca.crt";
  return type === "DELETED" || (isRootCa && type === "MODIFIED") ? object.metadata.namespace : undefined;
}

/** What every namespace has: a default service account, and the certificate that its pods trust the API server by. */
function addStandardObjects({ store }: Cluster, namespace: string, caPem: string): void {
  store.create(
    { group: "", resource: "serviceaccounts" },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } },
  );
  const annotations = { "kubernetes.io/description": rootCaDescription };
  const rootCa = { name: "kube-root-ca.crt", namespace, annotations };
  const data = { "ca.crt": caPem };
  const published = { apiVersion: "v1", kind: "ConfigMap", metadata: rootCa, data };
  const created = store.create(configMaps, madeBy(controllerManager, store.time, published));
  if (created) return;
  store.update(configMaps, namespace, rootCa.name, (current) =>
    changedBy(controllerManager, store.time, current, { ...current, data }),
  );
}

/** Source: kubernetes/kubernetes pkg/controller/certificates/rootcacertpublisher. */
const rootCaDescription =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

function namespaceObject(name: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  };
}

/** The API server's own service: first address of AKS' default service range, 10.0.0.0/16. */
function kubernetesService(): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { component: "apiserver", provider: "kubernetes" },
    },
    spec: {
      type: "ClusterIP",
      clusterIP: "10.0.0.1",
      clusterIPs: ["10.0.0.1"],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      internalTrafficPolicy: "Cluster",
      sessionAffinity: "None",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 443 }],
    },
    status: { loadBalancer: {} },
  };
}
