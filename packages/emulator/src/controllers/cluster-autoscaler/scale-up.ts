import type { Random } from "@fairway/kernel";
import type { AgentPool } from "../../world/container-service/state.ts";
import { obtainableMachines } from "../../world/container-service/vcpu-quota.ts";
import { createMachine, deleteMachine } from "../agent-pool-machine.ts";
import { conditionOf } from "../kubernetes/conditions.ts";
import { involved, pods } from "../kubernetes/kinds.ts";
import type { NodeLoad } from "../kubernetes/node-load.ts";
import { podsOnNode } from "../kubernetes/pod-lookup.ts";
import type { Pod } from "../kubernetes/pod-types.ts";
import { isActive } from "../kubernetes/pods.ts";
import { type AutoscalerContext, isRunning } from "./context.ts";
import { chooseGrowth, type Growable, growthOptions, pack } from "./growth.ts";
import { templateLoad } from "./template-node.ts";

/** Pause after a pool could not grow: doubled each time up to the longest, forgotten after a while (autoscaler FAQ). */
const backOffSeconds = { first: 300, longest: 1_800, forgottenAfter: 10_800 };
/** Pods below this are meant to fill what is free, and order nothing (autoscaler FAQ). */
const lowestPriority = -10;

interface BackOff {
  readonly untilMs: number;
  readonly seconds: number;
}

/** Orders machines for pods that found no room. */
export class ScaleUp {
  readonly #context: AutoscalerContext;
  readonly #random: Random;
  readonly #backOffs = new Map<string, BackOff>();

  constructor(context: AutoscalerContext) {
    this.#context = context;
    this.#random = context.service.world.random.stream(`${context.cluster.cluster.name}/cluster-autoscaler`);
  }

  /** True when nodes were ordered, or are on their way: then none is taken away. */
  orderNodes(): boolean {
    const pending = this.#pending();
    if (pending.length === 0) return false;
    const existing = this.#context.loads();
    const waiting = this.#withoutUpcoming(pending, existing);
    if (waiting.length === 0) return true;
    const all = this.#growable();
    const growable = all.filter(({ pool }) => !this.#backsOff(pool));
    const options = growthOptions(waiting, existing, growable);
    const growth = chooseGrowth(options, this.#context.settings().expander, this.#random);
    const why = whyNot(all.length, growable.length);
    for (const pod of waiting) if (!growth?.pods.includes(pod)) this.#tell(pod, "NotTriggerScaleUp", why);
    return growth !== undefined && this.#grow(growth.pool, growth.nodes, growth.pods);
  }

  #pending(): Pod[] {
    const latestMs = this.#context.now() - this.#context.ms(this.#context.settings().newPodDelaySeconds);
    return podsOnNode(this.#context.cluster.cluster.store, "").filter((pod) => {
      const scheduled = conditionOf(pod.status?.conditions, "PodScheduled");
      const refused = scheduled?.status === "False" && scheduled.reason === "Unschedulable";
      const createdMs = Date.parse(pod.metadata.creationTimestamp ?? "");
      return refused && isActive(pod) && (pod.spec.priority ?? 0) >= lowestPriority && createdMs <= latestMs;
    });
  }

  /** What is left of the pods when those nodes have come that are on their way already. */
  #withoutUpcoming(waiting: readonly Pod[], existing: readonly NodeLoad[]): readonly Pod[] {
    let left = waiting;
    for (const pool of this.#context.cluster.pools.values()) {
      const room = pool.machines.filter((machine) => !isRunning(machine)).length;
      if (room > 0) left = pack(left, existing, { template: this.#templates(pool), room }).left;
    }
    return left;
  }

  #growable(): readonly Growable[] {
    return this.#context.pools().flatMap((pool) => {
      const room = Number(pool.properties["maxCount"]) - pool.properties.count;
      return room > 0 ? [{ pool, room, template: this.#templates(pool) }] : [];
    });
  }

  #templates(pool: AgentPool): (index: number) => NodeLoad {
    return (index) => templateLoad(this.#context.scope(pool), index);
  }

  #grow(pool: AgentPool, wanted: number, helped: readonly Pod[]): boolean {
    const { service, cluster } = this.#context;
    const count = Math.min(wanted, obtainableMachines(service, cluster, pool));
    if (count === 0) {
      this.#failed(pool, "the quota of its VM family is used up");
      return false;
    }
    const from = pool.properties.count;
    const text = `[{${groupOf(pool)} ${from}->${from + count} (max: ${String(pool.properties["maxCount"])})}]`;
    for (const pod of helped) this.#tell(pod, "TriggeredScaleUp", text);
    this.#context.trace("autoscaler.scaling-up", pool, { from, to: from + count });
    this.#context.changeCount(pool, count);
    for (let index = 0; index < count; index++) this.#order(pool);
    this.#context.quiet(this.#context.settings().afterAddSeconds);
    return true;
  }

  #order(pool: AgentPool): void {
    const wanted = { role: "member", version: pool.targetVersion, image: pool.targetImage } as const;
    const scope = this.#context.scope(pool);
    const { machine } = createMachine(scope, wanted, (result) => {
      if (result.kind === "joined") {
        this.#context.trace("node.added", pool, { node: machine.name });
        return;
      }
      deleteMachine(scope, machine);
      this.#context.changeCount(pool, -1);
      const why = result.kind === "refused" ? result.error.message : `${machine.name} did not become ready in time`;
      this.#failed(pool, why);
    });
  }

  #failed(pool: AgentPool, why: string): void {
    const now = this.#context.now();
    const before = this.#backOffs.get(pool.name);
    const { first, longest, forgottenAfter } = backOffSeconds;
    const isRecent = before && now - before.untilMs < this.#context.ms(forgottenAfter);
    const seconds = isRecent ? Math.min(longest, before.seconds * 2) : first;
    this.#backOffs.set(pool.name, { untilMs: now + this.#context.ms(seconds), seconds });
    this.#context.quiet(this.#context.settings().afterFailureSeconds);
    this.#context.trace("autoscaler.scale-up-failed", pool, { why, backOffSeconds: seconds });
    this.#context.cluster.cluster.recordEvent({
      type: "Warning",
      reason: "FailedToScaleUpGroup",
      message: `Scale-up failed for group ${groupOf(pool)}: ${why}`,
      source: "cluster-autoscaler",
      involved: { apiVersion: "v1", kind: "ConfigMap", name: "cluster-autoscaler-status", namespace: "kube-system" },
    });
  }

  #backsOff(pool: AgentPool): boolean {
    return (this.#backOffs.get(pool.name)?.untilMs ?? 0) > this.#context.now();
  }

  #tell(pod: Pod, reason: "TriggeredScaleUp" | "NotTriggerScaleUp", text: string): void {
    const what = reason === "TriggeredScaleUp" ? "pod triggered scale-up" : "pod didn't trigger scale-up";
    this.#context.cluster.cluster.recordEvent({
      type: "Normal",
      reason,
      message: `${what}: ${text}`,
      source: "cluster-autoscaler",
      involved: involved(pods, pod),
    });
  }
}

/** Of all pools that have room, and those of them that may be tried. */
function whyNot(all: number, tried: number): string {
  if (all === 0) return "1 max node group size reached";
  return tried === 0 ? "1 in backoff after failed scale-up" : `${tried} node(s) would not take it`;
}

/** As the autoscaler names it: the scale set behind the pool. */
function groupOf({ name, scaleSet }: AgentPool): string {
  return `aks-${name}-${scaleSet}-vmss`;
}
