import { daysOfWeek, type MaintenanceWindow, type Schedule } from "./maintenance-window.ts";

/** One time that a maintenance window is open: from the first to the second. */
export interface Opening {
  readonly fromMs: number;
  readonly toMs: number;
}

const dayMs = 24 * 3_600_000;
/** Beyond what any schedule leaves out: six months between openings, and days that are not allowed. */
const horizonDays = 1_000;

/** The first opening that begins after `afterMs`; undefined when there is none in years. */
export function nextOpening(window: MaintenanceWindow, afterMs: number): Opening | undefined {
  const offsetMs = offsetOf(window.utcOffset);
  const startDay = dayNumber(window.startDate);
  const firstDay = Math.max(startDay, Math.floor((afterMs + offsetMs) / dayMs) - 1);
  for (let day = firstDay; day < firstDay + horizonDays; day += 1) {
    const fromMs = day * dayMs + timeOfDayMs(window.startTime) - offsetMs;
    if (fromMs <= afterMs || !isScheduled(window.schedule, day, startDay) || isForbidden(window, day)) continue;
    return { fromMs, toMs: fromMs + window.durationHours * 3_600_000 };
  }
  return undefined;
}

/** `day` and `startDay`: local days since 1970. */
function isScheduled(schedule: Schedule, day: number, startDay: number): boolean {
  const date = new Date(day * dayMs);
  const weekday = daysOfWeek[date.getUTCDay()];
  if ("daily" in schedule) return (day - startDay) % schedule.daily.intervalDays === 0;
  if ("weekly" in schedule) {
    const weeks = Math.floor((day - firstDayOfWeek(startDay)) / 7);
    return weekday === schedule.weekly.dayOfWeek && weeks % schedule.weekly.intervalWeeks === 0;
  }
  const months = monthNumber(day) - monthNumber(startDay);
  if ("absoluteMonthly" in schedule) {
    const { dayOfMonth, intervalMonths } = schedule.absoluteMonthly;
    return date.getUTCDate() === dayOfMonth && months % intervalMonths === 0;
  }
  const { dayOfWeek, weekIndex, intervalMonths } = schedule.relativeMonthly;
  if (weekday !== dayOfWeek || months % intervalMonths !== 0) return false;
  const isLast = monthNumber(day + 7) !== monthNumber(day);
  const nth = ["First", "Second", "Third", "Fourth"][Math.ceil(date.getUTCDate() / 7) - 1];
  return weekIndex === "Last" ? isLast : nth === weekIndex;
}

function isForbidden({ notAllowedDates = [] }: MaintenanceWindow, day: number): boolean {
  const date = new Date(day * dayMs).toISOString().slice(0, 10);
  return notAllowedDates.some(({ start, end }) => date >= start && date <= end);
}

/** Weeks begin on Sunday, as `daysOfWeek` does. */
function firstDayOfWeek(day: number): number {
  return day - new Date(day * dayMs).getUTCDay();
}

function monthNumber(day: number): number {
  const date = new Date(day * dayMs);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

function dayNumber(date: string): number {
  return Math.floor(Date.parse(date) / dayMs);
}

function timeOfDayMs(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return (hours * 60 + minutes) * 60_000;
}

function offsetOf(text: string): number {
  return timeOfDayMs(text.slice(1)) * (text.startsWith("-") ? -1 : 1);
}
