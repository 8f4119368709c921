import { type WeeklyHours, weekDays } from "../capabilities.ts";

const hourMs = 3_600_000;
const weekMs = 7 * 24 * hourMs;
/** 1970 began on a Thursday. */
const firstSundayMs = 3 * 24 * hourMs;

export interface OpenHours {
  /** When they last began. */
  readonly startMs: number;
  readonly endMs: number;
  /** 0 while they are open. */
  readonly untilMs: number;
}

/** The hours of this week, or those before when they have not begun yet. */
export function openHours({ weekDay, startHour, durationHours }: WeeklyHours, nowMs: number): OpenHours {
  const intoWeekMs = weekDays.indexOf(weekDay) * 24 * hourMs + startHour * hourMs;
  const sinceMs = (((nowMs - firstSundayMs - intoWeekMs) % weekMs) + weekMs) % weekMs;
  const lengthMs = durationHours * hourMs;
  const startMs = nowMs - sinceMs;
  return { startMs, endMs: startMs + lengthMs, untilMs: sinceMs < lengthMs ? 0 : weekMs - sinceMs };
}
