import type { Timer } from "@fairway/kernel";
import type { NodeSpec } from "../../world/cluster.ts";

/** The machine behind a node, as far as the cluster is concerned. */
export interface Machine {
  spec: NodeSpec;
  /** Third part of its pod addresses and last part of its own. */
  readonly index: number;
  /** Pods get addresses in order; none is used twice before 250 others. */
  podCount: number;
  /** Names of the images that have been fetched to it. */
  readonly images: Set<string>;
  /** Pods of a saved state that go on running, by uid, until the kubelet has seen them. */
  readonly running: Set<string>;
  state: MachineState;
}

export type MachineState =
  /** Boots; its kubelet joins when the timer runs out (never, without one). */
  | { readonly kind: "joining"; readonly timer: Timer | undefined }
  | { readonly kind: "joined"; readonly atMs: number }
  | { readonly kind: "lost"; readonly joinedAtMs: number; readonly lostAtMs: number };

export function hostIp({ index }: Machine): string {
  return `10.224.${Math.floor(index / 250)}.${(index % 250) + 4}`;
}

export function podCidr({ index }: Machine): string {
  return `10.244.${index % 256}.0/24`;
}

export function nextPodIp(machine: Machine): string {
  machine.podCount += 1;
  return `10.244.${machine.index % 256}.${(machine.podCount % 250) + 4}`;
}
