import { flatRate, type RateCurve, steppedRate } from "./rate.ts";

export const traceNames = ["flat", "daily", "17-may"] as const;
export type TraceName = (typeof traceNames)[number];

export interface TraceOptions {
  readonly name: TraceName;
  /** Requests of a day. Default 2.5 million. */
  readonly perDay?: number;
  /** Hour of the day at which the model starts: 10.5 is half past ten. Default 0. */
  readonly startHour?: number;
}

/** A day that everybody can start from without a file of their own. It comes again the next day. */
export function builtInTrace({ name, perDay = 2_500_000, startHour = 0 }: TraceOptions): RateCurve {
  switch (name) {
    case "flat":
      return flatRate(perDay / 86_400);
    case "daily":
      return dayOf("daily", perDay, startHour, dailyShape);
    case "17-may":
      return dayOf("17 May", perDay, startHour, nationalDayShape);
    default:
      throw new Error(`There is no trace ${String(name satisfies never)}: ${traceNames.join(", ")}.`);
  }
}

/** By hour of the day: people sleep, shop at noon and pay each other in the evening. Made up, the sum does not matter. */
const dailyShape = [8, 4, 3, 2, 2, 4, 12, 28, 45, 55, 62, 72, 80, 74, 68, 70, 78, 84, 80, 72, 60, 46, 30, 16];

/** "Most of them between 11 and 12": 55 % of the day in that hour, the rest around it. */
const nationalDayShape = [2, 1, 1, 1, 1, 2, 4, 12, 30, 70, 160, 1_100, 210, 110, 80, 60, 45, 35, 25, 18, 14, 10, 6, 3];

/** The hours' shares, a new rate each minute that leads from the middle of one hour to that of the next. */
function dayOf(name: string, perDay: number, startHour: number, shape: readonly number[]): RateCurve {
  const weights = Array.from({ length: minutesOfDay }, (_, minute) =>
    weightAt(shape, (minute + startHour * 60) % minutesOfDay),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const points = weights.map((weight, minute) => ({
    atMs: minute * 60_000,
    perSecond: ((weight / sum) * perDay) / 60,
  }));
  return steppedRate(name, points, 86_400_000);
}

const minutesOfDay = 1_440;

/** Flat within the hour but for ten minutes at either end, in which one hour's rate becomes the other's. */
function weightAt(shape: readonly number[], minute: number): number {
  const at = (hour: number): number => shape[(hour + 24) % 24] ?? 0;
  const hour = Math.floor(minute / 60);
  const inHour = (minute % 60) + 0.5;
  const here = at(hour);
  if (inHour < blendMinutes) return here + (at(hour - 1) - here) * 0.5 * (1 - inHour / blendMinutes);
  if (inHour > 60 - blendMinutes) return here + (at(hour + 1) - here) * 0.5 * (1 - (60 - inHour) / blendMinutes);
  return here;
}

const blendMinutes = 10;
