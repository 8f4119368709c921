import type { Random } from "@fairway/kernel";
import { type World } from "../world.ts";

export type OperationStatus =
  | { readonly kind: "running"; readonly phase: string; readonly error?: OperationError }
  | { readonly kind: "succeeded"; readonly endMs: number }
  | { readonly kind: "failed" | "canceled"; readonly endMs: number; readonly error: OperationError };

export interface OperationError {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly unknown[];
}

/** An asynchronous operation of a resource provider, as its status and result URLs show it. */
export interface ArmOperation {
  readonly id: string;
  readonly provider: string;
  readonly location: string;
  /** First part of the URL's last type for Microsoft.App (`containerapp` + `OperationStatuses`); "" for ContainerService. */
  readonly kind: string;
  readonly subscription: string;
  readonly startMs: number;
  /** Id of the resource that it is on, where its provider lists what was done with a resource. */
  readonly about?: string;
  status: OperationStatus;
  /** What the Location URL answers in the end: the resource, or undefined for 204. */
  readonly result: () => unknown;
}

interface OperationStart
  extends Pick<ArmOperation, "provider" | "location" | "kind" | "subscription" | "about" | "result"> {
  readonly idPrefix?: string;
}

/** For how long after its end an operation's addresses answer. Assumed: a day. */
const keptMs = 24 * 3_600_000;

/** All operations of the embedded Azure, by id. */
export class Operations {
  readonly #world: World;
  readonly #random: Random;
  readonly #byId = new Map<string, ArmOperation>();

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.stream("arm/operations");
  }

  /** `idPrefix`: the id is opaque, as Microsoft.App makes it of what the operation is for: base64 of `prefix:guid`. */
  start({ idPrefix, ...spec }: OperationStart): ArmOperation {
    const guid = this.#random.uuid();
    const operation: ArmOperation = {
      ...spec,
      id: idPrefix === undefined ? guid : Buffer.from(`${idPrefix}:${guid}`).toString("base64"),
      startMs: this.#world.clock.now(),
      status: { kind: "running", phase: "InProgress" },
    };
    this.#byId.set(operation.id, operation);
    this.#world.trace.add("operation.started", { id: operation.id, provider: spec.provider, kind: spec.kind });
    return operation;
  }

  succeed(operation: ArmOperation): void {
    operation.status = { kind: "succeeded", endMs: this.#world.clock.now() };
    this.#world.trace.add("operation.succeeded", { id: operation.id });
  }

  fail(operation: ArmOperation, error: OperationError): void {
    operation.status = { kind: "failed", endMs: this.#world.clock.now(), error };
    this.#world.trace.add("operation.failed", { id: operation.id, ...error });
  }

  cancel(operation: ArmOperation, error: OperationError): void {
    operation.status = { kind: "canceled", endMs: this.#world.clock.now(), error };
    this.#world.trace.add("operation.canceled", { id: operation.id, ...error });
  }

  /** One of an earlier run: whoever polled it then goes on. */
  resume(operation: ArmOperation): void {
    this.#byId.set(operation.id, operation);
  }

  /** In order of their start. */
  list(): readonly ArmOperation[] {
    return [...this.#byId.values()].filter((operation) => !this.#isForgotten(operation));
  }

  get(id: string): ArmOperation | undefined {
    const operation = this.#byId.get(id);
    if (operation && this.#isForgotten(operation)) {
      this.#byId.delete(id);
      return undefined;
    }
    return operation;
  }

  #isForgotten({ status }: ArmOperation): boolean {
    return status.kind !== "running" && this.#world.clock.now() - status.endMs > keptMs;
  }
}
