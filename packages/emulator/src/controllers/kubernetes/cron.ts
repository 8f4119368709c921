/** A five-field cron expression (minute, hour, day of month, month, day of week), as Linux cron reads it. */
interface CronSchedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Both days are restricted: either may match. */
  readonly eitherDay: boolean;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** 29 February comes back within eight years. */
const searchedDays = 8 * 366;

/**
 * Whether `nowMs` lies between a start and the next end, in the given IANA time zone: the next end comes before the next
 * start. Undefined when an expression or the zone cannot be read. Source: kedacore/keda pkg/scalers/cron_scaler.go.
 */
export function isWithinWindow(
  window: { readonly start: string; readonly end: string; readonly timezone: string },
  nowMs: number,
): boolean | undefined {
  const [start, end] = [parseCron(window.start), parseCron(window.end)];
  const wallMs = wallClockMs(nowMs, window.timezone);
  if (!start || !end || wallMs === undefined) return undefined;
  const [nextStart, nextEnd] = [nextMatch(start, wallMs), nextMatch(end, wallMs)];
  if (nextStart === undefined || nextEnd === undefined) return undefined;
  return nextEnd <= nextStart;
}

/** Whether it is a cron expression of five fields. */
export function isCronExpression(text: string): boolean {
  return parseCron(text) !== undefined;
}

/** The next time after `nowMs` that the expression names, in UTC; undefined when it cannot be read or never comes. */
export function nextCronMs(expression: string, nowMs: number): number | undefined {
  const schedule = parseCron(expression);
  return schedule && nextMatch(schedule, nowMs);
}

const names: Readonly<Record<string, number>> = {
  ...Object.fromEntries("jan feb mar apr may jun jul aug sep oct nov dec".split(" ").map((name, at) => [name, at + 1])),
  ...Object.fromEntries("sun mon tue wed thu fri sat".split(" ").map((name, at) => [name, at])),
};

function parseCron(text: string): CronSchedule | undefined {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  const minutes = parseField(minute, 0, 59);
  const hours = parseField(hour, 0, 23);
  const days = parseField(day, 1, 31);
  const months = parseField(month, 1, 12);
  const weekdays = parseField(weekday, 0, 7);
  if (!minutes || !hours || !days || !months || !weekdays) return undefined;
  if (weekdays.has(7)) weekdays.add(0);
  return { minutes, hours, days, months, weekdays, eitherDay: day !== "*" && weekday !== "*" };
}

/** `*`, `a`, `a-b`, `x/n`, and lists of these. */
function parseField(text: string, least: number, most: number): Set<number> | undefined {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part);
    if (!match) return undefined;
    const [, from = "", to, step] = match;
    const first = from === "*" ? least : valueOf(from);
    const last = to !== undefined ? valueOf(to) : from === "*" || step !== undefined ? most : first;
    if (!(first >= least && last <= most && first <= last) || step === "0") return undefined;
    for (let value = first; value <= last; value += Number(step ?? 1)) values.add(value);
  }
  return values;
}

function valueOf(text: string): number {
  return names[text.toLowerCase()] ?? Number(text);
}

/** What the clock on the wall shows, as if it were UTC. */
function wallClockMs(nowMs: number, timeZone: string): number | undefined {
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    const parts = new Map(format.formatToParts(nowMs).map(({ type, value }) => [type, Number(value)]));
    const [year = 0, month = 1, day, hour, minute, second] = (
      ["year", "month", "day", "hour", "minute", "second"] as const
    ).map((type) => parts.get(type));
    return Date.UTC(year, month - 1, day, hour, minute, second);
  } catch {
    return undefined;
  }
}

/** The first matching minute after `wallMs`. */
function nextMatch(schedule: CronSchedule, wallMs: number): number | undefined {
  const fromMs = (Math.floor(wallMs / minuteMs) + 1) * minuteMs;
  const midnightMs = Math.floor(fromMs / dayMs) * dayMs;
  for (let day = 0; day < searchedDays; day++) {
    const dateMs = midnightMs + day * dayMs;
    if (!matchesDate(schedule, new Date(dateMs))) continue;
    const found = minutesOf(schedule).find((minute) => dateMs + minute * minuteMs >= fromMs);
    if (found !== undefined) return dateMs + found * minuteMs;
  }
  return undefined;
}

function matchesDate({ days, months, weekdays, eitherDay }: CronSchedule, date: Date): boolean {
  if (!months.has(date.getUTCMonth() + 1)) return false;
  const [byDay, byWeekday] = [days.has(date.getUTCDate()), weekdays.has(date.getUTCDay())];
  return eitherDay ? byDay || byWeekday : byDay && byWeekday;
}

function minutesOf({ hours, minutes }: CronSchedule): number[] {
  const sorted = [...minutes].toSorted((a, b) => a - b);
  return [...hours].toSorted((a, b) => a - b).flatMap((hour) => sorted.map((minute) => hour * 60 + minute));
}
