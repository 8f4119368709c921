import { timestamp } from "../../world/store.ts";
import type { AutoscalerStatus, HorizontalPodAutoscaler, MetricStatus } from "./autoscaler-types.ts";
import { withConditions } from "./conditions.ts";
import type { ControlPlane } from "./control-plane.ts";
import { autoscalers, involved, updateObject } from "./kinds.ts";
import type { Condition } from "./meta-types.ts";

/** What one look at an autoscaler finds out, in the order in which it is found; written once at its end. */
export class AutoscalerReport {
  readonly #plane: ControlPlane;
  readonly #autoscaler: HorizontalPodAutoscaler;
  readonly #conditions = new Map<string, Condition>();

  constructor(plane: ControlPlane, autoscaler: HorizontalPodAutoscaler) {
    this.#plane = plane;
    this.#autoscaler = autoscaler;
  }

  /** A later one of the same type replaces an earlier one. */
  set(type: "AbleToScale" | "ScalingActive" | "ScalingLimited", holds: boolean, reason: string, message: string): void {
    this.#conditions.set(type, { type, status: holds ? "True" : "False", reason, message });
  }

  event(type: "Normal" | "Warning", reason: string, message: string): void {
    const source = "horizontal-pod-autoscaler";
    this.#plane.recordEvent({ type, reason, message, source, involved: involved(autoscalers, this.#autoscaler) });
  }

  /** `undefined` of a number leaves it as it was. */
  write(change: {
    currentReplicas?: number;
    desiredReplicas?: number;
    currentMetrics?: MetricStatus[] | null;
    rescaled?: boolean;
  }): void {
    const now = timestamp(this.#plane.world.clock.now());
    const { rescaled, ...numbers } = change;
    updateObject(this.#plane.store, autoscalers, this.#autoscaler, (current) => {
      const { currentReplicas, desiredReplicas, ...before }: AutoscalerStatus = current.status ?? {};
      const replicas = numbers.currentReplicas ?? currentReplicas ?? 0;
      return {
        ...current,
        status: {
          ...before,
          ...(replicas === 0 ? {} : { currentReplicas: replicas }),
          desiredReplicas: numbers.desiredReplicas ?? desiredReplicas ?? 0,
          ...(rescaled ? { lastScaleTime: now } : {}),
          currentMetrics:
            numbers.currentMetrics === undefined ? (before.currentMetrics ?? null) : numbers.currentMetrics,
          conditions: withConditions(before.conditions, [...this.#conditions.values()], now),
        },
      };
    });
  }
}
