/**
 * When a cron schedule falls due, as robfig/cron v3 reads it, which CronJobs and KEDA use: five fields (minute, hour,
 * day of month, month, day of week) or a descriptor (`@daily`, `@every 10m`).
 */
export type CronSchedule =
  | { readonly kind: "every"; readonly periodMs: number }
  | {
      readonly kind: "fields";
      readonly minutes: ReadonlySet<number>;
      readonly hours: ReadonlySet<number>;
      readonly days: ReadonlySet<number>;
      readonly months: ReadonlySet<number>;
      readonly weekdays: ReadonlySet<number>;
      /** Both days are restricted: either may match. */
      readonly eitherDay: boolean;
    };

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** 29 February comes back within eight years. */
const searchedDays = 8 * 366;

/** A sentence instead, when the text is no schedule. */
export function parseCron(text: string): CronSchedule | string {
  const trimmed = text.trim();
  if (trimmed === "") return "empty spec string";
  if (trimmed.startsWith("@every ")) return parseEvery(trimmed.slice("@every ".length));
  const spelled = trimmed.startsWith("@") ? descriptors[trimmed] : trimmed;
  if (spelled === undefined) return `unrecognized descriptor: ${trimmed}`;
  const fields = spelled.split(/\s+/);
  if (fields.length !== 5) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`;
  return parseFields(fields);
}

/** The first moment after `afterMs` that the schedule names, on the wall clock of an IANA time zone. */
export function nextTime(schedule: CronSchedule, afterMs: number, timeZone: string): number | undefined {
  if (schedule.kind === "every") return Math.floor(afterMs / 1_000) * 1_000 + schedule.periodMs;
  const wallMs = wallClockMs(afterMs, timeZone);
  if (wallMs === undefined) return undefined;
  const next = nextMatch(schedule, wallMs);
  return next === undefined ? undefined : instantOf(next, timeZone, afterMs);
}

const descriptors: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

const units: Readonly<Record<string, number>> = { h: 3_600_000, m: minuteMs, s: 1_000 };

function parseEvery(text: string): CronSchedule | string {
  const parts = [...text.matchAll(/(\d+)(h|m|s)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) {
    return `failed to parse duration @every ${text}: time: invalid duration ${JSON.stringify(text)}`;
  }
  const periodMs = parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (units[unit] ?? 0), 0);
  return { kind: "every", periodMs: Math.max(1_000, periodMs) };
}

const names: Readonly<Record<string, number>> = {
  ...Object.fromEntries("jan feb mar apr may jun jul aug sep oct nov dec".split(" ").map((name, at) => [name, at + 1])),
  ...Object.fromEntries("sun mon tue wed thu fri sat".split(" ").map((name, at) => [name, at])),
};

const bounds = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;

function parseFields(texts: readonly string[]): CronSchedule | string {
  const sets: ReadonlySet<number>[] = [];
  for (const [index, [least, most]] of bounds.entries()) {
    const values = parseField(texts[index] ?? "", least, most);
    if (typeof values === "string") return values;
    sets.push(values);
  }
  const none: ReadonlySet<number> = new Set();
  const [minutes = none, hours = none, days = none, months = none, weekdays = none] = sets;
  const isAny = (text: string | undefined): boolean => text === undefined || /^[*?]/.test(text);
  return { kind: "fields", minutes, hours, days, months, weekdays, eitherDay: !isAny(texts[2]) && !isAny(texts[4]) };
}

/** `*`, `a`, `a-b`, `x/n`, and lists of these; a sentence when it is none. */
function parseField(text: string, least: number, most: number): Set<number> | string {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const range = parseRange(part, least, most);
    if (typeof range === "string") return range;
    for (let value = range.first; value <= range.last; value += range.step) values.add(value);
  }
  return values;
}

interface Range {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

function parseRange(part: string, least: number, most: number): Range | string {
  const [span = "", stepText, ...moreSteps] = part.split("/");
  const [from = "", to, ...moreEnds] = span.split("-");
  if (moreEnds.length > 0) return `too many hyphens: ${part}`;
  if (moreSteps.length > 0) return `too many slashes: ${part}`;
  const wild = from === "*" || from === "?";
  const first = wild ? least : valueOf(from);
  const last = wild ? most : to !== undefined ? valueOf(to) : stepText === undefined ? first : most;
  const step = stepText === undefined ? 1 : valueOf(stepText);
  const bad = [first, last, step].find((value) => typeof value === "string");
  if (typeof first === "string" || typeof last === "string" || typeof step === "string") return String(bad);
  if (step === 0) return `step of range should be a positive number: ${part}`;
  if (first < least) return `beginning of range (${first}) below minimum (${least}): ${part}`;
  if (last > most) return `end of range (${last}) above maximum (${most}): ${part}`;
  if (first > last) return `beginning of range (${first}) beyond end of range (${last}): ${part}`;
  return { first, last, step };
}

function valueOf(text: string): number | string {
  const named = names[text.toLowerCase()];
  if (named !== undefined) return named;
  if (/^\d+$/.test(text)) return Number(text);
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
}

/** What the clock on the wall shows, as if it were UTC; undefined for an unknown zone. */
export function wallClockMs(nowMs: number, timeZone: string): number | undefined {
  const format = formatOf(timeZone);
  if (!format) return undefined;
  const parts = new Map(format.formatToParts(nowMs).map(({ type, value }) => [type, Number(value)]));
  const [year = 0, month = 1, day, hour, minute, second] = (
    ["year", "month", "day", "hour", "minute", "second"] as const
  ).map((type) => parts.get(type));
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const formats = new Map<string, Intl.DateTimeFormat | undefined>();

/** Making one costs far more than using it. */
function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  if (!formats.has(timeZone)) formats.set(timeZone, newFormat(timeZone));
  return formats.get(timeZone);
}

function newFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  const numeric = "numeric";
  const parts = {
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  } as const;
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", ...parts });
  } catch {
    return undefined;
  }
}

/** When the wall clock shows `wallMs`, at or after `afterMs`; an hour that a zone skips counts as the one after it. */
function instantOf(wallMs: number, timeZone: string, afterMs: number): number {
  let instantMs = afterMs;
  for (let step = 0; step < 3; step++) instantMs += wallMs - (wallClockMs(instantMs, timeZone) ?? wallMs);
  return instantMs;
}

/** The first matching minute after `wallMs`, both on the wall. */
function nextMatch(schedule: CronSchedule & { kind: "fields" }, wallMs: number): number | undefined {
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

type Fields = CronSchedule & { kind: "fields" };

function matchesDate({ days, months, weekdays, eitherDay }: Fields, date: Date): boolean {
  if (!months.has(date.getUTCMonth() + 1)) return false;
  const [byDay, byWeekday] = [days.has(date.getUTCDate()), weekdays.has(date.getUTCDay())];
  return eitherDay ? byDay || byWeekday : byDay && byWeekday;
}

function minutesOf({ hours, minutes }: Fields): number[] {
  const sorted = [...minutes].toSorted((a, b) => a - b);
  return [...hours].toSorted((a, b) => a - b).flatMap((hour) => sorted.map((minute) => hour * 60 + minute));
}
