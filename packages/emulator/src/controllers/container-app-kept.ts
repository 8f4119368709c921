import type { Random } from "@fairway/kernel";
import type { ArmOperation, Operations } from "../world/arm/operations.ts";
import { childProperties } from "../world/container-apps/children.ts";
import { type Json, mergePatch } from "../world/container-apps/json.ts";
import { type KeptKind, takesTime, type Write } from "../world/container-apps/kept-kinds.ts";
import { Refusal } from "../world/container-apps/refusal.ts";
import { durationMs, type World } from "../world/world.ts";

/** Where a kept resource is: `names` has one name for each part of the kind's path. */
export interface KeptAddress {
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly names: readonly string[];
}

export interface Kept {
  readonly kind: KeptKind;
  readonly address: KeptAddress;
  /** Short name of the region. */
  readonly location: string;
  readonly createdAtMs: number;
  modifiedAtMs: number;
  /** As sent, PATCHes merged in. */
  content: Json;
  state: string;
  operation: ArmOperation | undefined;
}

/** How a command is answered: at once, or by an operation that ends later. */
export interface KeptWrite {
  readonly resource: Kept;
  readonly isNew: boolean;
  readonly operation: ArmOperation | undefined;
}

export interface KeptCall {
  readonly apiVersion: string;
  /** What the operation's result address shows in the end. */
  readonly result: (resource: Kept) => unknown;
}

/** Resources that are kept and shown and behind which nothing runs. Commands throw `Refusal` and have then done nothing. */
export class KeptResources {
  readonly #world: World;
  readonly #operations: Operations;
  readonly #random: Random;
  readonly #byKey = new Map<string, Kept>();

  constructor(world: World, operations: Operations) {
    this.#world = world;
    this.#operations = operations;
    this.#random = world.random.stream("kept-resources");
  }

  /** In order of creation; `parents`: the names before that of the resource. Without a group, those of all groups. */
  list(
    kind: KeptKind,
    scope: { readonly resourceGroup?: string; readonly parents?: readonly string[] },
  ): readonly Kept[] {
    const { resourceGroup, parents = [] } = scope;
    return [...this.#byKey.values()].filter(
      ({ kind: other, address }) =>
        other === kind &&
        (resourceGroup === undefined || isSame(address.resourceGroup, resourceGroup)) &&
        parents.every((name, index) => isSame(address.names[index] ?? "", name)),
    );
  }

  all(): readonly Kept[] {
    return [...this.#byKey.values()];
  }

  /** One of an earlier run, as it was. */
  resume(kept: Kept): void {
    this.#byKey.set(keyOf(kept.kind.path, kept.address), kept);
  }

  /** Every resource that is no part of another. */
  tops(): readonly Kept[] {
    return [...this.#byKey.values()].filter(({ address }) => address.names.length === 1);
  }

  find(kind: KeptKind, address: KeptAddress): Kept | undefined {
    return this.#byKey.get(keyOf(kind.path, address));
  }

  put(
    kind: KeptKind,
    address: KeptAddress,
    sent: { readonly content: Json; readonly location: string },
    call: KeptCall,
  ): KeptWrite {
    const { content, location } = sent;
    kind.check(childProperties(content), address.names.at(-1) ?? "");
    const before = this.find(kind, address);
    if (before) this.#checkIdle(before);
    const now = this.#world.clock.now();
    const resource = before ?? {
      kind,
      address,
      location,
      createdAtMs: now,
      modifiedAtMs: now,
      content,
      state: "Succeeded",
      operation: undefined,
    };
    this.#byKey.set(keyOf(kind.path, address), resource);
    return { ...this.#write(resource, content, kind.put, call), isNew: !before };
  }

  patch(resource: Kept, patch: Json, write: Write, call: KeptCall): KeptWrite {
    this.#checkIdle(resource);
    const content = mergePatch(resource.content, patch) as Json;
    resource.kind.check(childProperties(content), resource.address.names.at(-1) ?? "");
    return this.#write(resource, content, write, call);
  }

  /** The operation, when it takes its time. */
  delete(resource: Kept, apiVersion: string): ArmOperation | undefined {
    const { deleted } = resource.kind;
    if (typeof deleted === "number" || deleted.kind === "done" || !takesTime(deleted, apiVersion, resource.content)) {
      this.forget(resource.kind.path, resource.address);
      return undefined;
    }
    this.#checkIdle(resource);
    resource.state = "Deleting";
    const operation = this.#start(resource, resource.kind.operations, () => undefined);
    this.#world.clock.after(durationMs(this.#world, deleted.duration, this.#random), () => {
      this.forget(resource.kind.path, resource.address);
      this.#operations.succeed(operation);
    });
    return operation;
  }

  /** With all that is below it; `path` may also be that of a resource that is kept elsewhere. */
  forget(path: string, address: KeptAddress): void {
    const key = keyOf(path, address);
    for (const other of this.#byKey.keys()) if (other === key || other.startsWith(`${key}/`)) this.#byKey.delete(other);
  }

  #write(resource: Kept, content: Json, write: Write, { apiVersion, result }: KeptCall): KeptWrite {
    resource.content = content;
    resource.modifiedAtMs = this.#world.clock.now();
    if (write.kind === "done" || !takesTime(write, apiVersion, content)) {
      resource.state = "Succeeded";
      return { resource, isNew: false, operation: undefined };
    }
    resource.state = resource.kind.acceptedState;
    const operation = this.#start(resource, resource.kind.operations, () => result(resource));
    this.#world.clock.after(durationMs(this.#world, write.duration, this.#random), () => {
      resource.state = "Succeeded";
      resource.operation = undefined;
      this.#operations.succeed(operation);
    });
    return { resource, isNew: false, operation };
  }

  #start(resource: Kept, kind: string, result: () => unknown): ArmOperation {
    const { address, location } = resource;
    const { idPrefix } = resource.kind;
    // A kind with a word of its own in the address has plain ids.
    const opaque = idPrefix !== undefined && (kind === "" || kind === "connected") ? { idPrefix } : {};
    const operation = this.#operations.start({
      provider: "Microsoft.App",
      location,
      kind,
      subscription: address.subscription,
      result,
      ...opaque,
    });
    resource.operation = operation;
    return operation;
  }

  #checkIdle({ operation, kind, address }: Kept): void {
    if (!operation) return;
    const text = `Cannot modify '${address.names.join("/")}' of type '${kind.type}' because there is an active provisioning operation in progress. OperationId: ${operation.id}`;
    throw new Refusal(409, "OperationInProgress", text);
  }
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** `sub/group/connectedenvironments/name/certificates/other`: what is below another begins with its key. */
function keyOf(path: string, { subscription, resourceGroup, names }: KeptAddress): string {
  const parts = path.split("/").map((part, index) => `${part}/${names[index] ?? ""}`);
  return [subscription, resourceGroup, ...parts].join("/").toLowerCase();
}
