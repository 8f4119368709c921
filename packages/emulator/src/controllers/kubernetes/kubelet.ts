import type { ControlPlane } from "./control-plane.ts";
import { deleteObject, fromKey, getObject, keyOf, pods, updateObject } from "./kinds.ts";
import { hostIp, type Machine, nextPodIp } from "./machines.ts";
import type { PodAddresses } from "./pod-addresses.ts";
import { podsOnNode } from "./pod-lookup.ts";
import { createPodRunner, type PodRunner, type RunningContainer } from "./pod-runner.ts";
import { podStatus } from "./pod-status.ts";
import type { Pod } from "./pod-types.ts";
import { graceSeconds, isFinished, isTerminating } from "./pods.ts";

export interface Kubelets {
  /** The node has joined: it runs what is bound to it. */
  wake(node: string): void;
  /** The machine stops dead: replicas are killed, nothing is reported any more. */
  kill(node: string): void;
  /** What runs of a pod on a node that answers; empty when nothing does. */
  containersOf(namespace: string, pod: string): readonly RunningContainer[];
}

/** Longer than any route needs to learn that a pod is gone. */
const addressKeptMs = 60_000;

interface Running {
  readonly node: string;
  readonly runner: PodRunner;
  /** The pod as it was after the last report; undefined once there is more to say. */
  reported: Pod | undefined;
}

/**
 * The kubelets of a cluster. Containers go on while the API server is away; what they have to report waits for it, and
 * so do orders for them.
 */
export function startKubelets(
  plane: ControlPlane,
  addresses: PodAddresses,
  machineOf: (node: string) => Machine | undefined,
): Kubelets {
  const running = new RunningPods();
  const queue = plane.queue("kubelet", reconcile);
  plane.watch(pods, ({ object, type }) => {
    if (type === "DELETED") plane.world.clock.after(addressKeptMs, () => addresses.forget(object.metadata.uid ?? ""));
    if (object.spec.nodeName !== undefined || type === "DELETED") queue.add(keyOf(object));
  });

  function reconcile(key: string): void {
    const { namespace, name } = fromKey(key);
    const pod = getObject(plane.store, pods, namespace, name);
    const current = running.get(key);
    if (current && current.runner.uid !== pod?.metadata.uid) drop(key, current);
    if (pod) reconcilePod(key, pod);
  }

  function reconcilePod(key: string, pod: Pod): void {
    const machine = pod.spec.nodeName === undefined ? undefined : machineOf(pod.spec.nodeName);
    if (machine?.state.kind !== "joined") return;
    // Its own report.
    if (running.get(key)?.reported === pod) return;
    const current = running.get(key) ?? (canStart(pod) ? start(key, pod, machine) : undefined);
    if (current && isTerminating(pod)) current.runner.terminate(graceOf(pod));
    if (current) report(plane, pod, current);
    if (isTerminating(pod) && (current?.runner.ended ?? true)) finish(key, pod);
  }

  function start(key: string, pod: Pod, machine: Machine): Running {
    const { uid = "" } = pod.metadata;
    const resumes = machine.running.delete(uid);
    const runner = createPodRunner({
      plane,
      pod,
      resumes,
      podIp: (resumes ? pod.status?.podIP : undefined) ?? nextPodIp(machine),
      hostIp: hostIp(machine),
      kubeletVersion: machine.spec.kubeletVersion,
      images: machine.images,
      onChange() {
        addresses.set(uid, runner.ports());
        entry.reported = undefined;
        queue.add(key);
      },
    });
    const entry: Running = { node: machine.spec.name, runner, reported: undefined };
    running.set(key, entry);
    if (resumes) addresses.set(uid, runner.ports());
    return entry;
  }

  function finish(key: string, pod: Pod): void {
    running.delete(key);
    if ((pod.metadata.finalizers ?? []).length === 0) deleteObject(plane.store, pods, pod);
  }

  /** Deleted without grace, or replaced under the same name. */
  function drop(key: string, { runner }: Running): void {
    running.delete(key);
    runner.abandon();
  }

  function wake(node: string): void {
    for (const pod of podsOnNode(plane.store, node)) queue.add(keyOf(pod));
  }

  function kill(node: string): void {
    for (const [key, entry] of running.onNode(node)) drop(key, entry);
  }

  return { wake, kill, containersOf: (namespace, pod) => running.get(`${namespace}/${pod}`)?.runner.running() ?? [] };
}

/** By key of the pod. */
class RunningPods {
  readonly #byNode = new Map<string, Map<string, Running>>();
  readonly #nodes = new Map<string, string>();

  get(key: string): Running | undefined {
    return this.#byNode.get(this.#nodes.get(key) ?? "")?.get(key);
  }

  set(key: string, entry: Running): void {
    const onNode = this.#byNode.get(entry.node) ?? new Map<string, Running>();
    this.#byNode.set(entry.node, onNode.set(key, entry));
    this.#nodes.set(key, entry.node);
  }

  delete(key: string): void {
    const node = this.#nodes.get(key) ?? "";
    const onNode = this.#byNode.get(node);
    onNode?.delete(key);
    if (onNode?.size === 0) this.#byNode.delete(node);
    this.#nodes.delete(key);
  }

  onNode(node: string): Iterable<readonly [string, Running]> {
    return this.#byNode.get(node) ?? [];
  }
}

function report({ store }: ControlPlane, pod: Pod, entry: Running): void {
  const view = entry.runner.view();
  entry.reported = updateObject(store, pods, pod, (current) => ({ ...current, status: podStatus(current, view) }));
}

function canStart(pod: Pod): boolean {
  return !isTerminating(pod) && !isFinished(pod);
}

function graceOf(pod: Pod): number {
  return pod.metadata.deletionGracePeriodSeconds ?? graceSeconds(pod);
}
