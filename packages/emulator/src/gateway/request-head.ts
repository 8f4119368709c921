import { METHODS } from "node:http";
import type { Framing } from "./body.ts";
import { areHeaderLines, dropLines, listMembers, nameTable, takeLines } from "./header-lines.ts";

export interface RequestHead {
  readonly kind: "request";
  readonly method: string;
  /** In origin form, whatever form it came in; `host:port` for CONNECT. */
  readonly target: string;
  /** As sent, with its port. */
  readonly host: string;
  /** User of the Proxy-Authorization header: where short names are looked up first. */
  readonly scope: string | undefined;
  readonly isHttp10: boolean;
  readonly keepAlive: boolean;
  readonly framing: Framing;
  /** The client asks to go on with the WebSocket protocol. Other upgrades are not offered to anybody. */
  readonly isWebSocket: boolean;
  /** Header lines for the next hop, without those that we write ourselves. */
  readonly lines: string;
  /** X-Forwarded-For as it came, ready to be added to: empty or ending in a comma. */
  readonly forwardedFor: string;
}

export interface MalformedHead {
  readonly kind: "malformed";
  readonly status: 400 | 405 | 417 | 431;
  readonly reason: string;
}

/** The default of Container Apps' ingress (`headerCountLimit`). */
const headerCountMax = 100;

/** Those that Node's own parser knows: a replica that runs on Node would refuse any other. */
const methods = new Set(METHODS);

const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21\x22\x24-\x7e]+) HTTP\/1\.([01])\r\n/;
const hostValue = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const absoluteForm = /^http:\/\/([^/?]+)((?:[/?].*)?)$/i;

/**
 * Reads the head of a request, up to and including the empty line. Takes only what every parser reads in the same way,
 * a part of what RFC 9112 allows; all else is malformed. Nothing is passed on as it came: the next hop gets a new head
 * written from these parts, with one statement of the body's length.
 */
export function parseRequestHead(text: string): RequestHead | MalformedHead {
  const line = requestLine.exec(text);
  if (!line) return malformed("the request line is not understood");
  const [all, method = "", target = "", minor] = line;
  if (!methods.has(method)) return malformed("the method is not known");
  const block = text.slice(all.length, -2);
  if (!areHeaderLines(block)) return malformed("a header line is not understood");
  const fields = readFields(block);
  if (typeof fields === "string") return malformed(fields);
  if (fields.count > headerCountMax) return { kind: "malformed", status: 431, reason: "too many headers" };
  const address = readTarget(method, target, fields.host);
  if (typeof address === "string") return malformed(address);
  if (method === "TRACE") return { kind: "malformed", status: 405, reason: "TRACE is not allowed" };
  if (fields.expect !== undefined && fields.expect.toLowerCase() !== "100-continue") {
    return { kind: "malformed", status: 417, reason: "only 100-continue can be expected" };
  }
  const isHttp10 = minor === "0";
  const framing = framingOf(fields, isHttp10);
  if (typeof framing === "string") return malformed(framing);
  return { kind: "request", method, ...address, isHttp10, framing, ...connectionOf(fields, isHttp10, framing) };
}

interface Fields {
  lines: string;
  count: number;
  host: string | undefined;
  contentLength: string | undefined;
  transferEncoding: string | undefined;
  connection: string;
  upgrade: string;
  expect: string | undefined;
  proxyAuthorization: string | undefined;
  forwardedFor: string;
}

const ownNames = [
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authorization",
  "upgrade",
  "te",
  "expect",
  "x-forwarded-client-cert",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
];
const ownTable = nameTable(ownNames);

