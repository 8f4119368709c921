import type { Cluster } from "../../cluster.ts";
import type { GroupResource, KubeObject } from "../../objects.ts";
import { timestamp } from "../../store.ts";
import { definitions } from "../custom/definition-of.ts";
import { at, listAt, recordAt } from "../json.ts";
import type { Registry } from "../registry.ts";
import { apiServices, localService, managedLabel, metricsService } from "./api-services.ts";
import { availabilityOf } from "./availability.ts";

/**
 * One APIService for each version that is served, also of custom resources, and what all of them say about their
 * availability. Returns the function that ends it. Begun after the lifecycle of the definitions: it reads the registry
 * that that one keeps.
 */
export function createApiServiceLifecycle(cluster: Cluster, registry: Registry): () => void {
  const { store, world } = cluster;
  let due = false;
  store.create(apiServices, withStatus(cluster, registry, metricsService));
  createLocal(cluster, registry);
  function enqueue(): void {
    if (due) return;
    due = true;
    world.clock.after(0, () => {
      due = false;
      for (const service of store.list(apiServices)) check(cluster, registry, service);
    });
  }
  return store.subscribe(({ type, resource, object }) => {
    if (isOf(resource, definitions)) {
      if (type !== "MODIFIED" || at(object, "status") !== undefined) createLocal(cluster, registry);
    } else if (isOf(resource, apiServices)) {
      if (type !== "DELETED") enqueue();
    } else if (backs(cluster, resource, object)) enqueue();
  });
}

/** Those of custom resources come and go; the others are made once, and who deletes one is without it. */
function createLocal(cluster: Cluster, registry: Registry): void {
  const { store } = cluster;
  const served = [...registry.groups()].flatMap(([group, versions]) => versions.map((version) => ({ group, version })));
  const wanted = new Map(served.map((one) => [`${one.version}.${one.group}`, localService(one)]));
  for (const service of wanted.values()) store.create(apiServices, withStatus(cluster, registry, service));
  for (const { metadata } of store.list(apiServices)) {
    const isManaged = metadata.labels?.[managedLabel] === "true";
    if (isManaged && !wanted.has(metadata.name)) store.delete(apiServices, undefined, metadata.name);
  }
}

function withStatus(cluster: Cluster, registry: Registry, service: KubeObject): KubeObject {
  const lastTransitionTime = timestamp(cluster.world.clock.now());
  return {
    ...service,
    status: { conditions: [{ ...availabilityOf(cluster, registry, service), lastTransitionTime }] },
  };
}

function check(cluster: Cluster, registry: Registry, service: KubeObject): void {
  const next = availabilityOf(cluster, registry, service);
  const [before] = listAt(service, "status", "conditions");
  const same = (["status", "reason", "message"] as const).every((field) => at(before, field) === next[field]);
  if (same) return;
  const kept = at(before, "status") === next.status ? recordAt(before)["lastTransitionTime"] : undefined;
  const lastTransitionTime = kept ?? timestamp(cluster.world.clock.now());
  cluster.store.update(apiServices, undefined, service.metadata.name, (current) => ({
    ...current,
    status: { conditions: [{ ...next, lastTransitionTime }] },
  }));
}

/** Whether an APIService may depend on it. */
function backs({ store }: Cluster, { group, resource }: GroupResource, { metadata }: KubeObject): boolean {
  const isService = group === "" && resource === "services";
  if (!isService && resource !== "endpointslices") return false;
  const name = isService ? metadata.name : metadata.labels?.["kubernetes.io/service-name"];
  return store.list(apiServices).some((service) => {
    const to = recordAt(service, "spec", "service");
    return to["name"] === name && to["namespace"] === metadata.namespace;
  });
}

function isOf(a: GroupResource, b: GroupResource): boolean {
  return a.group === b.group && a.resource === b.resource;
}
