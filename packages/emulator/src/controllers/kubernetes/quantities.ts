const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** Millicores of a CPU quantity (`500m`, `0.5`, 1); rounded up, as Kubernetes does. Unreadable: 0. */
export function cpuMillicores(quantity: string | number | undefined): number {
  return Math.max(0, Math.ceil(quantityOf(quantity) * 1_000 - 1e-9));
}

/** Bytes of a memory quantity (`1Gi`, `512M`). Unreadable: 0. */
export function memoryBytes(quantity: string | number | undefined): number {
  return Math.max(0, Math.ceil(quantityOf(quantity) - 1e-9));
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

function quantityOf(quantity: string | number | undefined): number {
  if (typeof quantity === "number") return quantity;
  const parts = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(quantity ?? "");
  return parts ? Number(parts[1]) * (suffixes[parts[2] ?? ""] ?? 0) : 0;
}
