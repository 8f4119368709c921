/**
 * Fields of each type, by the type's name. A field is one of `string`, `boolean`, `int32`, `int64`, `integer`, `number`,
 * `bytes`, `quantity`, `time`, `microTime`, `intOrString`, `any`, or another type's name; `X[]` is a list and `{X}` a map
 * of X. Then `?` for a pointer of Go, `=` for what Go writes even when it is zero, `~` for a pointer that it writes even
 * when it is null, and `!` for what is required.
 */
export type TypeTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** `V1PodSpec` is V1 and PodSpec, `RbacV1Subject` is RbacV1 and Subject; a custom type has no prefix. */
export function splitTypeName(typeName: string): { readonly prefix: string; readonly name: string } {
  const [, prefix = "", name = typeName] = /^((?:[A-Z][a-z]+)?V\d+)(?=[A-Z])(.+)$/.exec(typeName) ?? [];
  return { prefix, name };
}
