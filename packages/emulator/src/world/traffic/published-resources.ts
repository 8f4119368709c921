import type { Scheduler } from "@fairway/kernel";
import { type PlainResource, PlainResources } from "../arm/plain-resources.ts";
import { type Json, objectAt } from "../arm/read-fields.ts";
import { Propagation } from "./propagation.ts";

/** `/subscriptions/S/resourcegroups/G/providers/N/TYPE/NAME`. */
const rootDepth = 9;

/** Resources that are seen at once by who asks for them, and later by what serves callers: all those of a root together. */
export class PublishedResources {
  readonly #clock: Pick<Scheduler, "now">;
  readonly #resources = new PlainResources();
  readonly #served = new Propagation<readonly PlainResource[]>();

  constructor(clock: Pick<Scheduler, "now">) {
    this.#clock = clock;
  }

  get(id: string): PlainResource | undefined {
    return this.#resources.get(id);
  }

  /** Whose ids begin so, in order of creation. */
  within(prefix: string): readonly PlainResource[] {
    return this.#resources.within(prefix);
  }

  /** So many types below the provider. */
  list(prefix: string, depth: number): readonly PlainResource[] {
    return this.within(prefix).filter(({ id }) => id.split("/").length === rootDepth + 2 * (depth - 1));
  }

  /** By name, compared without case. */
  rootNamed(name: string): PlainResource | undefined {
    return this.list("", 1).find(({ id }) => isSame(nameOf(id), name));
  }

  set(id: string, content: Json): PlainResource {
    return this.#resources.set(id, content, this.#clock.now());
  }

  /** With everything below it. */
  delete(id: string): void {
    this.#resources.delete(id);
  }

  /** What there is now is what callers meet from that moment on. */
  publish(id: string, fromMs: number): void {
    const root = this.rootOf(id);
    const all = [this.get(root), ...this.within(`${root}/`)].flatMap((one) => one ?? []);
    this.#served.publish(root, all, fromMs, this.#clock.now());
  }

  /** What callers meet now, of the same root. */
  served(id: string): readonly PlainResource[] {
    return this.#served.at(this.rootOf(id), this.#clock.now()) ?? [];
  }

  /** Of an earlier run: callers met them then. */
  restore(resources: readonly PlainResource[]): void {
    for (const { id, content } of resources) this.set(id, content);
    for (const { id } of this.list("", 1)) this.publish(id, this.#clock.now());
  }

  /** In lower case. */
  rootOf(id: string): string {
    return id.toLowerCase().split("/").slice(0, rootDepth).join("/");
  }
}

export function propertiesOf({ content }: PlainResource): Json {
  return objectAt(content, "properties");
}

export function nameOf(id: string): string {
  return id.split("/").at(-1) ?? "";
}

export function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
