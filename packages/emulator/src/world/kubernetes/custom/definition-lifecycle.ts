import type { Cluster } from "../../cluster.ts";
import type { KubeObject } from "../../objects.ts";
import { timestamp } from "../../store.ts";
import { recordUpdate } from "../apply/managers.ts";
import { cleanupFinalizer } from "../delete.ts";
import { listAt, recordAt, sameJson, scalarText, textAt } from "../json.ts";
import type { Registry } from "../registry.ts";
import { definitionResources } from "../resources/definitions.ts";
import { definitions } from "./definition-of.ts";
import { isEstablished, resourceTypesOf } from "./resource-types.ts";

/**
 * Custom resource definitions from birth to end: names that nobody else has are accepted, then the kinds are served; a
 * deleted definition takes its objects with it. Returns the function that ends it.
 */
export function createDefinitionLifecycle(cluster: Cluster, registry: Registry): () => void {
  const { store, world } = cluster;
  const due = new Set<string>();
  function runDue(): void {
    const names = [...due];
    due.clear();
    for (const name of names) reconcile(cluster, registry, name);
  }
  function enqueue(name: string): void {
    if (due.size === 0) world.clock.after(0, runDue);
    due.add(name);
  }
  for (const definition of store.list(definitions)) {
    serve(registry, definition);
    enqueue(definition.metadata.name);
  }
  return store.subscribe(({ type, resource, object }) => {
    if (resource.resource === definitions.resource && resource.group === definitions.group) {
      if (type === "DELETED") registry.removeCustom(object.metadata.name);
      else if (isEstablished(object)) serve(registry, object);
      enqueue(object.metadata.name);
    } else if (type === "DELETED") {
      const name = `${resource.resource}.${resource.group}`;
      if (store.get(definitions, undefined, name)?.metadata.deletionTimestamp) enqueue(name);
    }
  });
}

function serve(registry: Registry, definition: KubeObject): void {
  if (isEstablished(definition)) registry.setCustom(definition.metadata.name, () => resourceTypesOf(definition));
}

function reconcile(cluster: Cluster, registry: Registry, name: string): void {
  const definition = cluster.store.get(definitions, undefined, name);
  if (!definition) return;
  if (definition.metadata.deletionTimestamp !== undefined) return cleanUp(cluster, definition);
  const status = statusOf(cluster, registry, definition);
  const [type] = definitionResources;
  const writer = { manager: "kube-apiserver", subresource: "status", time: timestamp(cluster.world.clock.now()) };
  cluster.store.update(definitions, undefined, name, (current) => {
    const next = { ...current, status };
    return type ? recordUpdate(type, current, next, writer) : next;
  });
}

/** Objects first, then the definition. */
function cleanUp({ store, world }: Cluster, definition: KubeObject): void {
  const resource = {
    group: textAt(definition, "spec", "group") ?? "",
    resource: textAt(definition, "spec", "names", "plural") ?? "",
  };
  for (const { metadata } of store.list(resource)) {
    if ((metadata.finalizers ?? []).length === 0) store.delete(resource, metadata.namespace, metadata.name);
    else if (metadata.deletionTimestamp === undefined) {
      const deletion = { deletionTimestamp: timestamp(world.clock.now()), deletionGracePeriodSeconds: 0 };
      store.update(resource, metadata.namespace, metadata.name, (current) => ({
        ...current,
        metadata: { ...current.metadata, ...deletion },
      }));
    }
  }
  if (store.list(resource).length > 0) return;
  const { name, finalizers = [] } = definition.metadata;
  const others = finalizers.filter((finalizer) => finalizer !== cleanupFinalizer);
  if (others.length === 0) store.delete(definitions, undefined, name);
  else {
    store.update(definitions, undefined, name, (current) => ({
      ...current,
      metadata: { ...current.metadata, finalizers: others },
    }));
  }
}

function statusOf(cluster: Cluster, registry: Registry, definition: KubeObject): Record<string, unknown> {
  const names = recordAt(definition, "spec", "names");
  const taken = conflictOf(registry, definition);
  const now = timestamp(cluster.world.clock.now());
  const before = listAt(definition, "status", "conditions");
  const storage = listAt(definition, "spec", "versions").find((version) => recordAt(version)["storage"] === true);
  const stored = listAt(definition, "status", "storedVersions");
  const current = textAt(storage, "name");
  return {
    conditions: [
      kept(
        before,
        taken ?? { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" },
        now,
      ),
      kept(before, establishedCondition(taken === undefined), now),
    ],
    acceptedNames: taken ? recordAt(definition, "status", "acceptedNames") : names,
    storedVersions: current === undefined || stored.includes(current) ? stored : [...stored, current],
  };
}

interface Condition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** apiextensions: pkg/controller/status/naming_controller.go. */
function conflictOf(registry: Registry, definition: KubeObject): Condition | undefined {
  const group = textAt(definition, "spec", "group") ?? "";
  const names = recordAt(definition, "spec", "names");
  const others = registry.types.filter(
    (type) => type.group === group && `${type.plural}.${type.group}` !== definition.metadata.name,
  );
  const used = new Set(others.flatMap(({ plural, singular, shortNames }) => [plural, singular, ...shortNames]));
  const short = listAt(names, "shortNames")
    .map(scalarText)
    .find((name) => used.has(name));
  if (short !== undefined) return refused("ShortNamesConflict", `"${short}" is already in use`);
  const kind = others.find((type) => type.kind === names["kind"])?.kind;
  return kind === undefined ? undefined : refused("KindConflict", `"${kind}" is already in use`);
}

function refused(reason: string, message: string): Condition {
  return { type: "NamesAccepted", status: "False", reason, message };
}

function establishedCondition(accepted: boolean): Condition {
  return accepted
    ? {
        type: "Established",
        status: "True",
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
      }
    : { type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted" };
}

function kept(before: readonly unknown[], condition: Condition, now: string): unknown {
  const old = before.find((one) => textAt(one, "type") === condition.type);
  if (textAt(old, "status") === condition.status && sameJson(recordAt(old)["reason"], condition.reason)) return old;
  return { ...condition, lastTransitionTime: now };
}
