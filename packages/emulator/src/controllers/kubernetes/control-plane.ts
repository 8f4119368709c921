import type { Availability, ClusterEvent } from "../../world/cluster.ts";
import type { ObjectStore, StoreEvent } from "../../world/store.ts";
import type { World } from "../../world/world.ts";
import type { Kind } from "./kinds.ts";
import type { PodReviews } from "./pod-reviews.ts";

/** What every controller of one cluster is given. */
export interface ControlPlane {
  readonly world: World;
  readonly clusterName: string;
  readonly domain: string;
  readonly store: ObjectStore;
  readonly apiServer: Availability;
  kubernetesVersion(): string;
  readonly podReviews: PodReviews;
  recordEvent(event: ClusterEvent): void;
  /**
   * A queue of keys without doubles. `reconcile` is called from the scheduler, only while the API server is available;
   * what is added meanwhile waits. A reconcile that throws is tried again after a growing pause, or once webhooks have
   * answered. `restMs` is asked after
   * each reconcile: for so long its key is left alone, and what changes meanwhile is taken together. Default 0.
   */
  queue(name: string, reconcile: (key: string) => void, restMs?: (key: string) => number): WorkQueue;
  /** Calls `listener` for each change of objects of one kind; `previous` is undefined for new ones. */
  watch<T>(kind: Kind<T>, listener: (change: Change<T>) => void): void;
  /** Runs once the cluster is closed. */
  onClose(run: () => void): void;
}

export interface Change<T> {
  readonly type: StoreEvent["type"];
  readonly object: T;
  readonly previous: T | undefined;
}

export interface WorkQueue {
  add(key: string): void;
  /** An earlier time replaces a later one for the same key. */
  addAt(key: string, timeMs: number): void;
  /** What was tried for the key was refused: again after a pause that doubles from try to try, until one is not. */
  retry(key: string): void;
}
