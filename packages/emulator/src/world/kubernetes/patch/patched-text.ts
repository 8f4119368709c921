import type { KubeObject } from "../../objects.ts";
import { isRecord, type JsonRecord, sameJson } from "../json.ts";
import { goJson } from "../json-text.ts";

/** What a patch made of an object, as the API server quotes it: what was patched by key, the rest as Go wrote it. */
export function patchedText(current: KubeObject, patched: unknown): string {
  return sameJson(current, patched) ? goJson(patched) : written(current, patched);
}

function written(before: unknown, value: unknown): string {
  if (!isRecord(value)) return goJson(value);
  const old: JsonRecord = isRecord(before) ? before : {};
  const members = Object.keys(value)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => {
      const isSame = sameJson(old[name], value[name]);
      return `${JSON.stringify(name)}:${isSame ? goJson(value[name]) : written(old[name], value[name])}`;
    });
  return `{${members.join(",")}}`;
}
