import type { Distribution, MixturePart } from "./distribution.ts";

/** How far to trust it. A: documented, or measured often; B: measured a few times, older or inferred; C: reported by others; D: assumed. */
export type Confidence = "A" | "B" | "C" | "D";

interface Known {
  /** Where it comes from: a public page, a recording, an activity log. */
  readonly source: string;
  readonly confidence: Confidence;
}

/** How long something takes. */
export interface Duration extends Known {
  readonly distribution: Distribution;
  /** It is the platform's and divided by the time scale. What belongs to the running app never is. */
  readonly scaled: boolean;
}

/** How often something goes wrong. */
export interface Chance extends Known {
  readonly distribution: { readonly kind: "chance"; readonly probability: number };
}

export function ofPlatform(distribution: Distribution, confidence: Confidence, source: string): Duration {
  return { distribution, confidence, source, scaled: true };
}

export function ofApp(distribution: Distribution, confidence: Confidence, source: string): Duration {
  return { distribution, confidence, source, scaled: false };
}

export function chance(probability: number, confidence: Confidence, source: string): Chance {
  return { distribution: { kind: "chance", probability }, confidence, source };
}

export function fixed(seconds: number): Distribution {
  return { kind: "fixed", seconds };
}

export function uniform(fromSeconds: number, toSeconds: number): Distribution {
  return { kind: "uniform", fromSeconds, toSeconds };
}

export function lognormal(medianSeconds: number, p95Seconds: number): Distribution {
  return { kind: "lognormal", medianSeconds, p95Seconds };
}

/** Mostly `body`, and `count` of `samples` times the slow `tail`. */
export function withTail(body: Distribution, tail: Distribution, count: number, samples: number): Distribution {
  const parts: readonly MixturePart[] = [
    { weight: (samples - count) / samples, distribution: body },
    { weight: count / samples, distribution: tail },
  ];
  return { kind: "mixture", parts };
}

/** Times of long-running operations in the HTTP recordings of the public test suite of the Azure CLI's extensions. */
export function recorded(operation: string, samples: number, more = ""): string {
  const text = `recordings of the Azure CLI extensions' test suite, 2022 to 2025: ${operation}, ${samples} ${samples === 1 ? "sample" : "samples"}`;
  return more === "" ? text : `${text}; ${more}`;
}
