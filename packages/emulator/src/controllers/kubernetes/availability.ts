import type { Availability } from "../../world/cluster.ts";

/** Available from the start. Listeners are told in the order in which they came, inside the call that changes it. */
export function createAvailability(): Availability {
  const listeners = new Set<(available: boolean) => void>();
  let current = true;
  return {
    get available() {
      return current;
    },
    set(available) {
      if (available === current) return;
      current = available;
      for (const listener of listeners) listener(available);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
