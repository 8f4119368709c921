import type { KubeObject } from "../../objects.ts";
import { isRecord, numberAt, scalarText, textAt } from "../json.ts";
import { type FieldError, invalidValue, required } from "./field-errors.ts";
import { validateLabelKey } from "./metadata.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/events.go. */

export function validateCoreEvent(event: KubeObject): readonly FieldError[] {
  // A new style event that comes by the old way is judged as what it is.
  return validatePlace(event, textAt(event, "involvedObject", "namespace") ?? "");
}

export function validateEvent(event: KubeObject): readonly FieldError[] {
  const controller = scalarText(event["reportingController"]);
  const time = event["eventTime"];
  const { type = "", note, series } = event;
  const most = (field: string, value: unknown, limit: number): readonly FieldError[] =>
    scalarText(value).length > limit ? [invalidValue(field, "", `can have at most ${limit} characters`)] : [];
  const named = (field: string, value: unknown): readonly FieldError[] =>
    scalarText(value) === "" ? [required(field)] : most(field, value, 128);
  return [
    ...(time === undefined || time === null ? [required("eventTime")] : []),
    ...(isRecord(series) ? validateSeries(series) : []),
    ...(controller === "" ? [required("reportingController")] : []),
    ...validateLabelKey("reportingController", controller),
    ...named("reportingInstance", event["reportingInstance"]),
    ...named("action", event["action"]),
    ...named("reason", event["reason"]),
    ...most("message", note, 1_024),
    ...(type === "Normal" || type === "Warning"
      ? []
      : [invalidValue("type", "", `has invalid value: ${scalarText(type)}`)]),
  ];
}

function validateSeries(series: Record<string, unknown>): readonly FieldError[] {
  return [
    ...((numberAt(series, "count") ?? 0) < 2 ? [invalidValue("series.count", "", "should be at least 2")] : []),
    ...(series["lastObservedTime"] ? [] : [required("series.lastObservedTime")]),
  ];
}

/** Events of objects without a namespace are kept in the default one. */
function validatePlace({ metadata }: KubeObject, namespace: string): readonly FieldError[] {
  const own = metadata.namespace ?? "";
  const fits = namespace === "" ? own === "default" || own === "kube-system" : namespace === own;
  return fits ? [] : [invalidValue("involvedObject.namespace", namespace, "does not match event.namespace")];
}
