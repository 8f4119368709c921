import type { KubeObject } from "../../objects.ts";
import { isRecord, type JsonRecord, listAt, recordAt } from "../json.ts";

/**
 * A pod whose selectors of other pods have its own values of `matchLabelKeys` and `mismatchLabelKeys` in them. Source:
 * kubernetes/kubernetes pkg/registry/core/pod/strategy.go.
 */
export function withLabelKeys(pod: KubeObject): KubeObject {
  const labels = pod.metadata.labels ?? {};
  const spec = recordAt(pod, "spec");
  const affinity = recordAt(spec, "affinity");
  const spread = listAt(spec, "topologySpreadConstraints");
  if (!JSON.stringify([affinity, spread]).includes("atchLabelKeys")) return pod;
  const sides = ["podAffinity", "podAntiAffinity"].flatMap((side) =>
    isRecord(affinity[side]) ? [[side, withTerms(affinity[side], labels)] as const] : [],
  );
  const constraints = spread.map((one) => withKeys(recordAt(one), labels));
  return {
    ...pod,
    spec: {
      ...spec,
      ...(sides.length > 0 ? { affinity: { ...affinity, ...Object.fromEntries(sides) } } : {}),
      ...(constraints.length > 0 ? { topologySpreadConstraints: constraints } : {}),
    },
  };
}

function withTerms(side: JsonRecord, labels: Labels): JsonRecord {
  const required = listAt(side, "requiredDuringSchedulingIgnoredDuringExecution");
  const preferred = listAt(side, "preferredDuringSchedulingIgnoredDuringExecution").map((one) => recordAt(one));
  return {
    ...side,
    ...(required.length > 0
      ? { requiredDuringSchedulingIgnoredDuringExecution: required.map((one) => withKeys(recordAt(one), labels)) }
      : {}),
    ...(preferred.length > 0
      ? {
          preferredDuringSchedulingIgnoredDuringExecution: preferred.map((one) => ({
            ...one,
            podAffinityTerm: withKeys(recordAt(one, "podAffinityTerm"), labels),
          })),
        }
      : {}),
  };
}

type Labels = Readonly<Record<string, string>>;

/** A selector that is missing matches nothing, whatever the keys. */
function withKeys(term: JsonRecord, labels: Labels): JsonRecord {
  const { labelSelector } = term;
  if (!isRecord(labelSelector)) return term;
  const expressions = (member: string, operator: string): JsonRecord[] =>
    listAt(term, member).flatMap((key) => {
      const value = typeof key === "string" ? labels[key] : undefined;
      return value === undefined ? [] : [{ key, operator, values: [value] }];
    });
  const added = [...expressions("matchLabelKeys", "In"), ...expressions("mismatchLabelKeys", "NotIn")];
  if (added.length === 0) return term;
  const known = listAt(labelSelector, "matchExpressions");
  return { ...term, labelSelector: { ...labelSelector, matchExpressions: [...known, ...added] } };
}
