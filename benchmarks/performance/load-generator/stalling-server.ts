import { createServer } from "node:http";

export const pauseMs = 500;
export const periodMs = 2_500;

if (process.argv[2] === "serve") serve();

/** Answers at once, except that every `periodMs` the whole process stands still for `pauseMs`. Prints its port. */
function serve(): void {
  const server = createServer({ keepAliveTimeout: 60_000 }, (_request, response) => response.end("0123456789abcdef"));
  server.listen(0, "127.0.0.1", 2_048, () => {
    const address = server.address();
    if (typeof address === "object" && address) process.stdout.write(`${address.port}\n`);
  });
  const startedAtMs = performance.now();
  pauseFrom(startedAtMs + periodMs, startedAtMs);
}

function pauseFrom(atMs: number, nowMs: number): void {
  setTimeout(() => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, atMs + pauseMs - performance.now());
    pauseFrom(atMs + periodMs, performance.now());
  }, atMs - nowMs);
}
