import type { Clock, Random } from "@fairway/kernel";
import type { ArmOperation, OperationStatus } from "../arm/operations.ts";

/** One write, as the activity log remembers it. Its end is read from the operation, when there is one. */
export interface Activity {
  readonly subscription: string;
  readonly resourceGroup: string;
  /** Path of the resource, as sent. */
  readonly resourceId: string;
  /** `Microsoft.App`. */
  readonly provider: string;
  /** `Microsoft.App/containerApps`. */
  readonly type: string;
  /** `Microsoft.App/containerApps/write`. */
  readonly operation: string;
  readonly method: string;
  readonly uri: string;
  readonly caller: string;
  readonly correlationId: string;
  readonly requestId: string;
  readonly clientRequestId: string;
  readonly httpStatus: number;
  /** Absent: done, or refused, with the answer. */
  readonly armOperation?: ArmOperation;
  /** What was sent, without anything that could be a secret. */
  readonly requestBody?: string;
  /** The body of a refusal. */
  readonly refusal?: unknown;
}

export type ActivityStatus = "Started" | "Accepted" | "Succeeded" | "Failed" | "Canceled";

export interface ActivityEvent {
  readonly activity: Activity;
  /** Unique, and the same at each look. */
  readonly id: string;
  readonly timeMs: number;
  readonly status: ActivityStatus;
  /** Of an operation that has failed. */
  readonly error?: unknown;
}

interface Kept {
  readonly activity: Activity;
  readonly id: string;
  readonly startMs: number;
}

/** Azure keeps the log for 90 days. Here there is room for so many writes besides. */
const keptMs = 90 * 86_400_000;
const mostKept = 20_000;

/** What was written, when, by whom, and how it ended. */
export class ActivityLog {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #kept: Kept[] = [];

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  add(activity: Activity): void {
    if (this.#kept.length >= mostKept) this.#kept.splice(0, mostKept / 10);
    this.#kept.push({ activity, id: this.#random.uuid(), startMs: this.#clock.now() });
  }

  /** The newest first. */
  events(): readonly ActivityEvent[] {
    const oldestMs = this.#clock.now() - keptMs;
    return this.#kept
      .flatMap(eventsOf)
      .filter(({ timeMs }) => timeMs >= oldestMs)
      .toSorted((a, b) => b.timeMs - a.timeMs || (a.id < b.id ? 1 : -1));
  }
}

function eventsOf({ activity, id, startMs }: Kept): readonly ActivityEvent[] {
  const { armOperation, httpStatus, refusal } = activity;
  const at = (phase: number, timeMs: number, status: ActivityStatus): ActivityEvent => ({
    activity,
    // In the order of their phases where the time is the same.
    id: `${phase}${id.slice(1)}`,
    timeMs,
    status,
  });
  const began = at(1, startMs, "Started");
  if (httpStatus >= 400) return [began, { ...at(3, startMs, "Failed"), error: refusal }];
  if (!armOperation) return [began, at(3, startMs, "Succeeded")];
  const accepted = at(2, startMs, "Accepted");
  const end = endOf(armOperation.status);
  return end ? [began, accepted, { ...at(3, end.timeMs, end.status), error: end.error }] : [began, accepted];
}

function endOf(status: OperationStatus): Pick<ActivityEvent, "timeMs" | "status" | "error"> | undefined {
  switch (status.kind) {
    case "running":
      return undefined;
    case "succeeded":
      return { timeMs: status.endMs, status: "Succeeded" };
    case "failed":
      return { timeMs: status.endMs, status: "Failed", error: { error: status.error } };
    case "canceled":
      return { timeMs: status.endMs, status: "Canceled", error: { error: status.error } };
  }
}
