import { type LogEvent, readEvent } from "./log-event.ts";

/** An operation from its begin to its end. */
export interface LoggedOperation extends Pick<LogEvent, "operation" | "resourceId" | "method" | "statusCode" | "body"> {
  readonly startMs: number;
  readonly endMs: number;
  readonly succeeded: boolean;
}

export interface Paired {
  /** In the order of their begin. */
  readonly operations: readonly LoggedOperation[];
  readonly events: number;
  /** Events that were there before. */
  readonly duplicates: number;
  /** What is no event of an operation, such as alerts and advice. */
  readonly others: number;
  /** Begun and not ended in the log, or the other way round. */
  readonly halves: number;
}

/** Pairs begins and ends, in whatever order they come. */
export async function pairEvents(values: AsyncIterable<unknown>): Promise<Paired> {
  const seen = new Set<string>();
  const groups = new Map<string, LogEvent[]>();
  let [events, duplicates, others] = [0, 0, 0];
  for await (const value of values) {
    events += 1;
    const event = readEvent(value);
    const key = event && `${event.correlationId} ${event.operation} ${event.resourceId}`;
    if (!event || key === undefined) others += 1;
    else if (isKnown(seen, key, event)) duplicates += 1;
    else groups.set(key, [...(groups.get(key) ?? []), event]);
  }
  const pairs = [...groups.values()].map(pairsOf);
  return {
    operations: pairs.flatMap(({ operations }) => operations).toSorted((a, b) => a.startMs - b.startMs),
    events,
    duplicates,
    others,
    halves: pairs.reduce((sum, { halves }) => sum + halves, 0),
  };
}

function isKnown(seen: Set<string>, key: string, { id, status, timeMs }: LogEvent): boolean {
  const own = id ?? `${key} ${status} ${timeMs}`;
  if (seen.has(own)) return true;
  seen.add(own);
  return false;
}

const order = { begun: 0, accepted: 1, succeeded: 2, failed: 2 } as const;

/** One correlation can have the same operation several times, one after another. */
function pairsOf(events: readonly LogEvent[]): { operations: readonly LoggedOperation[]; halves: number } {
  const operations: LoggedOperation[] = [];
  let halves = 0;
  let open: LogEvent | undefined;
  for (const event of events.toSorted((a, b) => a.timeMs - b.timeMs || order[a.status] - order[b.status])) {
    switch (event.status) {
      case "begun":
        if (open) halves += 1;
        open = event;
        break;
      case "accepted":
        open = { ...event, ...withoutGaps(open), statusCode: event.statusCode ?? open?.statusCode };
        break;
      case "succeeded":
      case "failed":
        if (open) operations.push(ended(open, event));
        else halves += 1;
        open = undefined;
        break;
    }
  }
  return { operations, halves: halves + (open ? 1 : 0) };
}

function withoutGaps(event: LogEvent | undefined): Partial<LogEvent> {
  return Object.fromEntries(Object.entries(event ?? {}).filter(([, value]) => value !== undefined));
}

function ended(begin: LogEvent, end: LogEvent): LoggedOperation {
  return {
    operation: begin.operation,
    resourceId: begin.resourceId,
    method: begin.method ?? end.method,
    statusCode: begin.statusCode ?? end.statusCode,
    body: begin.body ?? end.body,
    startMs: begin.timeMs,
    endMs: end.timeMs,
    succeeded: end.status === "succeeded",
  };
}
