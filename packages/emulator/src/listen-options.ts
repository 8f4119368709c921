import { createHmac } from "node:crypto";
import { isIP } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import type { AzureOptions } from "./azure.ts";

const shortestToken = 16;

/** Throws when the emulator would listen for others than this machine without a token that they must know. */
export function checkListening({ host = "127.0.0.1", token }: Pick<AzureOptions, "host" | "token">): void {
  if (token !== undefined && token.length < shortestToken) {
    throw new Error(`The token must have at least ${shortestToken} characters.`);
  }
  if (!isLoopback(host) && token === undefined) {
    throw new Error(`Listening on ${host} needs a token: others than this machine could call.`);
  }
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** What the server certificate must name beside loopback, so that clients elsewhere trust it. */
export function certificateNames(host: string): {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
} {
  if (isLoopback(host)) return { names: [], addresses: [] };
  if (isIP(host) === 0) return { names: [host], addresses: [] };
  if (host !== "0.0.0.0" && host !== "::") return { names: [], addresses: [host] };
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return {
    names: [hostname()],
    addresses: [host, ...own.map(({ address }) => address).filter((one) => !one.includes("%"))],
  };
}

/**
 * Secrets are drawn from the seed, so that a run can be repeated. Whoever knows the seed knows them: with a token they
 * are made from it instead.
 */
export function secretFrom(token: string | undefined, name: string, seeded: string): string {
  if (token === undefined) return seeded;
  return createHmac("sha256", token).update(name).digest("hex").slice(0, seeded.length);
}
