export type LockLevel = "CanNotDelete" | "ReadOnly";

/** A management lock. It holds for its scope and for everything below. */
export interface ManagementLock {
  /** `/subscriptions/{id}[/resourceGroups/{name}[/providers/{namespace}/{type}/{name}]]`, compared without case. */
  readonly scope: string;
  readonly name: string;
  readonly level: LockLevel;
  readonly notes: string | undefined;
}

export class ManagementLocks {
  readonly #locks = new Map<string, ManagementLock>();

  get(scope: string, name: string): ManagementLock | undefined {
    return this.#locks.get(keyOf(scope, name));
  }

  set(lock: ManagementLock): void {
    this.#locks.set(keyOf(lock.scope, lock.name), lock);
  }

  /** False when there was none. */
  remove(scope: string, name: string): boolean {
    return this.#locks.delete(keyOf(scope, name));
  }

  /** Of the scope and of what is below it. */
  within(scope: string): readonly ManagementLock[] {
    return [...this.#locks.values()].filter((lock) => contains(scope, lock.scope));
  }

  /** Those that keep the scope from being written to, or deleted. Deleting takes everything below along. */
  against(scope: string, action: "write" | "delete"): readonly ManagementLock[] {
    const above = [...this.#locks.values()].filter((lock) => contains(lock.scope, scope));
    if (action === "write") return above.filter(({ level }) => level === "ReadOnly");
    return [...new Set([...above, ...this.within(scope)])];
  }
}

function contains(outer: string, inner: string): boolean {
  return `${inner.toLowerCase()}/`.startsWith(`${outer.toLowerCase()}/`);
}

function keyOf(scope: string, name: string): string {
  return `${scope}/${name}`.toLowerCase();
}