/** A sentence says what is wrong. */
function readFields(block: string): Fields | string {
  const fields: Fields = {
    lines: "",
    count: 0,
    host: undefined,
    contentLength: undefined,
    transferEncoding: undefined,
    connection: "",
    upgrade: "",
    expect: undefined,
    proxyAuthorization: undefined,
    forwardedFor: "",
  };
  let problem: string | undefined;
  fields.lines = takeLines(block, ownTable, (name, value) => {
    switch (name) {
      case "host":
        if (fields.host !== undefined) problem = "more than one Host";
        fields.host = value;
        return true;
      case "content-length":
        if (fields.contentLength !== undefined) problem = "more than one Content-Length";
        fields.contentLength = value;
        return true;
      case "transfer-encoding":
        if (fields.transferEncoding !== undefined) problem = "more than one Transfer-Encoding";
        fields.transferEncoding = value;
        return true;
      case "connection":
        fields.connection += `,${value}`;
        return true;
      case "upgrade":
        fields.upgrade += value;
        return true;
      case "x-forwarded-for":
        fields.forwardedFor += `${value}, `;
        return true;
      case "proxy-authorization":
        fields.proxyAuthorization = value;
        return true;
      case "expect":
        fields.expect = value;
        return false;
      case "keep-alive":
      case "proxy-connection":
      case "te":
      case "x-forwarded-client-cert":
      case "x-forwarded-host":
      case "x-forwarded-proto":
        return true;
      default:
        return false;
    }
  });
  for (let at = block.indexOf("\r\n"); at >= 0; at = block.indexOf("\r\n", at + 2)) fields.count += 1;
  return problem ?? fields;
}

function readTarget(
  method: string,
  target: string,
  host: string | undefined,
): { target: string; host: string } | string {
  if (host === undefined || !hostValue.test(host)) return "a valid Host is missing";
  if (method === "CONNECT") return hostValue.test(target) ? { target, host: target } : "CONNECT wants host:port";
  if (target.startsWith("/")) return { target, host };
  if (target === "*") return method === "OPTIONS" ? { target, host } : "* is for OPTIONS";
  const absolute = absoluteForm.exec(target);
  if (!absolute) return "the request target is not understood";
  const [, authority = "", path = ""] = absolute;
  if (!hostValue.test(authority)) return "the request target is not understood";
  return { target: path.startsWith("/") ? path : `/${path}`, host: authority };
}

/** One statement of the length, or none; two are an attack (RFC 9112 §6.1, §11.2). */
function framingOf(fields: Fields, isHttp10: boolean): Framing | string {
  const { contentLength, transferEncoding } = fields;
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined) return "both Content-Length and Transfer-Encoding";
    if (isHttp10) return "Transfer-Encoding in HTTP/1.0";
    return transferEncoding.toLowerCase() === "chunked" ? { kind: "chunked" } : "Transfer-Encoding other than chunked";
  }
  if (contentLength === undefined) return { kind: "none" };
  return /^\d{1,15}$/.test(contentLength)
    ? { kind: "length", bytes: Number(contentLength) }
    : "Content-Length is not a number";
}

function connectionOf(fields: Fields, isHttp10: boolean, framing: Framing) {
  const { upgrade, forwardedFor, proxyAuthorization } = fields;
  const scope = proxyAuthorization === undefined ? undefined : scopeOf(proxyAuthorization);
  if (fields.connection === "") {
    return { keepAlive: !isHttp10, isWebSocket: false, scope, forwardedFor, lines: fields.lines };
  }
  const options = listMembers(fields.connection);
  const isWebSocket =
    options.includes("upgrade") && upgrade.toLowerCase() === "websocket" && framing.kind === "none" && !isHttp10;
  const keepAlive = isHttp10 ? options.includes("keep-alive") : !options.includes("close");
  const named = options.filter((option) => option !== "keep-alive" && option !== "close" && option !== "upgrade");
  const lines = named.length > 0 ? dropLines(fields.lines, named) : fields.lines;
  return { keepAlive, isWebSocket, scope, forwardedFor, lines };
}

/** `Basic base64(scope:anything)`; anything else has no scope. */
function scopeOf(proxyAuthorization: string): string | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=]+)$/i.exec(proxyAuthorization)?.[1];
  if (encoded === undefined) return undefined;
  const [user] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  return user === "" ? undefined : user?.toLowerCase();
}

function malformed(reason: string): MalformedHead {
  return { kind: "malformed", status: 400, reason };
}
