import { selectorText } from "../../world/kubernetes/printing/cells.ts";
import { durationMs, platformMs } from "../../world/world.ts";
import { type Now, normalized, remember, type ScalingHistory } from "./autoscaler-behavior.ts";
import { type MetricSources, type Proposal, proposalOf } from "./autoscaler-metrics.ts";
import { AutoscalerReport } from "./autoscaler-status.ts";
import type { HorizontalPodAutoscaler, MetricStatus } from "./autoscaler-types.ts";
import type { ControlPlane } from "./control-plane.ts";
import {
  autoscalers,
  deployments,
  fromKey,
  getObject,
  keyOf,
  listObjects,
  pods,
  replicaSets,
  statefulSets,
} from "./kinds.ts";
import type { Pod } from "./pod-types.ts";
import { noScaleReason, type Scale, scaleOf } from "./scale-target.ts";
import { matchesSelector } from "./selectors.ts";
import type { ReplicaSet } from "./types.ts";

/** The horizontal pod autoscaler. Source: pkg/controller/podautoscaler/horizontal.go. */
export function startAutoscalers(plane: ControlPlane, sources: MetricSources): void {
  const { clock } = plane.world;
  const random = plane.world.random.stream(`${plane.clusterName}/autoscalers`);
  const startedAtMs = clock.now();
  const memories = new Map<string, ScalingHistory>();
  const queue = plane.queue("autoscaler", (key) => {
    const { namespace, name } = fromKey(key);
    const autoscaler = getObject(plane.store, autoscalers, namespace, name);
    if (!autoscaler) return void memories.delete(key);
    const sync = new Sync(plane, sources, autoscaler, memories.get(key));
    memories.set(key, sync.run());
    if (sync.again) atNextSync(key);
  });
  /** On the beat of the controller. */
  function atNextSync(key: string): void {
    const periodMs = durationMs(plane.world, "horizontalPodAutoscalers.sync", random);
    queue.addAt(key, startedAtMs + (Math.floor((clock.now() - startedAtMs) / periodMs) + 1) * periodMs);
  }
  plane.watch(autoscalers, ({ object }) => atNextSync(keyOf(object)));
  for (const kind of [deployments, replicaSets, statefulSets]) {
    plane.watch<{ metadata: ReplicaSet["metadata"]; spec: { replicas?: number } }>(kind, ({ object, previous }) => {
      if (previous && previous.spec.replicas === object.spec.replicas) return;
      for (const autoscaler of listObjects(plane.store, autoscalers, object.metadata.namespace ?? "")) {
        if (autoscaler.spec.scaleTargetRef.name === object.metadata.name) atNextSync(keyOf(autoscaler));
      }
    });
  }
}

/** One look at one autoscaler. */
class Sync {
  /** It has to be looked at again though nothing changes. */
  again = false;
  readonly #plane: ControlPlane;
  readonly #sources: MetricSources;
  readonly #autoscaler: HorizontalPodAutoscaler;
  readonly #report: AutoscalerReport;
  #history: ScalingHistory | undefined;

  constructor(
    plane: ControlPlane,
    sources: MetricSources,
    autoscaler: HorizontalPodAutoscaler,
    history: ScalingHistory | undefined,
  ) {
    this.#plane = plane;
    this.#sources = sources;
    this.#autoscaler = autoscaler;
    this.#history = history;
    this.#report = new AutoscalerReport(plane, autoscaler);
  }

  /** What is to be remembered for the next one. */
  run(): ScalingHistory {
    const { scaleTargetRef, minReplicas = 1, maxReplicas } = this.#autoscaler.spec;
    const scale = scaleOf(this.#plane.store, this.#autoscaler.metadata.namespace, scaleTargetRef);
    if (!scale) this.#noScale(noScaleReason(scaleTargetRef));
    else {
      this.#report.set(
        "AbleToScale",
        true,
        "SucceededGetScale",
        "the HPA controller was able to get the target's current scale",
      );
      this.#history ??= {
        recommendations: [{ atMs: this.#plane.world.clock.now(), replicas: scale.replicas }],
        changes: [],
      };
      const { replicas } = scale;
      if (replicas === 0) this.#disabled();
      else if (replicas > maxReplicas)
        this.#rescale(scale, maxReplicas, "Current number of replicas above Spec.MaxReplicas", null);
      else if (replicas < minReplicas)
        this.#rescale(scale, minReplicas, "Current number of replicas below Spec.MinReplicas", null);
      else this.#byMetrics(scale);
    }
    return this.#history ?? { recommendations: [], changes: [] };
  }

  #noScale(reason: string): void {
    this.#report.event("Warning", "FailedGetScale", reason);
    const message = `the HPA controller was unable to get the target's current scale: ${reason}`;
    this.#report.set("AbleToScale", false, "FailedGetScale", message);
    this.#report.write({});
  }

