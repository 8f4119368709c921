import { type ChildKind, childProperties, childRules } from "../world/container-apps/children.ts";
import { addressKey, type Environment } from "../world/container-apps/environment.ts";
import { type Json, mergePatch } from "../world/container-apps/json.ts";
import type { World } from "../world/world.ts";

/** A resource below an environment: a Dapr component, a storage, a certificate, a route … */
export interface Child {
  readonly environment: Environment;
  readonly kind: ChildKind;
  /** One for each part of the kind: a policy has its component's before its own. */
  readonly names: readonly string[];
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  /** As sent, PATCHes merged in. */
  readonly content: Json;
}

/** What environments have below them. Commands throw `Refusal` and have then done nothing; all of them are done at once. */
export class EnvironmentChildren {
  readonly #world: World;
  readonly #byKey = new Map<string, Child>();
  readonly #onChange: (child: Child) => void;

  /** `onChange` is called when a child has been written or deleted. */
  constructor(world: World, onChange: (child: Child) => void) {
    this.#world = world;
    this.#onChange = onChange;
  }

  all(): readonly Child[] {
    return [...this.#byKey.values()];
  }

  /** In order of creation. `parents`: the names before that of the child. */
  list(environment: Environment, kind: ChildKind, parents: readonly string[] = []): readonly Child[] {
    return [...this.#byKey.values()].filter(
      (child) =>
        child.environment === environment &&
        child.kind === kind &&
        parents.every((name, index) => child.names[index]?.toLowerCase() === name.toLowerCase()),
    );
  }

  /** Throws when it is not there. */
  get(environment: Environment, kind: ChildKind, names: readonly string[]): Child {
    const child = this.find(environment, kind, names);
    if (child) return child;
    throw childRules[kind].notFound(names.at(-1) ?? "");
  }

  find(environment: Environment, kind: ChildKind, names: readonly string[]): Child | undefined {
    return this.#byKey.get(keyOf(environment, kind, names));
  }

  put(environment: Environment, kind: ChildKind, names: readonly string[], content: Json): Child {
    childRules[kind].check(childProperties(content), names.at(-1) ?? "");
    const before = this.find(environment, kind, names);
    const modifiedAtMs = this.#world.clock.now();
    const createdAtMs = before?.createdAtMs ?? modifiedAtMs;
    const child = { environment, kind, names: before?.names ?? names, createdAtMs, modifiedAtMs, content };
    this.#byKey.set(keyOf(environment, kind, names), child);
    this.#onChange(child);
    return child;
  }

  patch({ environment, kind, names, content }: Child, patch: Json): Child {
    return this.put(environment, kind, names, mergePatch(content, patch) as Json);
  }

  delete(child: Child): void {
    const { environment, kind, names } = child;
    this.#byKey.delete(keyOf(environment, kind, names));
    if (kind === "daprComponents") {
      for (const policy of this.list(environment, "daprComponents/resiliencyPolicies", names)) this.delete(policy);
    }
    this.#onChange(child);
  }

  /** The environment is gone. */
  forget(environment: Environment): void {
    for (const child of this.#byKey.values()) if (child.environment === environment) this.delete(child);
  }
}

function keyOf({ address }: Environment, kind: ChildKind, names: readonly string[]): string {
  return `${addressKey(address)}/${kind}/${names.join("/")}`.toLowerCase();
}
