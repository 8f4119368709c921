/** More pods than this under one object: its controller takes their changes together. */
const fewPods = 100;
/** kube-controller-manager writes at most 20 times a second by default (--kube-api-qps). */
const writePeriodMs = 50;

/** How long a controller leaves an object alone between two writes that each of so many pods can cause. */
export function restMsFor(podCount: number): number {
  return podCount > fewPods ? writePeriodMs : 0;
}
