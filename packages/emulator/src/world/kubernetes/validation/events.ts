import type { KubeObject } from "../../objects.ts";
import { isRecord, type JsonRecord, numberAt, recordAt, sameJson, scalarText, textAt } from "../json.ts";
import { type FieldError, invalidValue, required } from "./field-errors.ts";
import { validateImmutable, validateLabelKey } from "./metadata.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/events.go. */

/** What `events.k8s.io/v1` calls otherwise than `v1`, by what both are judged by. */
const renamed = {
  involvedObject: "regarding",
  message: "note",
  source: "deprecatedSource",
  firstTimestamp: "deprecatedFirstTimestamp",
  lastTimestamp: "deprecatedLastTimestamp",
  count: "deprecatedCount",
} as const;

export function validateCoreEvent(event: KubeObject): readonly FieldError[] {
  return validateAny(event, event, "reportingComponent");
}

export function validateEvent(event: KubeObject): readonly FieldError[] {
  return validateAny(event, inCore(event), "reportingController");
}

export function validateNewEvent(event: KubeObject): readonly FieldError[] {
  const core = inCore(event);
  const { type = "" } = core;
  const source = recordAt(core, "source");
  const set = [
    ...["firstTimestamp", "lastTimestamp"].filter((time) => isSet(core[time])),
    ...((numberAt(core, "count") ?? 0) === 0 ? [] : ["count"]),
    ...(source["component"] || source["host"] ? ["source"] : []),
  ];
  return [
    ...(isRecord(core["series"]) ? validateSeries(core["series"]) : []),
    ...(isSet(core["eventTime"]) ? [] : [required("eventTime")]),
    ...(type === "Normal" || type === "Warning"
      ? []
      : [invalidValue("type", "", `has invalid value: ${scalarText(type)}`)]),
    ...set.map((field) => invalidValue(field, "", "needs to be unset")),
  ];
}

export function validateEventUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const [after, before] = [inCore(next), inCore(previous)];
  const { series } = after;
  return [
    ...(isRecord(series) && !sameJson(series, before["series"]) ? validateSeries(series) : []),
    ...fixed.flatMap(([field, goType]) => validateImmutable(field, after[field], before[field], goType)),
  ];
}

const fixed: readonly (readonly [field: string, goType?: string])[] = [
  ["involvedObject", "core.ObjectReference"],
  ["reason"],
  ["message"],
  ["source", "core.EventSource"],
  ["firstTimestamp"],
  ["lastTimestamp"],
  ["count"],
  // Looked at twice.
  ["reason"],
  ["type"],
  ["eventTime"],
  ["action"],
  ["related", "core.ObjectReference"],
  ["reportingController"],
  ["reportingInstance"],
];

function inCore(event: KubeObject): JsonRecord {
  const names = Object.entries(renamed).map(([core, events]) => [core, event[events]] as const);
  return { ...event, ...Object.fromEntries(names) };
}

function isSet(time: unknown): boolean {
  return time !== undefined && time !== null;
}

/** What holds of every event, by whichever way it comes. */
function validateAny({ metadata }: KubeObject, core: JsonRecord, controllerField: string): readonly FieldError[] {
  const own = metadata.namespace ?? "";
  const namespace = textAt(core, "involvedObject", "namespace") ?? "";
  const isOld = !isSet(core["eventTime"]);
  // Events of objects without a namespace are kept in the default one.
  const ofNone = own === "default" || (!isOld && own === "kube-system");
  const fits = namespace === "" ? ofNone : !isOld || namespace === own;
  return [
    ...(fits ? [] : [invalidValue("involvedObject.namespace", namespace, "does not match event.namespace")]),
    ...(isOld ? [] : validateReport(core, controllerField)),
  ];
}

function validateReport(core: JsonRecord, controllerField: string): readonly FieldError[] {
  const controller = scalarText(core[controllerField]);
  const most = (field: string, limit: number): readonly FieldError[] =>
    scalarText(core[field]).length > limit ? [invalidValue(field, "", `can have at most ${limit} characters`)] : [];
  const named = (field: string): readonly FieldError[] =>
    scalarText(core[field]) === "" ? [required(field)] : most(field, 128);
  return [
    ...(controller === "" ? [required(controllerField)] : []),
    ...validateLabelKey(controllerField, controller),
    ...named("reportingInstance"),
    ...named("action"),
    ...named("reason"),
    ...most("message", 1_024),
  ];
}

function validateSeries(series: JsonRecord): readonly FieldError[] {
  return [
    ...((numberAt(series, "count") ?? 0) < 2 ? [invalidValue("series.count", "", "should be at least 2")] : []),
    ...(series["lastObservedTime"] ? [] : [required("series.lastObservedTime")]),
  ];
}
