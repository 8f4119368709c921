import type { TrafficWeights } from "@fairway/model";

/** Whether two divisions of traffic are the same; who is not named has 0. */
export function isSameSplit(a: TrafficWeights, b: TrafficWeights): boolean {
  return [...Object.keys(a), ...Object.keys(b)].every((name) => (a[name] ?? 0) === (b[name] ?? 0));
}

/** `prod-1 90 %, prod-2 10 %`: targets by the last part of their address. */
export function splitText(weights: TrafficWeights): string {
  const shares = Object.entries(weights).filter(([, weight]) => weight > 0);
  return shares.map(([name, weight]) => `${name.split("/").at(-1)} ${weight} %`).join(", ") || "nobody anything";
}
