import type { KubeObject, ObjectMeta } from "../objects.ts";
import { timestamp } from "../store.ts";
import type { Call } from "./call.ts";
import { isRecord, type JsonRecord, listAt, recordAt, textAt } from "./json.ts";
import { hasStatus, type ResourceType } from "./resource-type.ts";
import { keepsMetadata } from "./strategy.ts";

/** What of the sent object the called (sub)resource may change; the rest stays as it is. */
export function changeablePart(call: Call, current: KubeObject, sent: KubeObject): KubeObject {
  switch (call.subresource) {
    case "status":
      return withStatusOnly(call.type, current, sent);
    case "approval":
      return withConditionsOnly(current, sent, timestamp(call.cluster.world.clock.now()));
    case "ephemeralcontainers":
      return withSpec(current, sent, { ephemeralContainers: recordAt(sent, "spec")["ephemeralContainers"] });
    case "resize":
      return withSpec(current, sent, resizedContainers(current, sent));
    default:
      return withoutStatus(call.type, current, sent);
  }
}

/** The status, and of the metadata what the kind lets a status update change (pkg/registry: statusStrategy). */
function withStatusOnly(type: ResourceType, current: KubeObject, sent: KubeObject): KubeObject {
  const { managedFields, labels: _labels, ...metadataSent } = sent.metadata;
  const { labels } = current.metadata;
  const metadata: ObjectMeta = keepsMetadata(type)
    ? { ...current.metadata, ...(managedFields ? { managedFields } : {}) }
    : type.kind === "Deployment"
      ? { ...metadataSent, ...(labels ? { labels } : {}), ...(managedFields ? { managedFields } : {}) }
      : sent.metadata;
  const { status: _, ...rest } = current;
  const base = { ...rest, apiVersion: current.apiVersion, kind: current.kind, metadata };
  if (type.kind === "Pod") return { ...base, status: podStatus(current, sent) };
  return sent["status"] === undefined ? base : { ...base, status: sent["status"] };
}

/** Its phase and its class it always has (registry/core/pod: podStatusStrategy). */
function podStatus(current: KubeObject, sent: KubeObject): JsonRecord {
  const qosClass = textAt(current, "status", "qosClass");
  return { phase: "Pending", ...recordAt(sent, "status"), ...(qosClass ? { qosClass } : {}) };
}

function withoutStatus(type: ResourceType, current: KubeObject, sent: KubeObject): KubeObject {
  if (!hasStatus(type)) return sent;
  const { status: _, ...rest } = sent;
  const base = { ...rest, apiVersion: sent.apiVersion, kind: sent.kind, metadata: sent.metadata };
  return current["status"] === undefined ? base : { ...base, status: current["status"] };
}

/** The approval of a certificate request: its conditions, with the times that they lack. */
function withConditionsOnly(current: KubeObject, sent: KubeObject, now: string): KubeObject {
  const before = listAt(current, "status", "conditions");
  const conditions = listAt(sent, "status", "conditions")
    .filter(isRecord)
    .map((condition) => {
      const same = before.find(
        (one) => textAt(one, "type") === condition["type"] && textAt(one, "status") === condition["status"],
      );
      const since = textAt(same, "lastTransitionTime") ?? now;
      return {
        ...condition,
        lastUpdateTime: condition["lastUpdateTime"] ?? now,
        lastTransitionTime: condition["lastTransitionTime"] ?? since,
      };
    });
  const status = { ...recordAt(current, "status"), ...(conditions.length > 0 ? { conditions } : {}) };
  return { ...current, metadata: sent.metadata, status };
}

/** Labels and annotations of the pod stay. */
function withSpec(current: KubeObject, sent: KubeObject, spec: JsonRecord): KubeObject {
  const { managedFields, resourceVersion, uid } = sent.metadata;
  const metadata = {
    ...current.metadata,
    ...(managedFields ? { managedFields } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
    ...(uid ? { uid } : {}),
  };
  const next = Object.entries({ ...recordAt(current, "spec"), ...spec }).filter(([, value]) => value !== undefined);
  return { ...current, metadata, spec: Object.fromEntries(next) };
}

/** registry/core/pod: only what the pod and its containers ask for, and when it takes a restart. */
function resizedContainers(current: KubeObject, sent: KubeObject): JsonRecord {
  const members = ["containers", "initContainers"];
  const countsDiffer = members.some(
    (member) => listAt(sent, "spec", member).length !== listAt(current, "spec", member).length,
  );
  // What is not a resize is refused later.
  if (countsDiffer) return recordAt(sent, "spec");
  const resized = members.flatMap((member) =>
    recordAt(current, "spec")[member] === undefined ? [] : [[member, resizedList(current, sent, member)] as const],
  );
  return { ...Object.fromEntries(resized), resources: recordAt(sent, "spec")["resources"] };
}

function resizedList(current: KubeObject, sent: KubeObject, member: string): readonly unknown[] {
  const after = listAt(sent, "spec", member);
  const before = listAt(current, "spec", member).filter(isRecord);
  if (before.some((container, index) => container["name"] !== textAt(after[index], "name"))) return after;
  return before.map((container, index) => {
    const { resources, resizePolicy } = recordAt(after[index]);
    const { resources: _resources, resizePolicy: _policy, ...others } = container;
    return {
      ...others,
      ...(resources === undefined ? {} : { resources }),
      ...(resizePolicy === undefined ? {} : { resizePolicy }),
    };
  });
}
