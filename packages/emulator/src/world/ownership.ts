import type { KubeObject } from "./objects.ts";

/** Who writes to a store without going through its API. */
export interface Actor {
  /** As managed fields name it. */
  readonly manager: string;
  /** Of what is not status; "" when it writes the object itself. */
  readonly subresource: string;
}

export const controllerManager: Actor = { manager: "kube-controller-manager", subresource: "" };

export interface OwnershipStep extends Actor {
  /** RFC 3339. */
  readonly time: string;
  /** Undefined: it has made the object. */
  readonly before: KubeObject | undefined;
  /** Undefined: what the first was asked to be that was made after the pattern. */
  readonly after: KubeObject | undefined;
  /** All that are made after the same pattern have the same fields. */
  readonly pattern?: object;
}

/** What a maker asked for, when others have added to that. */
export interface Asked extends Pick<OwnershipStep, "pattern"> {
  readonly after: () => KubeObject;
}

const firstAsked = new WeakMap<object, Asked["after"]>();

/** What the writer of a step asked for. */
export function askedFor({ before, after, pattern }: OwnershipStep): KubeObject | undefined {
  const object = after ?? (pattern && firstAsked.get(pattern)?.());
  return before || !object ? object : withoutStatus(object);
}

/** More steps than these do not wait: the oldest two of one writer become one. */
const mostSteps = 16;

/**
 * Who has written an object past its API since somebody last did through it. Managed fields are made of this when they are
 * read, which hardly anybody does. Not part of the object as JSON.
 */
export class PendingOwners {
  readonly #steps: readonly OwnershipStep[];

  constructor(steps: readonly OwnershipStep[]) {
    this.#steps = steps;
  }

  get steps(): readonly OwnershipStep[] {
    return this.#steps;
  }

  /** Steps of one writer that follow one another are one: what lies between them is kept by nobody. */
  with(step: OwnershipStep): PendingOwners {
    const at = this.#steps.findLastIndex((one) => isStatus(one) === isStatus(step));
    const last = this.#steps[at];
    if (last?.before && isSameWriter(last, step)) {
      return new PendingOwners([...this.#steps.toSpliced(at, 1), { ...step, before: last.before }]);
    }
    const steps = [...this.#steps, step];
    return new PendingOwners(steps.length > mostSteps ? joined(steps) : steps);
  }

  toJSON(): undefined {
    return undefined;
  }
}

/** Without the first step that one of the same writer follows, which then begins where that one did. */
function joined(steps: readonly OwnershipStep[]): OwnershipStep[] {
  for (const [index, { before, ...first }] of steps.entries()) {
    const follower = steps.findIndex((one, at) => at > index && isStatus(one) === isStatus({ ...first, before }));
    const second = steps[follower];
    if (!before || !second || !isSameWriter(first, second)) continue;
    return steps.with(follower, { ...second, before }).filter((_, at) => at !== index);
  }
  return steps.slice(1);
}

function isSameWriter(one: Actor, other: Actor): boolean {
  return one.manager === other.manager && one.subresource === other.subresource;
}

function isStatus({ before }: OwnershipStep): boolean {
  return before !== undefined && Object.hasOwn(before, "status");
}

/** A new object that remembers its maker. */
export function madeBy(actor: Actor, time: string, object: KubeObject, asked?: Asked): KubeObject {
  const { after = () => object, pattern } = asked ?? {};
  if (pattern && !firstAsked.has(pattern)) firstAsked.set(pattern, after);
  const made = pattern ? { after: undefined, pattern } : { after: after() };
  const pendingOwners = new PendingOwners([{ ...actor, time, before: undefined, ...made }]);
  return { ...object, metadata: { ...object.metadata, pendingOwners } };
}

/** The changed object, which remembers who has changed what. */
export function changedBy(actor: Actor, time: string, before: KubeObject, after: KubeObject): KubeObject {
  let pending = after.metadata.pendingOwners ?? new PendingOwners([]);
  if (Object.keys({ ...before, ...after }).some((part) => part !== "status" && before[part] !== after[part])) {
    pending = pending.with({ ...actor, time, before: withoutStatus(before), after: withoutStatus(after) });
  }
  if (before["status"] !== after["status"]) {
    const step = { ...actor, subresource: "status", time, before: statusOf(before), after: statusOf(after) };
    pending = pending.with(step);
  }
  return { ...after, metadata: { ...after.metadata, pendingOwners: pending } };
}

function withoutStatus(object: KubeObject): KubeObject {
  const { status: _, metadata, ...rest } = object;
  const { managedFields: _managed, pendingOwners: _pending, ...own } = metadata;
  return { ...rest, metadata: own } as KubeObject;
}

function statusOf({ apiVersion, kind, metadata: { name }, status }: KubeObject): KubeObject {
  return { apiVersion, kind, metadata: { name }, status };
}
