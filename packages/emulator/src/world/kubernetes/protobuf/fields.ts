/**
 * Fields of a message by number. `*` after the name: a pointer in Go, so that zero and empty values were meant and are
 * kept; `=`: bytes, base64 in JSON. A nested record: a message whose fields stand in the outer object in JSON.
 */
export type MessageFields = { readonly [number: string]: string | MessageFields };
