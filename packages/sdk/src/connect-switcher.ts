import type { Switcher, SwitcherReference } from "@fairway/core";
import { invalidAddress, type Part, readParts, resourceGroup, subscription } from "./address-parts.ts";
import type { ConnectOptions } from "./connect.ts";
import { defaultCredential } from "./default-credential.ts";
import { systemClock } from "./system-clock.ts";

const forms = "tm://SUBSCRIPTION/GROUP/PROFILE";

/**
 * What moves traffic between clusters: a Traffic Manager profile at `tm://SUBSCRIPTION/GROUP/PROFILE`. Its library is
 * loaded only now. Rejects with `target-invalid` or `target-not-found`, and as `connect` does.
 */
export async function connectSwitcher(
  { address, routes }: SwitcherReference,
  options: Omit<ConnectOptions, "kubeconfig" | "pollMs"> = {},
): Promise<Switcher> {
  const { subscriptionId, group, name } = parseSwitcherAddress(address);
  const { createTrafficManager } = await import("@fairway/switchers");
  const { transport, arm } = options;
  return await createTrafficManager({
    address: `tm://${subscriptionId}/${group}/${name}`,
    subscriptionId,
    resourceGroup: group,
    profile: name,
    routes,
    credential: options.credential ?? (await defaultCredential()),
    clock: options.clock ?? systemClock,
    arm: { ...arm, ...(transport ? { httpClient: transport.arm } : {}) },
  });
}

function parseSwitcherAddress(address: string): { subscriptionId: string; group: string; name: string } {
  const [, scheme, rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(address.trim()) ?? [];
  if (scheme?.toLowerCase() !== "tm") {
    throw invalidAddress(`"${address}" is no switcher: one starts with tm://.`, "scheme", forms);
  }
  const [subscriptionId, group, name] = readParts([subscription, resourceGroup, profile], rest, address, forms);
  return { subscriptionId, group, name };
}

const profile: Part = {
  name: "profile",
  form: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/i,
  rule: "must be the name of a Traffic Manager profile: 1-63 letters, digits and '-'",
};
