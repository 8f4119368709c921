import { builtInTrace, parseRateFile, type RateCurve, traceNames } from "@fairway/lab";
import { describe, expect, test } from "vitest";

const hourMs = 3_600_000;

function countOf(rate: RateCurve, fromMs: number, toMs: number): number {
  let count = 0;
  for (let atMs = fromMs; atMs < toMs; ) {
    const untilMs = Math.min(toMs, rate.nextChangeMs(atMs));
    count += (rate.perSecondAt(atMs) * (untilMs - atMs)) / 1_000;
    atMs = untilMs;
  }
  return count;
}

describe("built-in traces", () => {
  test.each(traceNames)("%s has 2.5 million payments a day, and the next day the same", (name) => {
    const rate = builtInTrace({ name });
    expect(countOf(rate, 0, 24 * hourMs)).toBeCloseTo(2_500_000, 0);
    expect(countOf(rate, 24 * hourMs, 48 * hourMs)).toBeCloseTo(2_500_000, 0);
  });

  test("17 May has most of them between 11 and 12", () => {
    const rate = builtInTrace({ name: "17-may" });
    expect(countOf(rate, 11 * hourMs, 12 * hourMs)).toBeGreaterThan(1_250_000);
  });

  test("a trace can start at any hour", () => {
    const whole = builtInTrace({ name: "17-may" });
    const late = builtInTrace({ name: "17-may", startHour: 10.5 });
    expect(late.perSecondAt(0)).toBe(whole.perSecondAt(10.5 * hourMs));
    expect(countOf(late, 0, 24 * hourMs)).toBeCloseTo(2_500_000, 0);
  });
});

describe("a file of arrivals", () => {
  test("gives the rate from each time on, from the first line", () => {
    const rate = parseRateFile("time,rate\n# the peak\n10:59,40\r\n11:00,380.5\n\n12:00:30,60\n", "peak.csv");
    expect([0, 59_999, 60_000, 61 * 60_000 + 29_999, 61 * 60_000 + 30_000].map(rate.perSecondAt)).toEqual([
      40, 40, 380.5, 380.5, 60,
    ]);
    expect(rate.nextChangeMs(0)).toBe(60_000);
    expect(rate.nextChangeMs(70 * 60_000)).toBe(Number.POSITIVE_INFINITY);
  });

  test("takes seconds and ISO 8601 too", () => {
    expect(parseRateFile("0,1\n90.5,2", "a.csv").perSecondAt(90_500)).toBe(2);
    const rate = parseRateFile("2026-05-17T11:00:00+02:00,5\n2026-05-17T09:01Z,6", "a.csv");
    expect([rate.perSecondAt(59_999), rate.perSecondAt(60_000)]).toEqual([5, 6]);
  });

  test.each([
    ["time,rate\n11:00,40\n11:60,50", 'rates.csv, line 3 has the time "11:60"'],
    ["11:00,40\n11:05,-1", 'rates.csv, line 2 has the rate "-1"'],
    ["11:00,40\n11:05,", 'rates.csv, line 2 has the rate ""'],
    ["11:00,40\n11:05,many", 'rates.csv, line 2 has the rate "many"'],
    ["11:00,40\n\n11:00,50", "rates.csv, line 3 is not later than line 1"],
    ["11:00,40\n600,50", "rates.csv, line 2 writes its time as seconds, the lines before as a time of the day"],
    ["11:00;40", "rates.csv, line 1 has 1 columns"],
    ["11:00,40,8", "rates.csv, line 1 has 3 columns"],
    ["2026-05-17T11:00,5", 'rates.csv, line 1 has the time "2026-05-17T11:00"'],
    ["2026-02-31T99:00Z,5", 'rates.csv, line 1 has the time "2026-02-31T99:00Z"'],
    ["", "rates.csv, line 1 and all after it hold no time and rate"],
    ["time,rate\n", "rates.csv, line 1 and all after it hold no time and rate"],
  ])("is refused with the line: %j", (text, message) => {
    expect(() => parseRateFile(text, "rates.csv")).toThrow(message);
  });
});
