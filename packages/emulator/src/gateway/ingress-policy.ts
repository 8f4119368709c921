import { BlockList, isIPv4 } from "node:net";
import type { CorsPolicy, IngressPolicy } from "../world/ports.ts";
import { nameTable, takeLines } from "./header-lines.ts";
import type { RequestHead } from "./request-head.ts";

/** A host's policy, ready to be asked for every request. */
export interface Ingress {
  /** An answer of the ingress itself: 403, or the answer to a CORS preflight. Undefined: the request goes on. */
  answer(head: RequestHead, clientAddress: string): IngressAnswer | undefined;
  /** Header lines that the response gets. */
  responseLines(head: RequestHead): string;
  readonly sticky: boolean;
  readonly secureOnly: boolean;
  readonly clientCertificate: IngressPolicy["clientCertificate"];
}

export interface IngressAnswer {
  readonly status: number;
  readonly text: string;
  readonly lines: string;
}

export function createIngress(policy: IngressPolicy): Ingress {
  const mayCall = sourceCheck(policy.sources);
  const { cors } = policy;
  return {
    sticky: policy.sticky === true,
    secureOnly: policy.secureOnly === true,
    clientCertificate: policy.clientCertificate,
    answer(head, clientAddress) {
      // What Envoy says, which stands at the edge of Container Apps.
      if (!mayCall(clientAddress)) return { status: 403, text: "RBAC: access denied", lines: "" };
      return cors && preflight(cors, head);
    },
    responseLines: (head) => (cors ? corsLines(cors, originOf(cors, head)) : ""),
  };
}

function sourceCheck(sources: IngressPolicy["sources"]): (address: string) => boolean {
  if (!sources || sources.blocks.length === 0) return () => true;
  const list = new BlockList();
  for (const block of sources.blocks) {
    const [network = "", length = "32"] = block.split("/");
    list.addSubnet(network, Number(length), "ipv4");
  }
  return (address) => list.check(address, isIPv4(address) ? "ipv4" : "ipv6") === (sources.action === "allow");
}

function preflight(cors: CorsPolicy, head: RequestHead): IngressAnswer | undefined {
  if (head.method !== "OPTIONS" || headerOf(head, "access-control-request-method") === undefined) return undefined;
  const origin = originOf(cors, head);
  if (origin === undefined) return undefined;
  const { allowedMethods, allowedHeaders, maxAgeSeconds } = cors;
  const lines = [
    ...(allowedMethods.length > 0 ? [`access-control-allow-methods: ${allowedMethods.join(",")}`] : []),
    ...(allowedHeaders.length > 0 ? [`access-control-allow-headers: ${allowedHeaders.join(",")}`] : []),
    ...(maxAgeSeconds === undefined ? [] : [`access-control-max-age: ${maxAgeSeconds}`]),
  ];
  return { status: 200, text: "", lines: `${originLines(cors, origin)}${lines.map((line) => `${line}\r\n`).join("")}` };
}

function corsLines(cors: CorsPolicy, origin: string | undefined): string {
  if (origin === undefined) return "";
  const exposed = cors.exposeHeaders.join(",");
  return `${originLines(cors, origin)}${exposed === "" ? "" : `access-control-expose-headers: ${exposed}\r\n`}`;
}

function originLines({ allowCredentials }: CorsPolicy, origin: string): string {
  const credentials = allowCredentials ? "access-control-allow-credentials: true\r\n" : "";
  return `access-control-allow-origin: ${origin}\r\n${credentials}`;
}

/** The request's origin, when it may call. */
function originOf({ allowedOrigins }: CorsPolicy, head: RequestHead): string | undefined {
  const origin = headerOf(head, "origin");
  if (origin === undefined) return undefined;
  return allowedOrigins.some((allowed) => allowed === "*" || allowed === origin) ? origin : undefined;
}

export function headerOf({ lines }: RequestHead, wanted: string): string | undefined {
  let found: string | undefined;
  takeLines(lines, nameTable([wanted]), (name, value) => {
    if (name === wanted) found ??= value;
    return false;
  });
  return found;
}
