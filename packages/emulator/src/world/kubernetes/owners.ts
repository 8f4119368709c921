import type { KubeObject } from "../objects.ts";
import { sameJson } from "./json.ts";

/** Each owner once; who names one twice is told so (apiserver: endpoints/handlers/create.go). */
export function withOwnersOnce(object: KubeObject, warn: (text: string) => void): KubeObject {
  const { ownerReferences: owners = [] } = object.metadata;
  const uids = owners.map(({ uid }) => uid);
  const twice = [...new Set(uids.filter((uid, index) => uids.indexOf(uid) < index))];
  if (twice.length === 0) return object;
  warn(
    `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${twice.join(", ")}`,
  );
  const ownerReferences = owners.filter(
    (owner, index) => owners.findIndex((other) => sameJson(owner, other)) === index,
  );
  return { ...object, metadata: { ...object.metadata, ownerReferences } };
}
