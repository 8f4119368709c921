import { notAcceptable, StatusError } from "./status-error.ts";

/** In which form the client wants objects. */
export type Representation = "object" | "table" | "metadata";

export interface AcceptedType {
  readonly media: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const json = "application/json";
/** What objects can be had in. Protobuf is named, as kube-apiserver does, and left to JSON. */
const offered: readonly string[] = [json, "application/yaml", "application/vnd.kubernetes.protobuf"];
const streams: readonly string[] = [`${json};stream=watch`, "application/vnd.kubernetes.protobuf;stream=watch"];

/** In which form the client wants the object, or the list, of a call. 406 when there is none. */
export function negotiate(accept: string, what: Wanted = {}): Representation {
  const { representation, form } = acceptedForm(accept, what);
  if (what.list === undefined || !form.startsWith("PartialObjectMetadata")) return representation;
  const wantsList = form === "PartialObjectMetadataList";
  if (what.list === wantsList) return representation;
  const not = what.list ? "is a list" : "is not a list";
  throw new StatusError(
    406,
    "NotAcceptable",
    `you requested ${form}, but the requested object ${not} (${what.goType ?? ""})`,
  );
}

export interface Wanted {
  /** Whether several objects are answered. Undefined: it does not matter. */
  readonly list?: boolean;
  readonly watch?: boolean;
  /** As an error names what was asked for. */
  readonly goType?: string;
}

function acceptedForm(accept: string, { list, watch }: Wanted): { representation: Representation; form: string } {
  const types = parseAccept(accept).filter(({ media }) => isServed(media));
  if (types.length === 0) throw noneAvailable(watch || list ? [...offered, ...streams] : offered);
  for (const { parameters } of types) {
    const { as: form, g: group, v: version } = parameters;
    if (form === undefined && group === undefined && version === undefined) {
      return { representation: "object", form: "" };
    }
    if (group !== "meta.k8s.io" || (version !== "v1" && version !== "v1beta1")) continue;
    if (form === "Table") return { representation: "table", form };
    if (form === "PartialObjectMetadata" || form === "PartialObjectMetadataList") {
      return { representation: "metadata", form };
    }
  }
  throw notAcceptable(offered);
}

function isServed(media: string): boolean {
  return media === json || media === yaml || media === "*/*";
}

const yaml = "application/yaml";

/** Whether the answer goes out as YAML. */
export function wantsYaml(accept: string): boolean {
  return parseAccept(accept).find(({ media }) => isServed(media))?.media === yaml;
}

/** 406 when a document that has one form only is asked for in others. */
export function requireForm(accept: string, forms: readonly string[] = offered): void {
  const types = parseAccept(accept).filter(({ media }) => isServed(media));
  if (types.length === 0) throw noneAvailable(forms);
  if (types.every(({ parameters }) => parameters["as"] !== undefined && parameters["g"] === "meta.k8s.io")) {
    throw notAcceptable(forms);
  }
}

function noneAvailable(forms: readonly string[]): StatusError {
  return new StatusError(
    406,
    "NotAcceptable",
    `406: Not Acceptable\n\nAvailable representations: ${forms.join(", ")}`,
    {},
  );
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
