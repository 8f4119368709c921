import type { Switcher, SwitcherReference } from "@fairway/core";
import type { ConnectOptions } from "./connect.ts";
import { defaultCredential } from "./default-credential.ts";
import { fencedClient } from "./fenced-client.ts";
import { parseSwitcherAddress } from "./switcher-address.ts";
import { systemClock } from "./system-clock.ts";

/**
 * What moves traffic between clusters: a Traffic Manager profile at `tm://SUBSCRIPTION/GROUP/PROFILE`, an origin group of Front
 * Door at `afd://SUBSCRIPTION/GROUP/PROFILE/ORIGIN-GROUP`, or a pool of backends of API Management at
 * `apim://SUBSCRIPTION/GROUP/SERVICE/BACKEND`. Its library is loaded only now. Rejects with `target-invalid` or
 * `target-not-found`, and as `connect` does.
 */
export async function connectSwitcher(
  { address, routes }: SwitcherReference,
  options: Omit<ConnectOptions, "kubeconfig" | "pollMs"> = {},
): Promise<Switcher> {
  const { place, canonical } = parseSwitcherAddress(address);
  const { openSwitcher } = await import("@fairway/switchers");
  const httpClient = await fencedClient(options);
  return await openSwitcher(place, {
    address: canonical,
    routes,
    credential: options.credential ?? (await defaultCredential()),
    clock: options.clock ?? systemClock,
    arm: { ...options.arm, ...(httpClient ? { httpClient } : {}) },
  });
}
