import { createServer } from "node:http";
import { wallMs } from "./wall.ts";

const [pauseMs = Number.NaN, periodMs = Number.NaN] = process.argv.slice(2).map(Number);

/**
 * Answers at once, except that every `periodMs` the whole process stands still for `pauseMs`. Prints its port, and after
 * each pause when that began and ended.
 */
const server = createServer({ keepAliveTimeout: 60_000 }, (_request, response) => response.end("0123456789abcdef"));
server.listen(0, "127.0.0.1", 2_048, () => {
  const address = server.address();
  if (typeof address === "object" && address) process.stdout.write(`${address.port}\n`);
});
pauseAt(wallMs() + periodMs);

function pauseAt(atMs: number): void {
  setTimeout(() => {
    const beginMs = wallMs();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, atMs + pauseMs - beginMs);
    process.stdout.write(`${JSON.stringify({ beginMs, endMs: wallMs() })}\n`);
    pauseAt(atMs + periodMs);
  }, atMs - wallMs());
}
