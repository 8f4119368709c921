/**
 * Fields of each type, by the type's name. A field is one of `string`, `boolean`, `integer`, `number`, `quantity`,
 * `time`, `intOrString`, `any`, or another type's name; `X[]` is a list and `{X}` a map of X; a trailing `!` means required.
 */
export type TypeTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** `V1PodSpec` is V1 and PodSpec, `RbacV1Subject` is RbacV1 and Subject; a custom type has no prefix. */
export function splitTypeName(typeName: string): { readonly prefix: string; readonly name: string } {
  const [, prefix = "", name = typeName] = /^((?:[A-Z][a-z]+)?V\d+)(?=[A-Z])(.+)$/.exec(typeName) ?? [];
  return { prefix, name };
}
