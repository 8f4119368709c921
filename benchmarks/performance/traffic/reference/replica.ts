import type { ReplicaState } from "@fairway/lab";
import type { RequestBackend } from "./backend.ts";
import type { Request } from "./request.ts";

/** A replica with the requests that it works on. */
export class RequestReplica {
  state: ReplicaState | "gone" = "gone";
  isRouted = false;
  warmFromMs = 0;
  /** Ticket of the event that makes the routes follow. */
  routing: number | undefined;
  readonly requests = new Set<Request>();
  readonly id: string;
  readonly backend: RequestBackend;

  constructor(id: string, backend: RequestBackend) {
    this.id = id;
    this.backend = backend;
  }

  get answers(): boolean {
    return this.state === "ready" || this.state === "unready" || this.state === "draining";
  }

  get isListed(): boolean {
    return this.state === "ready" || this.state === "lost";
  }
}
