import type { KubeObject } from "../../../objects.ts";
import { isRecord, type JsonRecord, listAt, recordAt } from "../../json.ts";
import { parseQuantity } from "../quantities.ts";

/** kubernetes: pkg/apis/core/helper/qos. */
export function qosClassOf(pod: KubeObject): string {
  const ofPod = recordAt(pod, "spec", "resources");
  const asked = hasAny(ofPod)
    ? [ofPod]
    : [...listAt(pod, "spec", "containers"), ...listAt(pod, "spec", "initContainers")].map((container) =>
        recordAt(container, "resources"),
      );
  const requests = sums(asked, "requests");
  const limits = sums(asked, "limits");
  if (requests.size === 0 && limits.size === 0) return "BestEffort";
  const isLimited = asked.every((one) => sums([one], "limits").size === counted.length);
  const isEqual = [...requests].every(([name, amount]) => limits.get(name) === amount);
  return isLimited && isEqual && requests.size === limits.size ? "Guaranteed" : "Burstable";
}

const counted = ["cpu", "memory"];

function hasAny(resources: JsonRecord): boolean {
  return ["requests", "limits"].some((side) => Object.keys(recordAt(resources, side)).length > 0);
}

function sums(asked: readonly JsonRecord[], side: string): ReadonlyMap<string, number> {
  const all = new Map<string, number>();
  for (const resources of asked) {
    const amounts = resources[side];
    if (!isRecord(amounts)) continue;
    for (const name of counted) {
      const amount = parseQuantity(amounts[name]) ?? 0;
      if (amount > 0) all.set(name, (all.get(name) ?? 0) + amount);
    }
  }
  return all;
}
