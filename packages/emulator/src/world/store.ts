import type { Kernel } from "@fairway/kernel";
import { hasGeneration } from "./generation.ts";
import type { GroupResource, KubeObject } from "./objects.ts";
import type { Actor } from "./ownership.ts";
import { sameJson } from "./same-json.ts";
import { type IndexLookup, type Patience, type StoreEvent, StoreTable } from "./store-table.ts";

export { keyOf, type StoreEvent } from "./store-table.ts";

/** All objects of one resource, as they were at some time. */
export interface SavedTable {
  readonly resource: GroupResource;
  readonly objects: readonly KubeObject[];
}

/**
 * The objects of one cluster, with one version counter, as etcd has. Synchronous. Objects are never changed in place:
 * whoever reads one may keep it, whoever changes one writes a copy. Knows nothing of kinds, defaults or validation.
 */
export class ObjectStore {
  readonly #kernel: Kernel;
  /** By group and name. */
  readonly #tables = new Map<string, Map<string, StoreTable>>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  #version = 1;
  /** Undefined: it is not remembered who writes past the API. */
  readonly #actors: { current: Actor | undefined } | undefined;

  /** `actor`: who writes when nobody says otherwise (see `actingAs`). */
  constructor(kernel: Kernel, actor?: Actor, tellsOwners = true) {
    this.#kernel = kernel;
    this.#actors = tellsOwners ? { current: actor } : undefined;
  }

  /** Who writes past the API now; undefined: somebody whom managed fields do not name. */
  get actor(): Actor | undefined {
    return this.#actors?.current;
  }

  actingAs<T>(actor: Actor | undefined, run: () => T): T {
    const actors = this.#actors;
    if (!actors) return run();
    const before = actors.current;
    actors.current = actor;
    try {
      return run();
    } finally {
      actors.current = before;
    }
  }

