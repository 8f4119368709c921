import type { IngressPolicy } from "../ports.ts";
import { isJson, type Json, type JsonReader } from "./json.ts";
import { readIngressPolicy } from "./read-ingress-policy.ts";
import { invalidField } from "./refusal.ts";

export interface Ingress {
  readonly external: boolean;
  readonly targetPort: number | undefined;
  readonly exposedPort: number;
  readonly transport: "Auto" | "Http" | "Http2" | "Tcp";
  readonly allowInsecure: boolean;
  readonly sticky: boolean;
  readonly traffic: readonly TrafficEntry[];
  readonly policy: IngressPolicy | undefined;
  /** In lower case. */
  readonly customDomains: readonly string[];
  /** CORS, custom domains, IP rules, client certificates, extra ports: shown again as sent. */
  readonly carried: Json;
}

/** One of the two names which revision it is for; both absent when only a label is given to nothing. */
export interface TrafficEntry {
  readonly revisionName: string | undefined;
  readonly latestRevision: boolean;
  readonly weight: number;
  readonly label: string | undefined;
}

export const defaultTraffic: readonly TrafficEntry[] = [
  { revisionName: undefined, latestRevision: true, weight: 100, label: undefined },
];

const carriedByIngress = [
  "additionalPortMappings",
  "clientCertificateMode",
  "corsPolicy",
  "customDomains",
  "ipSecurityRestrictions",
  "targetPortHttpScheme",
];

/** Throws `Refusal`. */
export function readIngress(reader: JsonReader, labelsOnly: boolean): Ingress {
  const targetPort = reader.integer("targetPort") || undefined;
  if (targetPort !== undefined && (targetPort < 1 || targetPort > 65_535)) {
    throw invalidField("configuration.ingress.targetPort", targetPort, "must be between 1 and 65535");
  }
  const traffic = reader.objects("traffic")?.map((entry) => readTraffic(entry, labelsOnly));
  const sticky = reader.object("stickySessions")?.oneOf("affinity", ["sticky", "none"]) === "sticky";
  checkPorts(reader);
  return {
    external: reader.boolean("external") ?? false,
    targetPort,
    exposedPort: reader.integer("exposedPort") ?? 0,
    transport: reader.oneOf("transport", ["Auto", "Http", "Http2", "Tcp"]) ?? "Auto",
    allowInsecure: reader.boolean("allowInsecure") ?? false,
    sticky,
    policy: readIngressPolicy(reader, sticky),
    traffic: traffic?.length ? traffic : defaultTraffic,
    customDomains: readDomains(reader),
    carried: carried(reader.raw),
  };
}

function carried(raw: Json): Json {
  const shown = carriedByIngress.map((name) => [name, shownAgain(raw[name])] as const);
  return Object.fromEntries(shown.filter(([, value]) => value !== null && value !== undefined));
}

/** As sent, but an empty list counts as none, and a number is one however it was written. */
function shownAgain(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 ? value : null;
  if (!isJson(value)) return value;
  const { maxAge } = value;
  const members = Object.entries(value).map(([name, member]) => [name, shownAgain(member)]);
  return { ...Object.fromEntries(members), ...(typeof maxAge === "string" ? { maxAge: Number(maxAge) } : {}) };
}

/** Names of one's own that lead to the app. */
function readDomains(reader: JsonReader): readonly string[] {
  return (reader.objects("customDomains") ?? []).map((domain) => {
    const name = domain.text("name") ?? "";
    if (/^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i.test(name)) return name.toLowerCase();
    throw invalidField("configuration.ingress.customDomains.name", name, "must be the name of a domain");
  });
}

/** Source: Container Apps, ingress overview: additional TCP ports. */
const extraPortsMax = 5;

function checkPorts(reader: JsonReader): void {
  const mappings = reader.objects("additionalPortMappings") ?? [];
  const field = "configuration.ingress.additionalPortMappings";
  if (mappings.length > extraPortsMax)
    throw invalidField(field, mappings.length, `at most ${extraPortsMax} can be given`);
  for (const mapping of mappings) {
    const port = mapping.integer("targetPort");
    if (port !== undefined && port >= 1 && port <= 65_535) continue;
    throw invalidField(`${field}.targetPort`, port, "must be between 1 and 65535");
  }
}

function readTraffic(reader: JsonReader, labelsOnly: boolean): TrafficEntry {
  const revisionName = reader.text("revisionName") || undefined;
  const latestRevision = reader.boolean("latestRevision") ?? false;
  const weight = reader.integer("weight") ?? 0;
  const label = reader.text("label") || undefined;
  const field = "configuration.ingress.traffic";
  if (weight < 0 || weight > 100) throw invalidField(`${field}.weight`, weight, "must be between 0 and 100");
  if (revisionName && latestRevision) {
    throw invalidField(field, revisionName, "only one of revisionName and latestRevision can be set");
  }
  if (!revisionName && !latestRevision && !(labelsOnly && label)) {
    throw invalidField(field, weight, "one of revisionName and latestRevision must be set");
  }
  if (label !== undefined) checkLabel(label, `${field}.label`);
  return { revisionName, latestRevision, weight, label };
}

export function checkLabel(label: string, field: string): void {
  if (/^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/.test(label)) return;
  throw invalidField(field, label, "must be lower case letters, digits or '-', up to 64");
}
