import type { Estimated } from "../statistics/interval.ts";

/** `3.2 (1.1–7.9)`. */
export function withInterval({ value, low, high }: Estimated): string {
  return `${short(value)} (${short(low)}–${short(high)})`;
}

/** `12 % (8–17)`. */
export function shareWithInterval({ value, low, high }: Estimated): string {
  return `${percent(value)} % (${percent(low)}–${percent(high)})`;
}

/** Three digits are enough to compare, and four pretend. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(2)));
}

function percent(share: number): string {
  return short(share * 100);
}

export function minutes(value: number): string {
  return value < 120 ? `${short(value)} min` : `${short(value / 60)} h`;
}
