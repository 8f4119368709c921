import type { PendingOwners } from "./ownership.ts";

/** Kubernetes objects as they travel: plain JSON. Only what the world itself reads is typed; the rest is carried. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  /** Nobody sets it any more; what clients send is dropped. */
  selfLink?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: unknown[];
  /** Only in a store: what `managedFields` are still to be made of. */
  pendingOwners?: PendingOwners;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Group and plural resource name, as in URLs: `{ group: "apps", resource: "deployments" }`; the core group is "". */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}
