/** A resource that is kept as it was sent and shown again, and behind which nothing runs. */
export interface PlainResource {
  /** As it was first written; compared without case. */
  readonly id: string;
  readonly createdMs: number;
  readonly changedMs: number;
  readonly content: Readonly<Record<string, unknown>>;
}

/** By id. */
export class PlainResources {
  readonly #byId = new Map<string, PlainResource>();

  get(id: string): PlainResource | undefined {
    return this.#byId.get(id.toLowerCase());
  }

  /** Creates or replaces; the id keeps the case that it has, and the time of creation stays. */
  set(id: string, content: Readonly<Record<string, unknown>>, nowMs: number): PlainResource {
    const before = this.get(id);
    const resource = { id: before?.id ?? id, createdMs: before?.createdMs ?? nowMs, changedMs: nowMs, content };
    this.#byId.set(id.toLowerCase(), resource);
    return resource;
  }

  /** With everything below it. False when there was none. */
  delete(id: string): boolean {
    for (const below of this.within(`${id}/`)) this.#byId.delete(below.id.toLowerCase());
    return this.#byId.delete(id.toLowerCase());
  }

  /** Whose id begins so, in order of creation. */
  within(prefix: string): readonly PlainResource[] {
    const lower = prefix.toLowerCase();
    return [...this.#byId.entries()].filter(([id]) => id.startsWith(lower)).map(([, resource]) => resource);
  }
}
