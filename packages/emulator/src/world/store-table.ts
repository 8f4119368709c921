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

/** The objects under one key of an index, in order of creation. */
export type IndexLookup = (key: string) => readonly KubeObject[];

/** The objects of one resource: by name, by namespace and by what indexes ask for; with its latest changes. */
export class StoreTable {
  readonly resource: GroupResource;
  readonly listeners = new Set<(event: StoreEvent) => void>();
  readonly #namespaces = new Map<string, Map<string, KubeObject>>();
  readonly #indexes = new Map<string, TableIndex>();
  readonly #rows = new Map<string, KubeObject>();
  readonly #history: StoreEvent[] = [];
  /** Events up to this version are forgotten. */
  #compactedTo = 0;

  constructor(resource: GroupResource) {
    this.resource = resource;
  }

  get(namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#namespaces.get(namespace ?? "")?.get(name);
  }

  list(namespace: string | undefined): KubeObject[] {
    const rows = namespace === undefined ? this.#rows : this.#namespaces.get(namespace);
    return rows ? [...rows.values()] : [];
  }

  index(name: string, keysOf: (object: KubeObject) => readonly string[]): IndexLookup {
    const index = this.#indexes.get(name) ?? new TableIndex(keysOf, this.#rows.values());
    this.#indexes.set(name, index);
    return (key) => index.find(key);
  }

  /** Takes the change in, before anybody hears of it. */
  commit(event: StoreEvent): void {
    const { object, previous, type } = event;
    const { namespace = "", name } = object.metadata;
    const rows = this.#namespaces.get(namespace) ?? new Map<string, KubeObject>();
    this.#namespaces.set(namespace, rows);
    if (type === "DELETED") {
      rows.delete(name);
      this.#rows.delete(rowKey(object));
    } else {
      rows.set(name, object);
      this.#rows.set(rowKey(object), object);
    }
    for (const index of this.#indexes.values()) index.change(previous, type === "DELETED" ? undefined : object);
    this.#remember(event);
  }

  eventsSince(version: number): StoreEvent[] | "gone" {
    if (version < this.#compactedTo) return "gone";
    const first = this.#history.findIndex((event) => event.resourceVersion > version);
    return first < 0 ? [] : this.#history.slice(first);
  }

  #remember(event: StoreEvent): void {
    this.#history.push(event);
    if (this.#history.length <= 2 * historyLimit) return;
    const dropped = this.#history.splice(0, this.#history.length - historyLimit);
    this.#compactedTo = dropped.at(-1)?.resourceVersion ?? this.#compactedTo;
  }
}

class TableIndex {
  readonly #keysOf: (object: KubeObject) => readonly string[];
  readonly #byKey = new Map<string, Map<string, KubeObject>>();

  constructor(keysOf: (object: KubeObject) => readonly string[], rows: Iterable<KubeObject>) {
    this.#keysOf = keysOf;
    for (const row of rows) this.change(undefined, row);
  }

  find(key: string): readonly KubeObject[] {
    const found = this.#byKey.get(key);
    return found ? [...found.values()] : [];
  }

  change(previous: KubeObject | undefined, next: KubeObject | undefined): void {
    const keys = next ? this.#keysOf(next) : [];
    if (previous) {
      for (const key of this.#keysOf(previous)) if (!keys.includes(key)) this.#remove(key, previous);
    }
    for (const key of keys) if (next) this.#set(key, next);
  }

  #set(key: string, object: KubeObject): void {
    const rows = this.#byKey.get(key) ?? new Map<string, KubeObject>();
    rows.set(rowKey(object), object);
    this.#byKey.set(key, rows);
  }

  #remove(key: string, object: KubeObject): void {
    const rows = this.#byKey.get(key);
    rows?.delete(rowKey(object));
    if (rows?.size === 0) this.#byKey.delete(key);
  }
}

function rowKey({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}
