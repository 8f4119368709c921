import type { Kernel } from "@fairway/kernel";
import type { GroupResource, KubeObject } from "./objects.ts";

export interface StoreEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: GroupResource;
  /** The object after the change; for DELETED as it last was, with the version of the deletion. */
  readonly object: KubeObject;
  readonly previous?: KubeObject;
  readonly resourceVersion: number;
}

/** How many past events a watch can resume from; older versions answer 410 Gone. */
const historyLimit = 5_000;

/**
 * The objects of one cluster, with one version counter, as etcd has. Synchronous. Objects are never changed in place:
 * whoever reads one may keep it, whoever changes one writes a copy. Knows nothing of kinds, defaults or validation.
 */
export class ObjectStore {
  readonly #kernel: Kernel;
  readonly #tables = new Map<string, Map<string, KubeObject>>();
  readonly #history: StoreEvent[] = [];
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  #version = 1;
  /** Events up to this version are forgotten. */
  #compactedTo = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  get version(): number {
    return this.#version;
  }

  get(resource: GroupResource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#table(resource).get(rowKey(namespace, name));
  }

  /** In order of creation; of one namespace, or of all when `namespace` is undefined. */
  list(resource: GroupResource, namespace?: string): KubeObject[] {
    const rows = [...this.#table(resource).values()];
    return namespace === undefined ? rows : rows.filter((row) => row.metadata.namespace === namespace);
  }

  /** Undefined when the name is taken. Fills in uid (unless it has one), creationTimestamp, resourceVersion and generation 1. */
  create(resource: GroupResource, object: KubeObject): KubeObject | undefined {
    const table = this.#table(resource);
    const key = rowKey(object.metadata.namespace, object.metadata.name);
    if (table.has(key)) return undefined;
    const created: KubeObject = {
      ...object,
      metadata: {
        ...object.metadata,
        uid: object.metadata.uid ?? this.#kernel.random.stream(`uid/${this.#version}/${key}`).uuid(),
        creationTimestamp: timestamp(this.#kernel.clock.now()),
        generation: 1,
      },
    };
    return this.#commit("ADDED", resource, key, created, undefined);
  }

  /**
   * Replaces the object by what `change` makes of it. Undefined when it is not there. Returning the same object, or an
   * equal one, writes nothing. The caller raises `generation` (see `bumpGeneration`), the store the version.
   */
  update(
    resource: GroupResource,
    namespace: string | undefined,
    name: string,
    change: (current: KubeObject) => KubeObject,
  ): KubeObject | undefined {
    const key = rowKey(namespace, name);
    const current = this.#table(resource).get(key);
    if (!current) return undefined;
    const next = change(current);
    if (next === current || JSON.stringify(next) === JSON.stringify(current)) return current;
    return this.#commit("MODIFIED", resource, key, next, current);
  }

  /** Removes it at once; finalizers, grace and owners are the caller's business. */
  delete(resource: GroupResource, namespace: string | undefined, name: string): KubeObject | undefined {
    const key = rowKey(namespace, name);
    const current = this.#table(resource).get(key);
    if (!current) return undefined;
    return this.#commit("DELETED", resource, key, current, current);
  }

  /** Calls `listener` for each later change, inside the call that makes it. Returns the function that ends it. */
  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Changes of one resource after `version`, or "gone" when they are no longer known. */
  eventsSince(resource: GroupResource, version: number): StoreEvent[] | "gone" {
    if (version < this.#compactedTo) return "gone";
    const key = tableKey(resource);
    return this.#history.filter((event) => event.resourceVersion > version && tableKey(event.resource) === key);
  }

  #commit(
    type: StoreEvent["type"],
    resource: GroupResource,
    key: string,
    object: KubeObject,
    previous: KubeObject | undefined,
  ): KubeObject {
    this.#version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    if (type === "DELETED") this.#table(resource).delete(key);
    else this.#table(resource).set(key, stored);
    const event: StoreEvent = {
      type,
      resource,
      object: stored,
      ...(previous ? { previous } : {}),
      resourceVersion: this.#version,
    };
    this.#remember(event);
    for (const listener of this.#listeners) listener(event);
    return stored;
  }

  #remember(event: StoreEvent): void {
    this.#history.push(event);
    if (this.#history.length <= 2 * historyLimit) return;
    const dropped = this.#history.splice(0, this.#history.length - historyLimit);
    this.#compactedTo = dropped.at(-1)?.resourceVersion ?? this.#compactedTo;
  }

  #table(resource: GroupResource): Map<string, KubeObject> {
    const key = tableKey(resource);
    const table = this.#tables.get(key) ?? new Map<string, KubeObject>();
    this.#tables.set(key, table);
    return table;
  }
}

/** Kubernetes times: RFC 3339 with whole seconds. */
export function timestamp(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

function tableKey(resource: GroupResource): string {
  return `${resource.group}/${resource.resource}`;
}

function rowKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}
