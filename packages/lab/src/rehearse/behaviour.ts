import type { ClusterFacts } from "@fairway/sdk";
import type { VirtualWorldOptions } from "../virtual/world.ts";
import { imageOf, readinessPath } from "./manifests.ts";

type Behaviour = NonNullable<VirtualWorldOptions["behaviour"]>;

interface Observed {
  /** Of each pod that was seen to start. */
  readonly startSeconds: number[];
  pods: number;
  /** Not ready when the snapshot was taken. */
  ill: number;
}

/**
 * How containers of the snapshot behave in the model. They take as long to start as their pods were seen to; where so many of
 * a workload's pods were not ready, so many of each round are not, and a replacement is no better than what it replaces.
 */
export function behaviourOf({ pods }: ClusterFacts): Behaviour {
  const observed = new Map<string, Observed>();
  for (const pod of pods) {
    const image = imageOf(pod, 0);
    const known = observed.get(image) ?? { startSeconds: [], pods: 0, ill: 0 };
    known.pods += 1;
    if (!pod.isReady) known.ill += 1;
    if (pod.startSeconds !== undefined) known.startSeconds.push(pod.startSeconds);
    observed.set(image, known);
  }
  const started = new Map<string, number>();
  return ({ image }) => {
    const known = observed.get(image);
    if (!known) return {};
    const number = started.get(image) ?? 0;
    started.set(image, number + 1);
    const seconds = known.startSeconds.toSorted((a, b) => a - b)[Math.floor(known.startSeconds.length / 2)];
    const isIll = number % known.pods < known.ill;
    return {
      ...(seconds === undefined ? {} : { listenAfterMs: seconds * 1_000 }),
      ...(isIll ? { answers: ({ path }) => path !== readinessPath } : {}),
    };
  };
}
