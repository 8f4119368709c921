import { z } from "zod";

/** The part of JSON Schema that zod writes. */
export interface JsonSchema {
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly properties?: Readonly<Record<string, JsonSchema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: JsonSchema | undefined;
  readonly additionalProperties?: JsonSchema | false | undefined;
  readonly anyOf?: readonly JsonSchema[] | undefined;
  readonly oneOf?: readonly JsonSchema[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly default?: unknown;
}

export interface Page {
  readonly title: string;
  readonly introduction: string;
}

/** A page that lists every field of a schema with its path, its type, its default and its meaning. */
export function schemaPage({ title, introduction }: Page, schema: unknown): string {
  const rows = fieldsOf("", shape.parse(schema)).map(
    ({ path, type, meaning }) => `| \`${path}\` | ${escape(type)} | ${escape(meaning)} |`,
  );
  return `# ${title}\n\n${introduction}\n\n| field | type | meaning |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
}

/** The fields that say nothing of what they mean. */
export function fieldsWithoutMeaning(schema: unknown): readonly string[] {
  return fieldsOf("", shape.parse(schema)).flatMap(({ path, meaning }) => (meaning === "" ? [path] : []));
}

const shape: z.ZodType<JsonSchema> = z.lazy(() =>
  z.looseObject({
    type: z.string().optional(),
    description: z.string().optional(),
    required: z.array(z.string()).optional(),
    enum: z.array(z.unknown()).optional(),
    properties: z.record(z.string(), shape).optional(),
    items: shape.optional(),
    additionalProperties: z.union([z.literal(false), shape]).optional(),
    anyOf: z.array(shape).optional(),
    oneOf: z.array(shape).optional(),
  }),
);

interface Field {
  readonly path: string;
  readonly type: string;
  readonly meaning: string;
}

/** Depth first, as they stand in the schema: `runs[].latency.p99Ms`. */
function fieldsOf(prefix: string, schema: JsonSchema): readonly Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    const isRequired = schema.required?.includes(name) ?? false;
    const own: Field = { path, type: typeOf(field), meaning: meaningOf(field, isRequired) };
    return [own, ...nestedIn(path, field)];
  });
}

function nestedIn(path: string, field: JsonSchema): readonly Field[] {
  const inner = (field.anyOf ?? field.oneOf ?? []).flatMap((option) => nestedIn(path, option));
  const items = field.items ? nestedIn(`${path}[]`, field.items) : [];
  return [...fieldsOf(path, field), ...items, ...inner];
}

function typeOf({ type, anyOf, oneOf, items, additionalProperties, enum: values, const: value }: JsonSchema): string {
  if (value !== undefined) return JSON.stringify(value);
  if (values) return values.map((each) => JSON.stringify(each)).join(" or ");
  const options = anyOf ?? oneOf;
  if (options) return [...new Set(options.map(typeOf))].join(" or ");
  if (items) return `list of ${typeOf(items)}`;
  if (additionalProperties) return `object of ${typeOf(additionalProperties)} by name`;
  return type ?? "any";
}

function meaningOf({ description = "", default: preset }: JsonSchema, isRequired: boolean): string {
  if (isRequired) return description;
  const absence = preset === undefined ? "Optional." : isEmpty(preset) ? "" : `Default \`${JSON.stringify(preset)}\`.`;
  return [description, absence].filter((text) => text !== "").join(" ");
}

function isEmpty(preset: unknown): boolean {
  return typeof preset === "object" && preset !== null && Object.keys(preset).length === 0;
}

function escape(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}
