/**
 * Fields of each type, by the type's name. A field is one of `string`, `boolean`, `integer`, `number`, `quantity`,
 * `time`, `intOrString`, `any`, or another type's name; `X[]` is a list and `{X}` a map of X; a trailing `!` means required.
 */
export type TypeTable = Readonly<Record<string, Readonly<Record<string, string>>>>;
