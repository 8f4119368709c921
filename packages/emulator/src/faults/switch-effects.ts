import type { TrafficSwitch } from "../world/traffic/switch.ts";
import type { Effect, EffectContext } from "./effect.ts";
import { FaultError } from "./parameters.ts";

/** Breaks the way to one endpoint of whatever is called so. Throws `FaultError`. */
export function disconnect(context: EffectContext, name: string, endpoint: string): Effect {
  const switches = switchesOf(context, name);
  const known = switches.flatMap((one) => one.endpointsOf(name) ?? []);
  if (!known.some((one) => one.toLowerCase() === endpoint.toLowerCase())) {
    const text = `${name} has no endpoint ${endpoint}.`;
    throw new FaultError("parameters.endpoint", text, `It has ${known.join(", ") || "none"}.`);
  }
  const set = (isReachable: boolean): void => {
    for (const one of switches) one.setReachable(name, endpoint, isReachable);
  };
  return {
    begin() {
      set(false);
      return () => set(true);
    },
  };
}

/** Those that have something of that name. Throws `FaultError` without any. */
export function switchesOf({ targets }: EffectContext, name: string): readonly TrafficSwitch[] {
  const all = targets.switches?.() ?? [];
  const found = all.filter((one) => one.endpointsOf(name) !== undefined);
  if (found.length > 0) return found;
  const kinds = all.map(({ what }) => what).join(" or ");
  throw new FaultError("parameters.profile", `There is no ${kinds} ${name}.`, "Create it first.");
}
