import { invalidParameter, missingParameter, type RequestBody } from "./request-body.ts";

/** `maintenanceWindow` of a maintenance configuration (AKS docs, planned maintenance). Dates and times of day are local to `utcOffset`. */
export interface MaintenanceWindow {
  readonly schedule: Schedule;
  readonly durationHours: number;
  /** `+05:30`. */
  readonly utcOffset: string;
  /** `2026-01-31`: the schedule counts from there. */
  readonly startDate: string;
  /** `03:00`. */
  readonly startTime: string;
  /** First and last day of each, both included. */
  readonly notAllowedDates?: readonly { readonly start: string; readonly end: string }[];
}

export type Schedule =
  | { readonly daily: { readonly intervalDays: number } }
  | { readonly weekly: { readonly intervalWeeks: number; readonly dayOfWeek: DayOfWeek } }
  | { readonly absoluteMonthly: { readonly intervalMonths: number; readonly dayOfMonth: number } }
  | {
      readonly relativeMonthly: {
        readonly intervalMonths: number;
        readonly weekIndex: (typeof weekIndexes)[number];
        readonly dayOfWeek: DayOfWeek;
      };
    };

/** In the order of `Date.getUTCDay`. */
export const daysOfWeek = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
type DayOfWeek = (typeof daysOfWeek)[number];

export const weekIndexes = ["First", "Second", "Third", "Fourth", "Last"] as const;

const kinds = ["daily", "weekly", "absoluteMonthly", "relativeMonthly"] as const;

/** What a client sent, checked and filled in. Throws `ArmError`. */
export function maintenanceWindow(sent: RequestBody, nowMs: number): MaintenanceWindow {
  const durationHours = sent.integer("durationHours", 4, 24);
  const startTime = sent.text("startTime");
  if (durationHours === undefined) throw missingParameter(sent.pathOf("durationHours"));
  if (startTime === undefined) throw missingParameter(sent.pathOf("startTime"));
  const startDate = sent.text("startDate") ?? new Date(nowMs).toISOString().slice(0, 10);
  const utcOffset = sent.text("utcOffset") ?? "+00:00";
  check(sent, "startTime", /^([01]\d|2[0-3]):[0-5]\d$/.test(startTime), "a time of day like '03:00'");
  check(sent, "startDate", isDate(startDate), "a date like '2026-01-31'");
  check(sent, "utcOffset", /^[+-](0\d|1[0-4]):[0-5]\d$/.test(utcOffset), "an offset like '+05:30'");
  const notAllowedDates = sent.objects("notAllowedDates")?.map(notAllowed);
  return {
    schedule: schedule(sent),
    durationHours,
    utcOffset,
    startDate,
    startTime,
    ...(notAllowedDates ? { notAllowedDates } : {}),
  };
}

function schedule(window: RequestBody): Schedule {
  const sent = window.object("schedule");
  const given = kinds.filter((kind) => sent?.object(kind));
  const kind = given[0];
  const fields = kind && sent?.object(kind);
  if (!fields || given.length !== 1) {
    throw invalidParameter(window.pathOf("schedule"), `must have exactly one of ${kinds.join(", ")}`);
  }
  switch (kind) {
    case "daily":
      return { daily: { intervalDays: required(fields, "intervalDays", 7) } };
    case "weekly":
      return { weekly: { intervalWeeks: required(fields, "intervalWeeks", 4), dayOfWeek: dayOfWeek(fields) } };
    case "absoluteMonthly": {
      const intervalMonths = required(fields, "intervalMonths", 6);
      return { absoluteMonthly: { intervalMonths, dayOfMonth: required(fields, "dayOfMonth", 31) } };
    }
    case "relativeMonthly": {
      const weekIndex = fields.oneOf("weekIndex", weekIndexes);
      if (!weekIndex) throw missingParameter(fields.pathOf("weekIndex"));
      const intervalMonths = required(fields, "intervalMonths", 6);
      return { relativeMonthly: { intervalMonths, weekIndex, dayOfWeek: dayOfWeek(fields) } };
    }
  }
}

function required(fields: RequestBody, name: string, max: number): number {
  const value = fields.integer(name, 1, max);
  if (value === undefined) throw missingParameter(fields.pathOf(name));
  return value;
}

function dayOfWeek(fields: RequestBody): DayOfWeek {
  const day = fields.oneOf("dayOfWeek", daysOfWeek);
  if (!day) throw missingParameter(fields.pathOf("dayOfWeek"));
  return day;
}

function notAllowed(span: RequestBody): { start: string; end: string } {
  const [start, end] = [span.text("start"), span.text("end")];
  if (start === undefined) throw missingParameter(span.pathOf("start"));
  if (end === undefined) throw missingParameter(span.pathOf("end"));
  check(span, "start", isDate(start), "a date like '2026-01-31'");
  check(span, "end", isDate(end) && end >= start, "a date like '2026-01-31', not before start");
  return { start, end };
}

function check(body: RequestBody, name: string, holds: boolean, form: string): void {
  if (!holds) throw invalidParameter(body.pathOf(name), `must be ${form}`);
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}
