import { get } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { z } from "zod";
import { amountMax } from "./payment.ts";

/** What config-server says about this app. Needed once, at the start. */
export type Configuration = z.infer<typeof configurationSchema>;

const configurationSchema = z.object({
  revision: z.string(),
  settings: z.object({ amountMinorUnitsMax: z.int().min(1).max(amountMax) }),
});

const attemptTimeoutMs = 2_000;
const retryDelayMs = 250;

/** Asks until config-server answers with a valid configuration; rejects only when the signal aborts. */
export async function loadConfiguration(baseUrl: URL, log: Logger, signal: AbortSignal): Promise<Configuration> {
  const url = new URL("/config/payment-api", baseUrl);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetchConfiguration(url, signal);
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ attempt, reason: reasonOf(error) }, "config-server has no configuration yet");
    }
    await delay(retryDelayMs, undefined, { signal });
  }
}

/** Through `node:http` and not `fetch`: loading `fetch` costs a start more, and it tunnels through HTTP_PROXY. */
async function fetchConfiguration(url: URL, signal: AbortSignal): Promise<Configuration> {
  const answer = await request(url, AbortSignal.any([signal, AbortSignal.timeout(attemptTimeoutMs)]));
  if (answer.status !== 200) throw new Error(`HTTP ${answer.status}`);
  return configurationSchema.parse(JSON.parse(answer.body));
}

function request(url: URL, signal: AbortSignal): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    get(url, { signal }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    }).on("error", reject);
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
