import { BlockList } from "node:net";
import type { CorsPolicy, IngressPolicy } from "../ports.ts";
import type { JsonReader } from "./json.ts";
import { invalidField } from "./refusal.ts";

const field = "configuration.ingress";

/** What an app's ingress does with requests before it passes them on; undefined when it only passes on. Throws `Refusal`. */
export function readIngressPolicy(ingress: JsonReader, sticky: boolean): IngressPolicy | undefined {
  const sources = readSources(ingress.objects("ipSecurityRestrictions") ?? []);
  const cors = ingress.object("corsPolicy");
  const secureOnly = ingress.boolean("allowInsecure") !== true;
  const certificates = ingress.oneOf("clientCertificateMode", ["ignore", "accept", "require"]) ?? "ignore";
  if (!sources && !cors && !sticky && !secureOnly && certificates === "ignore") return undefined;
  return {
    ...(sources ? { sources } : {}),
    ...(cors ? { cors: readCors(cors) } : {}),
    ...(sticky ? { sticky } : {}),
    ...(secureOnly ? { secureOnly } : {}),
    ...(certificates === "ignore" ? {} : { clientCertificate: certificates }),
  };
}

/** All rules allow or all rules deny. Source: Container Apps, IP restrictions. */
function readSources(rules: readonly JsonReader[]): IngressPolicy["sources"] {
  const actions = rules.map((rule) => rule.oneOf("action", ["Allow", "Deny"]));
  const [first] = actions;
  if (rules.length === 0) return undefined;
  if (!first || actions.some((action) => action !== first)) {
    throw invalidField(`${field}.ipSecurityRestrictions`, "", "all rules must have the same action, Allow or Deny");
  }
  return { action: first === "Allow" ? "allow" : "deny", blocks: rules.map(readBlock) };
}

function readBlock(rule: JsonReader): string {
  const text = rule.text("ipAddressRange") ?? "";
  const [network = "", length = "32"] = text.split("/");
  try {
    new BlockList().addSubnet(network, Number(length), "ipv4");
    return text;
  } catch {
    throw invalidField(`${field}.ipSecurityRestrictions.ipAddressRange`, text, "must be an IPv4 address or CIDR block");
  }
}

function readCors(cors: JsonReader): CorsPolicy {
  const allowedOrigins = cors.texts("allowedOrigins") ?? [];
  if (allowedOrigins.length === 0) {
    throw invalidField(`${field}.corsPolicy.allowedOrigins`, "", "at least one origin is required");
  }
  const lists = [
    allowedOrigins,
    ...["allowedMethods", "allowedHeaders", "exposeHeaders"].map((name) => cors.texts(name) ?? []),
  ];
  // They become header lines: nothing in them may end one.
  const bad = lists.flat().find((text) => !/^[\x21-\x7e]{1,256}$/.test(text));
  if (bad !== undefined) throw invalidField(`${field}.corsPolicy`, bad, "must be visible ASCII without spaces");
  const [, allowedMethods = [], allowedHeaders = [], exposeHeaders = []] = lists;
  return {
    allowedOrigins,
    allowedMethods,
    allowedHeaders,
    exposeHeaders,
    maxAgeSeconds: cors.integer("maxAge"),
    allowCredentials: cors.boolean("allowCredentials") ?? false,
  };
}
