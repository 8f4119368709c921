import { brotliDecompressSync } from "node:zlib";
import { packedDescriptions } from "../generated/descriptions.ts";

/** What Kubernetes says of a field: in words, which values it may have, and which it has when none is given. */
export interface FieldText {
  readonly description: string;
  readonly values?: readonly string[];
  readonly preset?: unknown;
  /** Full name of the type of a field that may be anything. */
  readonly type?: string;
}

export interface TypeText {
  /** As the OpenAPI documents name it: `io.k8s.api.core.v1`. */
  readonly package: string;
  readonly description: string;
  readonly fields: Readonly<Record<string, PackedField>>;
}

/** Alone: the description. */
type PackedField = string | FieldText;
type PackedTypes = Readonly<Record<string, readonly [string, string, Readonly<Record<string, PackedField>>]>>;

/** Texts of a built-in type, or of a scalar by its full name. Undefined: it is not one of Kubernetes itself. */
export function typeTextOf(name: string): TypeText | undefined {
  unpacked ??= unpack();
  const found = unpacked[name];
  return found && { package: found[0], description: found[1], fields: found[2] };
}

export function fieldTextOf(type: TypeText | undefined, field: string): FieldText {
  const packed = type?.fields[field] ?? "";
  return typeof packed === "string" ? { description: packed } : packed;
}

let unpacked: PackedTypes | undefined;

/** Takes milliseconds, and only who asks for a schema needs it. */
function unpack(): PackedTypes {
  return JSON.parse(brotliDecompressSync(Buffer.from(packedDescriptions, "base64")).toString()) as PackedTypes;
}
