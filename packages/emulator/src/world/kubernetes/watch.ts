import type { Timer } from "@fairway/kernel";
import type { KubeObject } from "../objects.ts";
import type { StoreEvent } from "../store.ts";
import { withOwners } from "./apply/pending-owners.ts";
import { type Call, formOf, isTrue } from "./call.ts";
import type { JsonRecord } from "./json.ts";
import { includedObject } from "./list.ts";
import { checkListOptions, selectObjects, selectorOf, versionParameter, wantsInitialEvents } from "./list-options.ts";
import { negotiate } from "./negotiation.ts";
import { partialMetadata, tableOf } from "./printing/table.ts";
import type { OpenStream, StreamSink } from "./request.ts";
import { apiVersionOf, storedResource } from "./resource-type.ts";
import { expired } from "./status-error.ts";

type EventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";

/** apiserver sends a bookmark about once a minute. */
const bookmarkPeriodMs = 60_000;
/** A shorter watch gets no bookmark at its end (apiserver: cacher, bookmark before the deadline). */
const lastBookmarkSeconds = 2;
/** apiserver ends a watch after 30 to 60 minutes when the client does not say (min-request-timeout). */
const defaultTimeoutSeconds = 1_800;

/**
 * A watch: changes as JSON lines. From a version: everything since (an ERROR event 410 when that is forgotten);
 * without one: first what is there as ADDED. An object that begins or ceases to match the selector is ADDED or DELETED.
 */
export function watchObjects(call: Call): OpenStream {
  const selects = selectorOf(call);
  checkListOptions(call, true);
  const initialEvents = wantsInitialEvents(call);
  const version = versionParameter(call);
  const bookmarks = isTrue(call.request.query.get("allowWatchBookmarks"));
  negotiate(call.request.accept, { watch: true });
  return (sink) => {
    const { store } = call.cluster;
    const resource = storedResource(call.type);
    const initial =
      version === undefined || initialEvents ? initialState(call, initialEvents === true && bookmarks) : [];
    // What is there is put into words as the client reads it, maybe after the first changes.
    const encode = createEncoder(call, initial.length === 0);
    const show = (event: StoreEvent): void => {
      const shown = transition(call, event, selects);
      if (shown) sink.write(encode(shown.type, shown.object));
    };
    if (version !== undefined && initialEvents !== true) {
      const missed = store.eventsSince(resource, version);
      if (missed === "gone") return refuse(sink, version, store.version);
      for (const event of missed) show(event);
    } else if (initialEvents !== false) sink.begin(linesOf(call, initial));
    const unsubscribe = store.subscribe(show, resource);
    return stopAll(unsubscribe, startTimers(call, sink, encode));
  };
}

type InitialEvent = readonly [EventType, KubeObject];

function initialState(call: Call, withEnd: boolean): readonly InitialEvent[] {
  const there = selectObjects(call).map((object): InitialEvent => ["ADDED", object]);
  return withEnd ? [...there, ["BOOKMARK", bookmark(call, { "k8s.io/initial-events-end": "true" })]] : there;
}

function* linesOf(call: Call, events: readonly InitialEvent[]): Generator<string, undefined> {
  const encode = createEncoder(call, true);
  for (const [type, object] of events) yield encode(type, withOwners(call.type, object));
  return undefined;
}

/** What a change is to somebody who sees only what `selects` selects. */
function transition(
  call: Call,
  event: StoreEvent,
  selects: (object: KubeObject) => boolean,
): { type: EventType; object: KubeObject } | undefined {
  const form = formOf(call.type, event.object);
  const former = event.previous && formOf(call.type, event.previous);
  const now = event.type !== "DELETED" && selects(form);
  const before = former !== undefined && selects(former);
  if (now) return { type: before ? "MODIFIED" : "ADDED", object: withOwners(call.type, form) };
  if (!before) return undefined;
  if (event.type === "DELETED") return { type: "DELETED", object: withOwners(call.type, form) };
  // The last state that the watcher knew, with the version of the change.
  const resourceVersion = String(event.resourceVersion);
  const previous = withOwners(call.type, former);
  return { type: "DELETED", object: { ...previous, metadata: { ...previous.metadata, resourceVersion } } };
}

type Encode = (type: EventType, object: KubeObject) => string;

/** `withColumns`: the first line names the columns of a table. */
function createEncoder(call: Call, withColumns: boolean): Encode {
  const representation = negotiate(call.request.accept, { watch: true });
  const include = includedObject(call);
  let first = withColumns;
  function represent(type: EventType, object: KubeObject): JsonRecord {
    if (type === "ERROR") return object;
    if (representation === "metadata") return partialMetadata(object);
    const metadata = { resourceVersion: object.metadata.resourceVersion ?? "" };
    const table = tableOf(call.type, [object], {
      nowMs: call.cluster.world.clock.now(),
      include,
      metadata,
      withColumns: first,
    });
    first = false;
    return table;
  }
  if (representation !== "object") return (type, object) => lineOf(type, represent(type, object));
  return encodeOnce;
}

/** The line that was written last: one change goes to all its watchers in turn, and is put into words once. */
let latest: { readonly type: EventType; readonly object: KubeObject; readonly line: string } | undefined;

function encodeOnce(type: EventType, object: KubeObject): string {
  if (latest?.object !== object || latest.type !== type) latest = { type, object, line: lineOf(type, object) };
  return latest.line;
}

function lineOf(type: EventType, object: JsonRecord): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function bookmark({ cluster, type }: Call, annotations?: Record<string, string>): KubeObject {
  const resourceVersion = String(cluster.store.version);
  const metadata = { resourceVersion, ...(annotations ? { annotations } : {}) };
  return { apiVersion: apiVersionOf(type), kind: type.kind, metadata } as unknown as KubeObject;
}

function refuse(sink: StreamSink, version: number, current: number): () => void {
  const error = expired(`too old resource version: ${version} (${current})`);
  sink.write(`${JSON.stringify({ type: "ERROR", object: error.body() })}\n`);
  sink.end();
  return () => {};
}

/** Bookmarks when the client allows them, and the end of the watch. */
function startTimers(call: Call, sink: StreamSink, encode: Encode): () => void {
  const { clock } = call.cluster.world;
  const { query } = call.request;
  const bookmarks = isTrue(query.get("allowWatchBookmarks"));
  const timeoutSeconds = Number(query.get("timeoutSeconds") ?? 0) || defaultTimeoutSeconds;
  let next: Timer | undefined;
  function remind(): void {
    next = clock.after(bookmarkPeriodMs, () => {
      sink.write(encode("BOOKMARK", bookmark(call)));
      remind();
    });
  }
  if (bookmarks) remind();
  const end = clock.after(timeoutSeconds * 1_000, () => {
    if (bookmarks && timeoutSeconds > lastBookmarkSeconds) sink.write(encode("BOOKMARK", bookmark(call)));
    sink.end();
  });
  return stopAll(
    () => next?.cancel(),
    () => end.cancel(),
  );
}

function stopAll(...stops: readonly (() => void)[]): () => void {
  return () => {
    for (const stop of stops) stop();
  };
}
