import { nextTime, parseCron } from "../../world/cron-schedule.ts";

/**
 * Whether `nowMs` lies between a start and the next end, in the given IANA time zone: the next end comes before the next
 * start. Undefined when an expression or the zone cannot be read. Source: kedacore/keda pkg/scalers/cron_scaler.go.
 */
export function isWithinWindow(
  window: { readonly start: string; readonly end: string; readonly timezone: string },
  nowMs: number,
): boolean | undefined {
  const [start, end] = [parseCron(window.start), parseCron(window.end)];
  if (typeof start === "string" || typeof end === "string") return undefined;
  const [nextStart, nextEnd] = [start, end].map((schedule) => nextTime(schedule, nowMs, window.timezone));
  if (nextStart === undefined || nextEnd === undefined) return undefined;
  return nextEnd <= nextStart;
}

/** Whether it is a cron expression of five fields. */
export function isCronExpression(text: string): boolean {
  const schedule = parseCron(text);
  return typeof schedule !== "string" && schedule.kind === "fields";
}

/** The next time after `nowMs` that the expression names, in UTC; undefined when it cannot be read or never comes. */
export function nextCronMs(expression: string, nowMs: number): number | undefined {
  const schedule = parseCron(expression);
  return typeof schedule === "string" ? undefined : nextTime(schedule, nowMs, "UTC");
}
