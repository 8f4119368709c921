import type { KubeObject } from "../objects.ts";
import type { ObjectStore } from "../store.ts";
import { numberAt, textAt } from "./json.ts";

const priorityClasses = { group: "scheduling.k8s.io", resource: "priorityclasses" };

export interface Priority {
  readonly priority: number;
  readonly preemptionPolicy: string;
  readonly priorityClassName?: string;
}

/**
 * The priority that a class gives a pod; without a name that of the global default. Undefined when there is no such
 * class. Source: kubernetes/kubernetes plugin/pkg/admission/priority.
 */
export function priorityOf(store: ObjectStore, className: string | undefined): Priority | undefined {
  if (className === undefined || className === "") {
    const found = store.list(priorityClasses).find((one) => one["globalDefault"] === true);
    return found ? prioritySettings(found) : { priority: 0, preemptionPolicy: "PreemptLowerPriority" };
  }
  const found = store.get(priorityClasses, undefined, className);
  return found && prioritySettings(found);
}

function prioritySettings(one: KubeObject): Priority {
  return {
    priority: numberAt(one, "value") ?? 0,
    preemptionPolicy: textAt(one, "preemptionPolicy") ?? "PreemptLowerPriority",
    priorityClassName: one.metadata.name,
  };
}
