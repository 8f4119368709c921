import { conditionOf } from "./conditions.ts";
import { keyOf } from "./kinds.ts";
import type { Pod } from "./pod-types.ts";
import type { Service } from "./types.ts";

export const triggerTimeAnnotation = "endpoints.kubernetes.io/last-change-trigger-time";

interface Seen {
  readonly service: string;
  /** By name of the pod. */
  readonly pods: ReadonlyMap<string, string>;
}

/** Which change of a pod or a service made its endpoints change. Source: k8s.io/endpointslice, trigger_time_tracker.go. */
export class EndpointTriggerTimes {
  readonly #seen = new Map<string, Seen>();

  /** The earliest change since the last call for the service; undefined when nothing did. */
  next(service: Service, pods: readonly Pod[]): string | undefined {
    const key = keyOf(service);
    const before = this.#seen.get(key);
    const created = service.metadata.creationTimestamp ?? "";
    const times = new Map<string, string>();
    let earliest = before && created > before.service ? created : undefined;
    for (const { metadata, status } of pods) {
      const at = conditionOf(status?.conditions, "Ready")?.lastTransitionTime;
      if (!at) continue;
      times.set(metadata.name, at);
      const isNew = at > (before?.pods.get(metadata.name) ?? "");
      if (isNew && (earliest === undefined || at < earliest)) earliest = at;
    }
    this.#seen.set(key, { service: created, pods: times });
    return before ? earliest : created;
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }
}

/** The annotations of what is written now. */
export function withTriggerTime(
  annotations: Readonly<Record<string, string>> | undefined,
  time: string | undefined,
): { annotations?: Record<string, string> } {
  const { [triggerTimeAnnotation]: _, ...others } = annotations ?? {};
  const next = time === undefined ? others : { ...others, [triggerTimeAnnotation]: time };
  return Object.keys(next).length > 0 ? { annotations: next } : {};
}
