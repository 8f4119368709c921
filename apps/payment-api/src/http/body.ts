import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { Problem } from "./problem.ts";

const bodyBytesMax = 64 * 1024;
/** A longer body is read to its end so that the client sees the answer, but not without end. */
const discardedBytesMax = 32 * 1024 * 1024;

/**
 * The request's JSON body. Used in place of `express.json()`, which buffers nothing better, knows encodings that this
 * API refuses, and waits for the end of a body of any size. Throws a `Problem` with 400, 413 or 415.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  refuseOtherMediaTypes(request);
  const body = await readBody(request);
  try {
    return JSON.parse(decode(body));
  } catch {
    throw new Problem("malformed-json", "The body could not be parsed as JSON in UTF-8.");
  }
}

function refuseOtherMediaTypes(request: IncomingMessage): void {
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type))
    throw new Problem("unsupported-media-type", "Send the payment as application/json in UTF-8.");
  if ((request.headers["content-encoding"] ?? "identity").toLowerCase() !== "identity")
    throw new Problem("unsupported-media-type", "Send the payment without a content encoding.");
}

function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let lengthBytes = 0;
    request.on("data", (chunk: Buffer) => {
      lengthBytes += chunk.length;
      if (lengthBytes <= bodyBytesMax) chunks.push(chunk);
      else if (lengthBytes > discardedBytesMax) reject(tooLarge({ connection: "close" }));
    });
    request.on("end", () => {
      if (lengthBytes > bodyBytesMax) reject(tooLarge({}));
      else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    });
    request.on("error", () => reject(new Problem("malformed-request", "The body could not be read.")));
    // Also comes after the end: then it is too late to reject, and a Problem would be made for nothing.
    request.on("close", () => {
      if (!request.complete) reject(new Problem("malformed-request", "The body ended before it was complete."));
    });
  });
}

function tooLarge(headers: Readonly<Record<string, string>>): Problem {
  return new Problem("body-too-large", `A body may have at most ${bodyBytesMax} bytes.`, { headers });
}

function decode(body: Buffer): string {
  if (!isUtf8(body)) throw new TypeError("not UTF-8");
  return body.toString("utf8");
}
