import type { Address } from "../../world/ports.ts";
import { sameJson } from "../../world/same-json.ts";

/** Where the pods of a cluster can really be reached: a pod IP exists only on paper. */
export interface PodAddresses {
  /** The last known address of a pod's port; stays while its container is down, as a pod IP does. */
  find(podUid: string, port: number): Address | undefined;
  set(podUid: string, ports: PodPorts): void;
  forget(podUid: string): void;
  /** Calls `listener` when a pod's container came up under another address. */
  onMove(listener: (podUid: string) => void): void;
}

/** Address by container port. `any` answers for ports that nobody declared, when only one container can be meant. */
export interface PodPorts {
  readonly declared: ReadonlyMap<number, Address>;
  readonly any: Address | undefined;
}

export function createPodAddresses(): PodAddresses {
  const known = new Map<string, PodPorts>();
  const listeners = new Set<(podUid: string) => void>();
  return {
    find: (podUid, port) => known.get(podUid)?.declared.get(port) ?? known.get(podUid)?.any,
    set(podUid, ports) {
      const before = known.get(podUid);
      known.set(podUid, ports);
      if (before === undefined || isSame(before, ports)) return;
      for (const listener of listeners) listener(podUid);
    },
    forget: (podUid) => void known.delete(podUid),
    onMove: (listener) => void listeners.add(listener),
  };
}

function isSame(a: PodPorts, b: PodPorts): boolean {
  if (a.declared.size !== b.declared.size || !sameJson(a.any, b.any)) return false;
  for (const [port, address] of a.declared) if (!sameJson(address, b.declared.get(port))) return false;
  return true;
}
