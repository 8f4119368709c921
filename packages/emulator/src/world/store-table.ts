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

function nothing(): void {}

/** Whether a listener can wait for what is written late until somebody else looks. */
export type Patience = "none" | "can-wait";

/** The objects under one key of an index, in order of creation. */
export type IndexLookup = (key: string) => readonly KubeObject[];

/** Where an object lies: the row stays while the object is replaced, so that only its keys are to be followed. */
interface Row {
  object: KubeObject;
}

/** The objects of one resource: by name, by namespace and by what indexes ask for; with its latest changes. */
export class StoreTable {
  readonly resource: GroupResource;
  readonly listeners = new Set<(event: StoreEvent) => void>();
  /** Those of the listeners that have to hear of everything at once. */
  readonly #urgent = new Set<(event: StoreEvent) => void>();
  /** What is still to be written; nothing while that is being done. */
  #catchUp: () => void = nothing;
  readonly #namespaces = new Map<string, Map<string, Row>>();
  readonly #indexes = new Map<string, TableIndex>();
  readonly #rows = new Set<Row>();
  /** The rows by key, until one comes or goes. */
  #ordered: readonly { readonly key: string; readonly row: Row }[] | undefined;
  readonly #history: StoreEvent[] = [];
  /** Events up to this version are forgotten. */
  #compactedTo = 0;

  constructor(resource: GroupResource) {
    this.resource = resource;
  }

  /** See `ObjectStore.writeLate`. */
  writeLate(write: () => void): (isUrgent?: boolean) => void {
    const catchUp = (): void => {
      this.#catchUp = nothing;
      write();
      this.#catchUp = catchUp;
    };
    this.#catchUp = catchUp;
    return (isUrgent = false) => {
      if (isUrgent || this.#urgent.size > 0) this.#catchUp();
    };
  }

  subscribe(listener: (event: StoreEvent) => void, patience: Patience): () => void {
    this.listeners.add(listener);
    if (patience === "none") {
      this.#catchUp();
      this.#urgent.add(listener);
    }
    return () => {
      this.listeners.delete(listener);
      this.#urgent.delete(listener);
    };
  }

  get(namespace: string | undefined, name: string): KubeObject | undefined {
    this.#catchUp();
    return this.#namespaces.get(namespace ?? "")?.get(name)?.object;
  }

  list(namespace: string | undefined): KubeObject[] {
    this.#catchUp();
    return objectsOf(namespace === undefined ? this.#rows : this.#namespaces.get(namespace)?.values());
  }

  listAfter(key: string, namespace: string | undefined): KubeObject[] {
    this.#catchUp();
    this.#ordered ??= Array.from(this.#rows, (row) => ({ key: keyOf(row.object), row })).toSorted(byKey);
    const prefix = namespace === undefined ? "" : `${namespace}/`;
    const objects: KubeObject[] = [];
    for (let index = firstAfter(this.#ordered, key > prefix ? key : prefix); ; index++) {
      const next = this.#ordered[index];
      if (!next?.key.startsWith(prefix)) return objects;
      objects.push(next.row.object);
    }
  }

  index(name: string, keysOf: (object: KubeObject) => readonly string[]): IndexLookup {
    const index = this.#indexes.get(name) ?? new TableIndex(keysOf, this.#rows);
    this.#indexes.set(name, index);
    return (key) => {
      this.#catchUp();
      return index.find(key);
    };
  }

  /** Takes the change in, before anybody hears of it. */
  commit(event: StoreEvent): void {
    const { object, previous, type } = event;
    const { namespace = "", name } = object.metadata;
    const named = this.#namespaces.get(namespace) ?? new Map<string, Row>();
    this.#namespaces.set(namespace, named);
    const row = named.get(name) ?? { object };
    row.object = object;
    if (type !== "MODIFIED") this.#ordered = undefined;
    if (type === "DELETED") {
      named.delete(name);
      this.#rows.delete(row);
    } else if (type === "ADDED") {
      named.set(name, row);
      this.#rows.add(row);
    }
    for (const index of this.#indexes.values()) index.change(row, previous, type === "DELETED" ? undefined : object);
    this.#remember(event);
  }

  eventsSince(version: number): StoreEvent[] | "gone" {
    this.#catchUp();
    if (version < this.#compactedTo) return "gone";
    const first = this.#history.findIndex((event) => event.resourceVersion > version);
    return first < 0 ? [] : this.#history.slice(first);
  }

  /** Nobody resumes from before `version`. */
  forgetEvents(version: number): void {
    this.#history.length = 0;
    this.#compactedTo = version;
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
  readonly #byKey = new Map<string, Set<Row>>();

  constructor(keysOf: (object: KubeObject) => readonly string[], rows: Iterable<Row>) {
    this.#keysOf = keysOf;
    for (const row of rows) this.change(row, undefined, row.object);
  }

  find(key: string): readonly KubeObject[] {
    return objectsOf(this.#byKey.get(key));
  }

  change(row: Row, previous: KubeObject | undefined, next: KubeObject | undefined): void {
    const before = previous ? this.#keysOf(previous) : [];
    const after = next ? this.#keysOf(next) : [];
    for (const key of before) if (!after.includes(key)) this.#remove(key, row);
    for (const key of after) if (!before.includes(key)) this.#add(key, row);
  }

  #add(key: string, row: Row): void {
    const rows = this.#byKey.get(key) ?? new Set<Row>();
    rows.add(row);
    this.#byKey.set(key, rows);
  }

  #remove(key: string, row: Row): void {
    const rows = this.#byKey.get(key);
    rows?.delete(row);
    if (rows?.size === 0) this.#byKey.delete(key);
  }
}

/** Place of an object in order: sorts as the keys of etcd do. */
export function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : 1;
}

function firstAfter(ordered: readonly { readonly key: string }[], key: string): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ordered[middle]?.key ?? "") > key) high = middle;
    else low = middle + 1;
  }
  return low;
}

function objectsOf(rows: Iterable<Row> = []): KubeObject[] {
  const objects: KubeObject[] = [];
  for (const { object } of rows) objects.push(object);
  return objects;
}
