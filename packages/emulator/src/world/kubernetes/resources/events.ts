import type { KubeObject } from "../../objects.ts";
import { numberAt, recordAt, textAt } from "../json.ts";
import { column, integerColumn, since, wide } from "../printing/cells.ts";
import { type Column, defineResource, type ResourceType } from "../resource-type.ts";
import { validateCoreEvent, validateEvent, validateEventUpdate, validateNewEvent } from "../validation/events.ts";

/** What changes its name between `v1` and `events.k8s.io/v1`: the same objects, kept as `v1`. */
const renamed: readonly (readonly [core: string, events: string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];

const common = { kind: "Event", plural: "events", shortNames: ["ev"], nameShownLast: true } as const;

export const eventResources: readonly ResourceType[] = [
  defineResource({
    ...common,
    group: "",
    version: "v1",
    nameRule: "path",
    typeName: "CoreV1Event",
    judgesAll: true,
    validate: validateCoreEvent,
    selectableFields: selectable("involvedObject"),
    columns: columnsFor((event) => event),
  }),
  defineResource({
    ...common,
    group: "events.k8s.io",
    version: "v1",
    typeName: "EventsV1Event",
    errorGroup: "",
    judgesAll: true,
    validateCreate: validateNewEvent,
    validate: validateEvent,
    validateUpdate: validateEventUpdate,
    selectableFields: selectable("regarding"),
    columns: columnsFor(toCore),
    stored: { resource: { group: "", resource: "events" }, toStored: toCore, fromStored: toEvents },
  }),
];

function columnsFor(asCore: (event: KubeObject) => KubeObject): readonly Column[] {
  const text =
    (...path: readonly string[]) =>
    (event: KubeObject) =>
      textAt(asCore(event), ...path) ?? "";
  return [
    column("Last Seen", (event, nowMs) => since(lastSeen(asCore(event)), nowMs)),
    column("Type", text("type")),
    column("Reason", text("reason")),
    column("Object", (event) => objectText(asCore(event))),
    wide(column("Subobject", text("involvedObject", "fieldPath"))),
    wide(column("Source", (event) => sourceText(asCore(event)))),
    column("Message", (event) => text("message")(event).trim()),
    wide(
      column("First Seen", (event, nowMs) =>
        since(asCore(event)["firstTimestamp"] ?? asCore(event)["eventTime"], nowMs),
      ),
    ),
    wide(integerColumn("Count", (event) => numberAt(asCore(event), "count") || 1)),
  ];
}

function selectable(involved: string): Record<string, (event: KubeObject) => string> {
  const fields = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];
  const ofObject = fields.map((field): [string, (event: KubeObject) => string] => [
    `${involved}.${field}`,
    (event: KubeObject) => textAt(event, involved, field) ?? "",
  ]);
  return {
    ...Object.fromEntries(ofObject),
    reason: (event) => textAt(event, "reason") ?? "",
    type: (event) => textAt(event, "type") ?? "",
    ...(involved === "involvedObject" ? { source } : {}),
    [involved === "involvedObject" ? "reportingComponent" : "reportingController"]: (event) =>
      textAt(event, involved === "involvedObject" ? "reportingComponent" : "reportingController") ?? "",
  };
}

/** registry/core/event: what reports an event, in either of its fields. */
function source(event: KubeObject): string {
  return textAt(event, "source", "component") || (textAt(event, "reportingComponent") ?? "");
}

function toCore(event: KubeObject): KubeObject {
  return rename(
    event,
    "v1",
    renamed.map(([core, events]) => [events, core] as const),
  );
}

function toEvents(event: KubeObject): KubeObject {
  return rename({ ...event, eventTime: event["eventTime"] ?? null }, "events.k8s.io/v1", renamed);
}

function rename(event: KubeObject, apiVersion: string, names: readonly (readonly [string, string])[]): KubeObject {
  const byName = new Map(names);
  const entries = Object.entries(event).map(([name, value]) => [byName.get(name) ?? name, value]);
  return { ...(Object.fromEntries(entries) as KubeObject), apiVersion };
}

function lastSeen(event: KubeObject): unknown {
  const series = recordAt(event, "series");
  return series["lastObservedTime"] ?? event["lastTimestamp"] ?? event["firstTimestamp"] ?? event["eventTime"];
}

function objectText(event: KubeObject): string {
  const kind = (textAt(event, "involvedObject", "kind") ?? "").toLowerCase();
  return `${kind}/${textAt(event, "involvedObject", "name") ?? ""}`;
}

function sourceText(event: KubeObject): string {
  const component = textAt(event, "source", "component") || (textAt(event, "reportingComponent") ?? "");
  const host = textAt(event, "source", "host") || textAt(event, "reportingInstance");
  return host ? `${component}, ${host}` : component;
}