  /** As managed fields have it. */
  get time(): string {
    return timestamp(this.#kernel.clock.now());
  }

  get version(): number {
    return this.#version;
  }

  get(resource: GroupResource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#table(resource).get(namespace, name);
  }

  /** In order of creation; of one namespace, or of all when `namespace` is undefined. */
  list(resource: GroupResource, namespace?: string): KubeObject[] {
    return this.#table(resource).list(namespace);
  }

  /** By namespace and name, as etcd has them: those whose key (`keyOf`) comes after `key`. */
  listAfter(resource: GroupResource, key: string, namespace?: string): KubeObject[] {
    return this.#table(resource).listAfter(key, namespace);
  }

  /**
   * A lookup of objects by the keys that `keysOf` finds in them, kept up to date with every change. `name` says what the
   * keys are; an index that is there already is shared.
   */
  index(resource: GroupResource, name: string, keysOf: (object: KubeObject) => readonly string[]): IndexLookup {
    return this.#table(resource).index(name, keysOf);
  }

  /**
   * For what is written often and hardly ever read: `catchUp` is to write what is due by now, and is called before anybody
   * reads the resource. Returns what tells that there is something to write: while somebody follows the resource who cannot
   * wait, or when it is urgent, that is done at once.
   */
  writeLate(resource: GroupResource, catchUp: () => void): (isUrgent?: boolean) => void {
    return this.#table(resource).writeLate(catchUp);
  }

  /**
   * Undefined when the name is taken. Fills in uid (unless it has one), creationTimestamp (`createdAtMs`, default now),
   * resourceVersion and, where there is one, generation 1.
   */
  create(resource: GroupResource, object: KubeObject, createdAtMs = this.#kernel.clock.now()): KubeObject | undefined {
    const { namespace = "", name } = object.metadata;
    if (this.#table(resource).get(namespace, name)) return undefined;
    const created: KubeObject = {
      ...object,
      metadata: {
        ...object.metadata,
        uid: object.metadata.uid ?? this.#kernel.random.stream(`uid/${this.#version}/${namespace}/${name}`).uuid(),
        creationTimestamp: timestamp(createdAtMs),
        ...(hasGeneration(resource) ? { generation: 1 } : {}),
      },
    };
    return this.#commit("ADDED", resource, created, undefined);
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
    const current = this.#table(resource).get(namespace, name);
    if (!current) return undefined;
    const next = change(current);
    return sameJson(next, current) ? current : this.#commit("MODIFIED", resource, next, current);
  }

  /** Removes it at once; finalizers, grace and owners are the caller's business. */
  delete(resource: GroupResource, namespace: string | undefined, name: string): KubeObject | undefined {
    const current = this.#table(resource).get(namespace, name);
    return current && this.#commit("DELETED", resource, current, current);
  }

  /**
   * What `tables` name gives way to what they hold, which keeps its uids and versions; other resources stay. Whoever
   * watched from an older version has to list anew.
   */
  restore(version: number, tables: readonly SavedTable[]): void {
    this.#version = Math.max(version, this.#version);
    for (const { resource, objects } of tables) {
      const kept = new Set(objects.map(identityOf));
      for (const object of this.list(resource)) {
        if (!kept.has(identityOf(object))) this.#publish("DELETED", resource, object, object);
      }
    }
    for (const { resource, objects } of tables) {
      for (const object of objects) {
        const previous = this.get(resource, object.metadata.namespace, object.metadata.name);
        this.#publish(previous ? "MODIFIED" : "ADDED", resource, object, previous);
      }
    }
    for (const { resource } of tables) this.#table(resource).forgetEvents(this.#version);
  }

  /** Every resource of which there are, or were, objects. */
  resources(): readonly GroupResource[] {
    return [...this.#tables.values()].flatMap((ofGroup) => [...ofGroup.values()].map(({ resource }) => resource));
  }

  /**
   * Calls `listener` for each later change, of one resource or of all, inside the call that makes it. Returns the function
   * that ends it. Who listens to all can wait for what is written late.
   */
  subscribe(listener: (event: StoreEvent) => void, resource?: GroupResource, patience: Patience = "none"): () => void {
    if (resource) return this.#table(resource).subscribe(listener, patience);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Changes of one resource after `version`, or "gone" when they are no longer known. */
  eventsSince(resource: GroupResource, version: number): StoreEvent[] | "gone" {
    return this.#table(resource).eventsSince(version);
  }

  #commit(
    type: StoreEvent["type"],
    resource: GroupResource,
    object: KubeObject,
    previous: KubeObject | undefined,
  ): KubeObject {
    this.#version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.#publish(type, resource, stored, previous);
    return stored;
  }

  #publish(
    type: StoreEvent["type"],
    resource: GroupResource,
    stored: KubeObject,
    previous: KubeObject | undefined,
  ): void {
    const event: StoreEvent = {
      type,
      resource,
      object: stored,
      ...(previous ? { previous } : {}),
      resourceVersion: this.#version,
    };
    const table = this.#table(resource);
    table.commit(event);
    for (const listener of table.listeners) listener(event);
    for (const listener of this.#listeners) listener(event);
  }

  #table(resource: GroupResource): StoreTable {
    return this.#tables.get(resource.group)?.get(resource.resource) ?? this.#newTable(resource);
  }

  #newTable(resource: GroupResource): StoreTable {
    const ofGroup = this.#tables.get(resource.group) ?? new Map<string, StoreTable>();
    const table = new StoreTable(resource);
    ofGroup.set(resource.resource, table);
    this.#tables.set(resource.group, ofGroup);
    return table;
  }
}

/** Kubernetes' finer times (MicroTime): leases, events of the scheduler. */
export function microTimestamp(timeMs: number): string {
  return new Date(timeMs).toISOString().replace("Z", "000Z");
}

/** One that was deleted and made again under the same name is another. */
function identityOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}/${metadata.uid ?? ""}`;
}

/** Kubernetes times: RFC 3339 with whole seconds. */
export function timestamp(timeMs: number): string {
  const second = Math.floor(timeMs / 1_000);
  if (second !== written.second) written = { second, text: `${new Date(timeMs).toISOString().slice(0, 19)}Z` };
  return written.text;
}

/** What is written in one second is written often. */
let written = { second: Number.NaN, text: "" };
