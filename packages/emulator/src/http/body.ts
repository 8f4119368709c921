import type { IncomingMessage } from "node:http";

/** What is read and thrown away after a refusal, so that the client can take the answer before the connection ends. */
const discardedBytes = 16 * 1024 * 1024;

export type BodyRead = { readonly kind: "read"; readonly bytes: Buffer } | { readonly kind: "too-large" };

/** The body, or `too-large` when it passes the limit. Rejects when the client goes away in the middle. */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<BodyRead> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limitBytes) chunks.push(chunk);
      else if (bytes > limitBytes + discardedBytes) request.destroy();
      else resolve({ kind: "too-large" });
    });
    request.on("end", () => resolve({ kind: "read", bytes: Buffer.concat(chunks) }));
    request.on("error", reject);
    request.on("close", () => reject(new Error("the client went away")));
  });
}
