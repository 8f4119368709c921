import type { NotEquivalent } from "./plan.ts";

/** The description asks for it and this target does nothing about it. */
export function ignored(path: string, message: string): NotEquivalent {
  return { path, effect: "ignored", message };
}

/** The target does it in another way, which the message tells. */
export function approximated(path: string, message: string): NotEquivalent {
  return { path, effect: "approximated", message };
}
