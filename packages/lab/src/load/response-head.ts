/** What one answer said, as far as a load generator cares. */
export interface ResponseHead {
  readonly status: number;
  readonly isKeptAlive: boolean;
  /** Value of `x-emulator-revision`, "" without one. */
  readonly revision: string;
  /** A number is the length of the body in bytes. */
  readonly body: number | "chunked" | "until-close";
}

/**
 * Reads a head; `end` is where its empty line begins. This runs for every answer: it goes over the bytes once and makes
 * strings only of the few headers that matter. Throws when it is not HTTP/1.
 */
export function readHead(bytes: Buffer, end: number): ResponseHead {
  const status = statusOf(bytes);
  let isKeptAlive = bytes[7] !== digitZero;
  let revision = "";
  let body: ResponseHead["body"] = "until-close";
  let lineEnd = positionOf(lineFeed, bytes, 0);
  while (lineEnd < end) {
    const start = lineEnd + 1;
    const nameEnd = positionOf(colon, bytes, start);
    lineEnd = positionOf(lineFeed, bytes, nameEnd);
    if (isNamed("content-length", bytes, start, nameEnd)) {
      if (body !== "chunked") body = lengthOf(valueOf(bytes, nameEnd, lineEnd));
    } else if (isNamed("transfer-encoding", bytes, start, nameEnd)) {
      if (/chunked$/i.test(valueOf(bytes, nameEnd, lineEnd))) body = "chunked";
    } else if (isNamed("connection", bytes, start, nameEnd)) {
      if (/close/i.test(valueOf(bytes, nameEnd, lineEnd))) isKeptAlive = false;
    } else if (isNamed("x-emulator-revision", bytes, start, nameEnd)) {
      revision = valueOf(bytes, nameEnd, lineEnd);
    }
  }
  if (status < 200 || status === 204 || status === 304) body = 0;
  return { status, isKeptAlive: isKeptAlive && body !== "until-close", revision, body };
}

const [lineFeed, space, digitZero, colon] = [10, 32, 48, 58] as const;

/** Of `HTTP/1.1 200`. */
function statusOf(bytes: Buffer): number {
  let status = 0;
  for (let at = 9; at < 12; at += 1) status = 10 * status + ((bytes[at] ?? 0) - digitZero);
  const isHttp = isNamed("http/1.", bytes, 0, 7) && bytes[8] === space;
  if (!isHttp || status < 100 || status > 999) throw new Error("The answer is not HTTP/1.");
  return status;
}

function positionOf(byte: number, bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== byte) at += 1;
  return at;
}

/** `name` is in lower case. */
function isNamed(name: string, bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== name.length) return false;
  for (let index = 0; index < name.length; index += 1) {
    const byte = bytes[start + index] ?? 0;
    const lower = byte >= 65 && byte <= 90 ? byte + 32 : byte;
    if (lower !== name.charCodeAt(index)) return false;
  }
  return true;
}

function valueOf(bytes: Buffer, nameEnd: number, lineEnd: number): string {
  return bytes.toString("latin1", nameEnd + 1, lineEnd).trim();
}

function lengthOf(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new Error("The length of the answer is not a number.");
  return Number(value);
}
