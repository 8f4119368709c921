import type { Framing } from "./body.ts";
import { areHeaderLines, dropLines, listMembers, nameTable, takeLines } from "./header-lines.ts";

export interface ResponseHead {
  readonly status: number;
  /** `200 OK`. */
  readonly statusText: string;
  readonly framing: Framing;
  /** The connection can carry another request after this response. */
  readonly keepAlive: boolean;
  /** Seconds that the server says it keeps an idle connection. */
  readonly keepAliveSeconds: number | undefined;
  readonly upgrade: string | undefined;
  /** Header lines for the client, with the statement of the body's length, without those that are for one hop. */
  readonly lines: string;
}

const statusLine = /^HTTP\/1\.([01]) (([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?)\r\n/;

const ownTable = nameTable([
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "upgrade",
  "proxy-connection",
  "proxy-authenticate",
  "x-emulator-revision",
]);

/** Reads the head of a response, up to and including the empty line. Undefined: malformed, or ambiguous about its length. */
export function parseResponseHead(text: string, toHead: boolean): ResponseHead | undefined {
  const line = statusLine.exec(text);
  if (!line) return undefined;
  const [all, minor, statusText = "", code] = line;
  const block = text.slice(all.length, -2);
  if (!areHeaderLines(block)) return undefined;
  const fields = readFields(block);
  const status = Number(code);
  const framing = framingOf(status, toHead, fields);
  if (framing === undefined) return undefined;
  const options = fields.connection === "" ? [] : listMembers(fields.connection);
  const named = options.filter((option) => option !== "keep-alive" && option !== "close" && option !== "upgrade");
  return {
    status,
    statusText,
    framing,
    keepAlive: minor === "1" && !options.includes("close") && framing.kind !== "until-close",
    keepAliveSeconds: fields.keepAliveSeconds,
    upgrade: fields.upgrade,
    lines: named.length > 0 ? dropLines(fields.lines, named) : fields.lines,
  };
}

interface Fields {
  lines: string;
  contentLength: string | undefined;
  transferEncoding: string | undefined;
  connection: string;
  keepAliveSeconds: number | undefined;
  upgrade: string | undefined;
}

function readFields(block: string): Fields {
  const fields: Fields = {
    lines: "",
    contentLength: undefined,
    transferEncoding: undefined,
    connection: "",
    keepAliveSeconds: undefined,
    upgrade: undefined,
  };
  fields.lines = takeLines(block, ownTable, (name, value) => {
    switch (name) {
      case "content-length":
        // A second one makes it no number, and so malformed.
        fields.contentLength = fields.contentLength === undefined ? value : `${fields.contentLength},${value}`;
        return false;
      case "transfer-encoding":
        fields.transferEncoding = fields.transferEncoding === undefined ? value : `${fields.transferEncoding},${value}`;
        return false;
      case "connection":
        fields.connection += `,${value}`;
        return true;
      case "keep-alive":
        fields.keepAliveSeconds = secondsOf(value);
        return true;
      case "upgrade":
        fields.upgrade = value;
        return true;
      case "proxy-connection":
      case "proxy-authenticate":
      case "x-emulator-revision":
        return true;
      default:
        return false;
    }
  });
  return fields;
}

function secondsOf(keepAlive: string): number | undefined {
  const seconds = /(?:^|[,\s])timeout=(\d{1,9})/i.exec(keepAlive)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

/** RFC 9112 §6.3. Undefined: two statements of the length, or one that nobody can read. */
function framingOf(status: number, toHead: boolean, fields: Fields): Framing | undefined {
  const { contentLength, transferEncoding } = fields;
  if (contentLength !== undefined && (transferEncoding !== undefined || !/^\d{1,15}$/.test(contentLength))) {
    return undefined;
  }
  if (transferEncoding !== undefined && transferEncoding.toLowerCase() !== "chunked") return undefined;
  if (toHead || status < 200 || status === 204 || status === 304) return { kind: "none" };
  if (transferEncoding !== undefined) return { kind: "chunked" };
  return contentLength === undefined ? { kind: "until-close" } : { kind: "length", bytes: Number(contentLength) };
}