  #disabled(): void {
    const message = "scaling is disabled since the replica count of the target is zero";
    this.#report.set("ScalingActive", false, "ScalingDisabled", message);
    this.#report.write({ currentReplicas: 0, desiredReplicas: 0, currentMetrics: null });
  }

  #byMetrics(scale: Scale): void {
    const selected = this.#selectPods(scale);
    if (typeof selected === "string") return this.#failed(scale, null, selected);
    const { metrics = [] } = this.#autoscaler.spec;
    const question = {
      plane: this.#plane,
      sources: this.#sources,
      autoscaler: this.#autoscaler,
      scale,
      pods: selected,
    };
    const proposals = metrics.map((metric) => proposalOf(question, metric));
    this.again = metrics.some(({ type }) => type.endsWith("Resource")) || proposals.some(isProposal);
    for (const one of proposals) if (one.kind === "failed") this.#report.event("Warning", one.reason, one.message);
    const statuses = proposals.map((one): MetricStatus => (one.kind === "proposal" ? one.status : { type: "" }));
    const failures = proposals.filter((one) => one.kind === "failed");
    const best = proposals.filter(isProposal).reduce(higher, undefined);
    const [first] = failures;
    if (first && (!best || best.replicas < scale.replicas)) {
      const message = `the HPA was unable to compute the replica count: ${first.message}`;
      this.#report.set("ScalingActive", false, first.reason, message);
      const count = `invalid metrics (${failures.length} invalid out of ${metrics.length})`;
      return this.#failed(scale, statuses, `${count}, first error is: ${first.failure}`);
    }
    if (best) this.#follow(scale, best, statuses);
  }

  #failed({ replicas }: Scale, currentMetrics: MetricStatus[] | null, message: string): void {
    this.#report.write({ currentReplicas: replicas, currentMetrics });
    this.#report.event("Warning", "FailedComputeMetricsReplicas", message);
  }

  #follow(scale: Scale, best: Successful, statuses: MetricStatus[]): void {
    const { minReplicas = 1, maxReplicas, behavior } = this.#autoscaler.spec;
    const active = `the HPA was able to successfully calculate a replica count from ${best.name}`;
    this.#report.set("ScalingActive", true, "ValidMetricFound", active);
    const now = this.#now(scale);
    const history = this.#history ?? { recommendations: [], changes: [] };
    const next = normalized(behavior, history, best.replicas, { ...now, least: minReplicas, most: maxReplicas });
    this.#history = remember(history, best.replicas, now);
    this.#report.set("AbleToScale", true, next.able.reason, next.able.message);
    this.#report.set("ScalingLimited", next.limited, next.limit.reason, next.limit.message);
    const reason = rescaleReason(best, scale.replicas);
    if (next.replicas !== scale.replicas) return this.#rescale(scale, next.replicas, reason, statuses);
    this.#report.write({
      currentReplicas: scale.replicas,
      desiredReplicas: scale.replicas,
      currentMetrics: statuses,
    });
  }

  #rescale(scale: Scale, desired: number, reason: string, currentMetrics: MetricStatus[] | null): void {
    scale.set(desired);
    const message = `the HPA controller was able to update the target scale to ${desired}`;
    this.#report.set("AbleToScale", true, "SucceededRescale", message);
    this.#report.event("Normal", "SuccessfulRescale", `New size: ${desired}; reason: ${reason}`);
    const { recommendations = [], changes = [] } = this.#history ?? {};
    const change = { atMs: this.#plane.world.clock.now(), by: desired - scale.replicas };
    this.#history = { recommendations, changes: [...changes, change] };
    this.#report.write({
      currentReplicas: scale.replicas,
      desiredReplicas: desired,
      currentMetrics,
      rescaled: true,
    });
  }

  /** The pods that the target's selector finds; a sentence when another autoscaler has them too. */
  #selectPods({ selector }: Scale): readonly Pod[] | string {
    const { namespace = "" } = this.#autoscaler.metadata;
    const text = selectorText(selector);
    if (text === "<none>") {
      this.#report.event("Warning", "SelectorRequired", "selector is required");
      const message = "the HPA target's scale is missing a selector";
      this.#report.set("ScalingActive", false, "InvalidSelector", message);
      return "selector is required";
    }
    const selected = listObjects(this.#plane.store, pods, namespace).filter(({ metadata }) =>
      matchesSelector(selector, metadata.labels),
    );
    const rivals = listObjects(this.#plane.store, autoscalers, namespace).filter((other) =>
      this.#controls(other, selected),
    );
    if (rivals.length < 2) return selected;
    const names = rivals.map(keyOf).join(" ");
    const message = `pods by selector ${text} are controlled by multiple HPAs: [${names}]`;
    this.#report.event("Warning", "AmbiguousSelector", message);
    this.#report.set("ScalingActive", false, "AmbiguousSelector", message);
    return message;
  }

  #controls(other: HorizontalPodAutoscaler, selected: readonly Pod[]): boolean {
    const scale = scaleOf(this.#plane.store, other.metadata.namespace, other.spec.scaleTargetRef);
    return scale !== undefined && selected.some(({ metadata }) => matchesSelector(scale.selector, metadata.labels));
  }

  #now({ replicas }: Scale): Now {
    const { world } = this.#plane;
    return { atMs: world.clock.now(), current: replicas, secondMs: platformMs(world, 1) };
  }
}

type Successful = Extract<Proposal, { kind: "proposal" }>;

function isProposal(one: Proposal): one is Successful {
  return one.kind === "proposal";
}

function rescaleReason({ replicas, name }: Successful, current: number): string {
  if (replicas === current) return "";
  return replicas > current ? `${name} above target` : "All metrics below target";
}

/** The first of equal ones. */
function higher(best: Successful | undefined, one: Successful): Successful {
  return best && best.replicas >= one.replicas ? best : one;
}
