import type { Clock } from "@fairway/core";
import { isStatus, kubernetesError, retryAfterMs } from "./kubernetes-errors.ts";

export interface Requests {
  /** Sends, converts errors, and repeats what the API server was too busy for (429). */
  send<T>(subject: string, request: () => Promise<T>): Promise<T>;
  /** The same; undefined when what was asked for is not there (404). */
  sendUnlessMissing<T>(subject: string, request: () => Promise<T>): Promise<T | undefined>;
}

const throttledRetries = 5;

export function createRequests(server: string, clock: Clock): Requests {
  async function send<T>(subject: string, request: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await request();
      } catch (thrown) {
        const waitMs = attempt > throttledRetries ? undefined : retryAfterMs(thrown);
        if (waitMs === undefined) throw kubernetesError(thrown, { subject, server });
        await clock.sleep(waitMs);
      }
    }
  }
  return {
    send,
    sendUnlessMissing: (subject, request) =>
      send(subject, () =>
        request().catch((thrown: unknown) => {
          if (isStatus(thrown, 404)) return undefined;
          throw thrown;
        }),
      ),
  };
}
