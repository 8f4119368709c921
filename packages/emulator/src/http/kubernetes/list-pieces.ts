import { isRecord, type JsonRecord } from "../../world/kubernetes/json.ts";

/** Lists and tables with more members than this are written in pieces. */
const longList = 500;

export function isLongList(body: unknown): body is JsonRecord {
  return isRecord(body) && Object.values(body).some(isLong);
}

/** The JSON of a list, one member after the other: its text as a whole would be many times what the list itself takes. */
export function* listPieces(list: JsonRecord): Generator<string, undefined> {
  let start = "{";
  for (const [name, value] of Object.entries(list)) {
    if (value === undefined) continue;
    yield `${start}${JSON.stringify(name)}:`;
    if (isLong(value)) yield* arrayPieces(value);
    else yield JSON.stringify(value);
    start = ",";
  }
  yield "}";
  return undefined;
}

function* arrayPieces(items: readonly unknown[]): Generator<string, undefined> {
  let start = "[";
  for (const item of items) {
    yield `${start}${JSON.stringify(item)}`;
    start = ",";
  }
  yield "]";
  return undefined;
}

function isLong(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > longList;
}
