import type { KubeObject } from "../../objects.ts";
import { isRecord, type JsonRecord, sameJson } from "../json.ts";
import { goJson } from "../json-text.ts";
import type { ResourceType } from "../resource-type.ts";

/**
 * What a patch made of an object, as the API server quotes it: what was patched by key, the rest as Go wrote it. A custom
 * resource has no type in Go: all of it is by key.
 */
export function patchedText({ custom }: ResourceType, current: KubeObject, patched: unknown): string {
  if (custom) return written(undefined, patched);
  return sameJson(current, patched) ? goJson(patched) : written(current, patched);
}

function written(before: unknown, value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => written(undefined, item)).join(",")}]`;
  if (!isRecord(value)) return goJson(value);
  const old: JsonRecord = isRecord(before) ? before : {};
  const members = Object.keys(value)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => {
      const isSame = before !== undefined && sameJson(old[name], value[name]);
      return `${JSON.stringify(name)}:${isSame ? goJson(value[name]) : written(old[name], value[name])}`;
    });
  return `{${members.join(",")}}`;
}
