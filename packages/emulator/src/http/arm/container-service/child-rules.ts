import type { ClusterChild } from "../../../world/container-service/cluster-children.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import type { RequestBody } from "../../../world/container-service/request-body.ts";
import type { ManagedCluster } from "../../../world/container-service/state.ts";

export interface ChildScope {
  readonly service: ContainerService;
  readonly cluster: ManagedCluster;
  readonly name: string;
  readonly existing: ClusterChild | undefined;
}

export interface ChildRules {
  /** Whether a write goes on for a while, with an operation. */
  readonly slow: boolean;
  /** What a new one shows until then. */
  readonly creating: "Creating" | "Updating";
  /** A PUT on one that is there is answered like that of a new one, 201. */
  readonly alwaysCreated?: true;
  readonly hasETag: boolean;
  /** Tracked: with a location and tags. */
  readonly hasLocation: boolean;
  /** What a PUT makes of it, read-only fields filled in. Throws `ArmError`. */
  properties(scope: ChildScope, sent: RequestBody): Record<string, unknown>;
  made?(scope: ChildScope, child: ClusterChild): void;
  gone?(scope: ChildScope, child: ClusterChild): void;
}
