import { parseQuantity } from "../../world/kubernetes/validation/quantities.ts";

/** Millicores of a CPU quantity (`500m`, `0.5`, 1); rounded up, as Kubernetes does. Unreadable: 0. */
export function cpuMillicores(quantity: string | number | undefined): number {
  return Math.max(0, Math.ceil((parseQuantity(quantity) ?? 0) * 1_000 - 1e-9));
}

/** Bytes of a memory quantity (`1Gi`, `512M`). Unreadable: 0. */
export function memoryBytes(quantity: string | number | undefined): number {
  return Math.max(0, Math.ceil((parseQuantity(quantity) ?? 0) - 1e-9));
}

/**
 * An integer, or a percentage of `total` rounded `up` or `down`. Unreadable: 0.
 * Source: apimachinery intstr.GetScaledValueFromIntOrPercent.
 */
export function scaledValue(value: number | string, total: number, round: "up" | "down"): number {
  if (typeof value === "number") return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  if (percent === undefined) return Number.isInteger(Number(value)) ? Number(value) : 0;
  const share = (Number(percent) * total) / 100;
  return round === "up" ? Math.ceil(share) : Math.floor(share);
}
