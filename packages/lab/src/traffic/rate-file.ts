import { FairwayError } from "@fairway/model";
import { type RateCurve, type RatePoint, steppedRate } from "./rate.ts";

/**
 * Reads arrivals from CSV: a time and the requests per second from then on. The first line may name the columns. Times are
 * seconds from the start (0, 90.5), times of the day (11:00, 11:00:30) or ISO 8601 with a zone; all lines use one of them,
 * and the first is the start of the model. Empty lines and those that begin with `#` are passed over.
 */
export function parseRateFile(text: string, fileName: string): RateCurve {
  const points: (RatePoint & { readonly line: number })[] = [];
  let kind: TimeKind | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const content = raw.trim();
    if (content === "" || content.startsWith("#")) continue;
    if (points.length === 0 && kind === undefined && isHeader(content)) continue;
    const cells = content.split(",").map((cell) => cell.trim());
    if (cells.length !== 2) throw refused(fileName, line, `has ${cells.length} columns, and must have two: time,rate`);
    const [timeText = "", rateText = ""] = cells;
    const time = parseTime(timeText);
    if (!time)
      throw refused(
        fileName,
        line,
        `has the time "${timeText}", which is neither seconds, 11:00:30 nor ISO 8601 with a zone`,
      );
    kind ??= time.kind;
    if (time.kind !== kind)
      throw refused(fileName, line, `writes its time as ${time.kind}, the lines before as ${kind}`);
    const perSecond = rateText === "" ? Number.NaN : Number(rateText);
    if (!Number.isFinite(perSecond) || perSecond < 0) {
      throw refused(fileName, line, `has the rate "${rateText}", and must have requests per second, 0 or more`);
    }
    const before = points.at(-1);
    if (before && time.ms <= before.atMs) {
      throw refused(fileName, line, `is not later than line ${before.line}`);
    }
    points.push({ atMs: time.ms, perSecond, line });
  }
  const first = points[0];
  if (!first) throw refused(fileName, 1, "and all after it hold no time and rate");
  return steppedRate(
    fileName,
    points.map(({ atMs, perSecond }) => ({ atMs: atMs - first.atMs, perSecond })),
  );
}

type TimeKind = "seconds" | "a time of the day" | "ISO 8601";

function parseTime(text: string): { kind: TimeKind; ms: number } | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return { kind: "seconds", ms: Math.round(Number(text) * 1_000) };
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (clock) {
    const [, hours, minutes, seconds = "0"] = clock;
    return { kind: "a time of the day", ms: ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000 };
  }
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : { kind: "ISO 8601", ms };
}

function isHeader(content: string): boolean {
  return /^[a-z_ ]+,[a-z_ ()/]+$/i.test(content);
}

function refused(fileName: string, line: number, what: string): FairwayError {
  return new FairwayError("usage", `${fileName}, line ${line} ${what}.`, {
    hint: "Write one line for each change of the rate, in the order of time, such as 11:00,380.",
  });
}
