import { notAcceptable } from "./status-error.ts";

/** In which form the client wants objects. */
export type Representation = "object" | "table" | "metadata";

export interface AcceptedType {
  readonly media: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const json = "application/json";
const served: readonly string[] = [json, "*/*", "application/*"];

/** The first form of the Accept header that is served. 406 when there is none. */
export function negotiate(accept: string): Representation {
  for (const { media, parameters } of parseAccept(accept)) {
    if (!served.includes(media)) continue;
    const { as: form, g: group, v: version } = parameters;
    if (form === undefined) return "object";
    if (group !== "meta.k8s.io" || (version !== "v1" && version !== "v1beta1")) continue;
    if (form === "Table") return "table";
    if (form === "PartialObjectMetadata" || form === "PartialObjectMetadataList") return "metadata";
  }
  throw notAcceptable([json]);
}

/** Media types by falling quality; equal ones in the order of the header. An empty header accepts everything. */
export function parseAccept(accept: string): readonly AcceptedType[] {
  const types = (accept.trim() === "" ? "*/*" : accept).split(",").map(parseMediaType);
  return types.toSorted((a, b) => quality(b) - quality(a));
}

function parseMediaType(text: string): AcceptedType {
  const [media = "", ...rest] = text.split(";").map((part) => part.trim());
  const parameters = rest.map((part): [string, string] => {
    const [name = "", value = ""] = part.split("=", 2);
    return [name, value];
  });
  return { media: media.toLowerCase(), parameters: Object.fromEntries(parameters) };
}

function quality({ parameters }: AcceptedType): number {
  const value = Number(parameters["q"] ?? 1);
  return Number.isFinite(value) ? value : 0;
}
