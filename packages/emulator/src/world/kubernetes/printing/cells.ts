import type { KubeObject } from "../../objects.ts";
import { isRecord, listAt, numberAt, stringMapAt, textAt } from "../json.ts";
import type { Column } from "../resource-type.ts";

/** Pieces that the columns of several kinds share. */

export function column(name: string, value: Column["value"], description = name): Column {
  return { name, type: "string", description, priority: 0, value };
}

export function integerColumn(name: string, value: (object: KubeObject) => number, description = name): Column {
  return { name, type: "integer", description, priority: 0, value };
}

/** Shown with `-o wide`. */
export function wide(shown: Column): Column {
  return { ...shown, priority: 1 };
}

export const ageColumn: Column = column(
  "Age",
  (object, nowMs) => since(object.metadata.creationTimestamp, nowMs),
  "Time since the object was created.",
);

/** Of kinds that have no columns of their own. */
export const createdAtColumn: Column = column("Created At", ({ metadata }) => metadata.creationTimestamp ?? "");

/** `5m3s`, or `<unknown>`. */
export function since(time: unknown, nowMs: number): string {
  if (typeof time !== "string") return "<unknown>";
  const startMs = Date.parse(time);
  return Number.isNaN(startMs) ? "<unknown>" : humanDuration(nowMs - startMs);
}

/** apimachinery: util/duration.HumanDuration. */
export function humanDuration(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1_000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return withRest(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return withRest(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return withRest(days, "d", hours % 24, "h");
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.floor(days / 365);
  return hours < 24 * 365 * 8 ? withRest(years, "y", days % 365, "d") : `${years}y`;
}

/** `<none>` for nothing. */
export function orNone(text: string | undefined): string {
  return text === undefined || text === "" ? "<none>" : text;
}

/** `app=web,tier in (a,b)`. */
export function selectorText(selector: unknown): string {
  const labels = Object.entries(stringMapAt(selector, "matchLabels")).map(([key, value]) => `${key}=${value}`);
  const expressions = listAt(selector, "matchExpressions").filter(isRecord).map(expressionText);
  return orNone([...labels.toSorted(), ...expressions].join(","));
}

export function labelsText(labels: Readonly<Record<string, string>>): string {
  return orNone(
    Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .toSorted()
      .join(","),
  );
}

/** Names and images of the containers of a pod template. */
export function containerColumns(...template: readonly string[]): readonly Column[] {
  const containers = (object: KubeObject): readonly unknown[] => listAt(object, ...template, "spec", "containers");
  const join = (object: KubeObject, field: string): string =>
    containers(object)
      .map((container) => textAt(container, field) ?? "")
      .join(",");
  return [
    wide(column("Containers", (object) => join(object, "name"), "Names of each container in the template.")),
    wide(column("Images", (object) => join(object, "image"), "Images referenced by each container in the template.")),
  ];
}

export function count(object: KubeObject, ...path: readonly string[]): number {
  return numberAt(object, ...path) ?? 0;
}

/** Status of the condition of that type. */
export function conditionStatus(object: KubeObject, type: string): string | undefined {
  const condition = listAt(object, "status", "conditions").find((one) => textAt(one, "type") === type);
  return textAt(condition, "status");
}

function withRest(value: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${value}${unit}` : `${value}${unit}${rest}${restUnit}`;
}

function expressionText(expression: Record<string, unknown>): string {
  const key = textAt(expression, "key") ?? "";
  const values = listAt(expression, "values").join(",");
  switch (textAt(expression, "operator") ?? "") {
    case "In":
      return `${key} in (${values})`;
    case "NotIn":
      return `${key} notin (${values})`;
    case "DoesNotExist":
      return `!${key}`;
    default:
      return key;
  }
}
