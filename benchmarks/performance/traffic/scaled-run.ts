import type { ServiceSpec, TrafficModel, TrafficModelOptions } from "@fairway/lab";
import { Autoscaler, loopMs } from "./autoscaler.ts";

export type CreateModel = (options: TrafficModelOptions) => TrafficModel;

export interface Outcome {
  readonly meanReplicas: number;
  readonly scaleEvents: number;
  readonly arrivals: number;
  readonly served: number;
  readonly late: number;
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
  /** Of the model and the autoscalers, from the making of the model on. */
  readonly cpuSeconds: number;
}

export interface ScaledRun {
  readonly create: CreateModel;
  readonly model: TrafficModelOptions;
  readonly hours: number;
  readonly scaling: { readonly replicas: number; readonly replicasMin: number };
  /** What else happens, after each loop of the autoscalers. */
  readonly incidents?: (model: TrafficModel, autoscalers: readonly Autoscaler[]) => void;
}

/** A model with an autoscaler for each service, which run each 15 s. */
export function runScaled({ create, model: options, hours, scaling, incidents }: ScaledRun): Outcome {
  const before = process.cpuUsage();
  const model = create(options);
  const autoscalers = options.services.map((service) => autoscalerOf(model, service, scaling));
  const loops = (hours * 3_600_000) / loopMs;
  let replicaLoops = 0;
  for (let loop = 1; loop <= loops; loop++) {
    model.advanceTo(loop * loopMs);
    incidents?.(model, autoscalers);
    for (const autoscaler of autoscalers) {
      autoscaler.run();
      replicaLoops += autoscaler.replicas;
    }
  }
  const { arrivals, served, late, failed, failures } = model.counters();
  const { user, system } = process.cpuUsage(before);
  const scaleEvents = autoscalers.reduce((sum, one) => sum + one.scaleEvents, 0);
  const meanReplicas = replicaLoops / loops;
  return { meanReplicas, scaleEvents, arrivals, served, late, failed, failures, cpuSeconds: (user + system) / 1e6 };
}

function autoscalerOf(
  model: TrafficModel,
  { name, concurrency }: ServiceSpec,
  { replicas, replicasMin }: ScaledRun["scaling"],
): Autoscaler {
  return new Autoscaler(model, { service: name, concurrency, replicas, replicasMin });
}
