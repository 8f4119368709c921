import { setPodDefaults } from "../../world/kubernetes/defaults/pods.ts";
import { cloneJson } from "../../world/kubernetes/json.ts";
import { joinedName, safeAlphabet } from "../../world/kubernetes/names.ts";
import type { KubeObject, OwnerReference } from "../../world/objects.ts";
import { admittedPod } from "./admitted-pod.ts";
import type { ControlPlane } from "./control-plane.ts";
import { createObject, pods } from "./kinds.ts";
import type { Pod, PodTemplate } from "./pod-types.ts";

export interface PodOrder {
  readonly template: PodTemplate;
  readonly namespace: string | undefined;
  /** The whole name, or what a random end is put to (`web-`). */
  readonly name: string | { readonly prefix: string };
  /** Kept though the name is whole: what a StatefulSet says of its pods. */
  readonly generateName?: string;
  readonly owner: OwnerReference;
  readonly finalizers?: readonly string[];
}

/** How often nothing came of a drawn name. */
const failures = new WeakMap<ControlPlane, number>();

/** Creates a pod as a controller does. A sentence instead, when the API server would refuse it. */
export function createPod(plane: ControlPlane, order: PodOrder): Pod | string {
  const ordered = orderedPod(order, randomEnd(plane));
  const admitted = admittedPod(plane, ordered);
  const asked = { after: () => withPodDefaults(ordered), pattern: order.template };
  const created =
    typeof admitted === "string" ? undefined : createObject(plane.store, pods, admitted, undefined, asked);
  if (created) return created;
  failures.set(plane, failuresOf(plane) + 1);
  if (typeof admitted === "string") return admitted;
  const { name } = order;
  return typeof name === "string" ? `pods "${name}" already exists` : createPod(plane, order);
}

/** What the API server adds before it asks anybody counts as asked for. */
function withPodDefaults(pod: Pod): KubeObject {
  const draft = cloneJson(pod as unknown as KubeObject);
  setPodDefaults(draft);
  return draft;
}

function failuresOf(plane: ControlPlane): number {
  return failures.get(plane) ?? 0;
}

function orderedPod({ template, namespace, name, generateName, owner, finalizers }: PodOrder, end: string): Pod {
  const { labels, annotations } = template.metadata ?? {};
  return {
    apiVersion: pods.apiVersion,
    kind: pods.kind,
    metadata: {
      ...(typeof name === "string" ? { name } : { name: joinedName(name.prefix, end), generateName: name.prefix }),
      ...(generateName === undefined ? {} : { generateName }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ownerReferences: [owner],
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
    },
    spec: template.spec,
  };
}

/** Five characters, as the API server adds them to `generateName`: others at every attempt. */
function randomEnd(plane: ControlPlane): string {
  const stream = `${plane.clusterName}/pod-name/${plane.store.version}`;
  const tries = failuresOf(plane);
  const random = plane.world.random.stream(tries === 0 ? stream : `${stream}/${tries}`);
  return random.text(5, safeAlphabet);
}
