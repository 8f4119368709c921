import type { ServerResponse } from "node:http";
import { setImmediate } from "node:timers";
import type { Scheduler } from "@fairway/kernel";
import type { OpenStream } from "../../world/kubernetes/request.ts";

/** What is written at a time: little enough that others are served in between. */
const pieceCharacters = 64 * 1024;
/** Who takes nothing for so long is dropped: kube-apiserver's --request-timeout. */
const stalledMs = 60_000;
/** A watcher that lets more than this pile up is dropped. */
const unreadLimitBytes = 4 * 1024 * 1024;

/** Writes what comes as fast as the client takes it, and no faster; `done` is called unless the client goes away. */
export function sendPieces(
  response: ServerResponse,
  clock: Scheduler,
  pieces: Iterable<string, undefined>,
  done: () => void,
): void {
  const iterator = pieces[Symbol.iterator]();
  function next(): void {
    if (response.destroyed || response.writableEnded) return;
    const piece = take(iterator);
    if (piece === "") return done();
    if (response.write(piece)) setImmediate(next);
    else whenDrained(response, clock, next);
  }
  next();
}

/** The next few pieces as one; "" at the end. */
function take(iterator: Iterator<string, undefined>): string {
  let text = "";
  while (text.length < pieceCharacters) {
    const next = iterator.next();
    if (next.done) break;
    text += next.value;
  }
  return text;
}

function whenDrained(response: ServerResponse, clock: Scheduler, next: () => void): void {
  const stalled = clock.after(stalledMs, () => response.destroy());
  const end = (): void => {
    stalled.cancel();
    response.off("drain", drained);
    response.off("close", end);
  };
  const drained = (): void => {
    end();
    next();
  };
  response.on("drain", drained);
  response.on("close", end);
}

/** Writes as the events come; ends with the stream, with the client, or when the client does not read. */
export function sendStream(response: ServerResponse, clock: Scheduler, open: OpenStream): void {
  let ended = false;
  let stop: (() => void) | undefined;
  /** What comes while the beginning is still being sent. */
  let waiting: string[] | undefined;
  let waitingCharacters = 0;
  function finish(): void {
    if (ended) return;
    ended = true;
    stop?.();
    response.end();
  }
  function write(chunk: string): void {
    if (ended) return;
    response.write(chunk);
    if (response.writableLength > unreadLimitBytes) response.destroy();
  }
  function wait(queue: string[], chunk: string): void {
    queue.push(chunk);
    waitingCharacters += chunk.length;
    if (waitingCharacters > unreadLimitBytes) response.destroy();
  }
  response.on("close", finish);
  response.on("error", finish);
  stop = open({
    begin(chunks) {
      const queue: string[] = [];
      waiting = queue;
      sendPieces(response, clock, chunks, () => {
        waiting = undefined;
        for (const chunk of queue) write(chunk);
      });
    },
    write: (chunk) => (waiting ? wait(waiting, chunk) : write(chunk)),
    end: finish,
  });
  if (ended) stop();
}
