import type { RequestReplica } from "./replica.ts";
import type { RequestService } from "./service.ts";

/** One request of a client on its way. */
export interface Request {
  readonly hops: readonly RequestService[];
  /** Of the hop at which it is, and the try there. */
  position: number;
  attempt: number;
  isLate: boolean;
  place: Place | undefined;
  /** Ticket of the event that ends its patience. */
  timeout: number | undefined;
}

type Place =
  | { readonly kind: "waiting"; readonly sinceMs: number }
  | { readonly kind: "served"; readonly replica: RequestReplica; readonly ticket: number };
