import { priorityOf } from "../../world/kubernetes/priority.ts";
import type { OwnerReference } from "../../world/objects.ts";
import { admittedPod } from "./admitted-pod.ts";
import type { ControlPlane } from "./control-plane.ts";
import { createObject, pods } from "./kinds.ts";
import { newPod } from "./new-pod.ts";
import type { Pod, PodTemplate } from "./pod-types.ts";
import { safeAlphabet } from "./template-hash.ts";

export interface PodOrder {
  readonly template: PodTemplate;
  readonly namespace: string | undefined;
  /** The whole name, or what a random end is put to (`web-`). */
  readonly name: string | { readonly prefix: string };
  readonly owner: OwnerReference;
  readonly finalizers?: readonly string[];
}

/** Creates a pod as a controller does. A sentence instead, when the API server would refuse it. */
export function createPod(plane: ControlPlane, order: PodOrder, tries = 0): Pod | string {
  const { template, namespace, name, owner, finalizers } = order;
  const given = typeof name === "string" ? name : `${name.prefix}${randomEnd(plane, tries)}`;
  const pod = newPod(template, { name: given, ...(namespace === undefined ? {} : { namespace }) });
  const priority = priorityOf(plane.store, pod.spec.priorityClassName);
  if (!priority) {
    return `pods "${given}" is forbidden: no PriorityClass with name ${pod.spec.priorityClassName ?? ""} was found`;
  }
  const metadata = {
    ...pod.metadata,
    ...(typeof name === "string" ? {} : { generateName: name.prefix }),
    ownerReferences: [owner],
    ...(finalizers ? { finalizers: [...finalizers] } : {}),
  };
  const admitted = admittedPod(plane, { ...pod, metadata, spec: { ...pod.spec, ...priority } });
  if (typeof admitted === "string") return admitted;
  const created = createObject(plane.store, pods, admitted);
  if (created) return created;
  return typeof name === "string" ? `pods "${given}" already exists` : createPod(plane, order, tries + 1);
}

/** Five characters, as the API server adds them to `generateName`: others while the drawn ones are taken. */
function randomEnd(plane: ControlPlane, tries: number): string {
  const stream = `${plane.clusterName}/pod-name/${plane.store.version}`;
  const random = plane.world.random.stream(tries === 0 ? stream : `${stream}/${tries}`);
  return random.text(5, safeAlphabet);
}
