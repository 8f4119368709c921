import type { KubeObject } from "../../objects.ts";
import { columnTexts, name as nameText } from "../generated/column-texts.ts";
import type { JsonRecord } from "../json.ts";
import type { Column, ResourceType } from "../resource-type.ts";
import { wide } from "./cells.ts";

/** What a row carries beside its cells: `includeObject` of the query. */
export type IncludedObject = "None" | "Metadata" | "Object";

export interface TableOptions {
  readonly nowMs: number;
  readonly include: IncludedObject;
  readonly metadata: JsonRecord;
  /** A watch names the columns only once. */
  readonly withColumns: boolean;
}

/** The Table form of objects: `meta.k8s.io/v1`. */
export function tableOf(type: ResourceType, objects: readonly KubeObject[], options: TableOptions): JsonRecord {
  const columns = columnsOf(type);
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: options.metadata,
    columnDefinitions: options.withColumns ? columns.map((column) => definitionOf(type, column)) : null,
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.value(object, options.nowMs)),
      ...includedObject(object, options.include),
    })),
  };
}

function columnsOf({ columns, nameShownLast, nameCell }: ResourceType): readonly Column[] {
  const name = nameCell ? { ...nameColumn, value: nameCell } : nameColumn;
  return nameShownLast ? [...columns, wide(name)] : [name, ...columns];
}

/** Only the metadata of an object. */
export function partialMetadata(object: KubeObject): JsonRecord {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
}

const nameColumn: Column = {
  name: "Name",
  type: "string",
  description: "Name must be unique within a namespace.",
  priority: 0,
  // A bookmark has none.
  value: (object) => object.metadata.name ?? "",
};

function definitionOf({ plural, group }: ResourceType, column: Column): JsonRecord {
  const texts = columnTexts[group === "" ? plural : `${plural}.${group}`] ?? [nameText];
  const [name, type, description] = texts.find((text) => text[0] === column.name) ?? [
    column.name,
    column.type,
    column.description,
  ];
  // The printer of scales is an older one.
  const format = name === nameColumn.name && plural !== "scales" ? "name" : "";
  return { name, type, format, description, priority: column.priority };
}

function includedObject(object: KubeObject, include: IncludedObject): JsonRecord {
  switch (include) {
    case "None":
      return { object: null };
    case "Metadata":
      return { object: partialMetadata(object) };
    case "Object":
      return { object };
  }
}
