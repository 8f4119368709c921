import type { Chance, Duration } from "./entry.ts";

type Written = Pick<Duration | Chance, "source" | "confidence"> & {
  readonly distribution: Duration["distribution"] | Chance["distribution"];
  readonly samples?: number;
};

/** A calibration file, as `parseCalibration` reads it. */
export function formatCalibration(entries: Readonly<Record<string, Written | undefined>>): string {
  return Object.entries(entries)
    .map(([name, entry]) => (entry === undefined ? "" : formatEntry(name, entry)))
    .join("");
}

function formatEntry(name: string, { distribution, source, confidence, samples }: Written): string {
  const lines = [
    `distribution: ${JSON.stringify(distribution)}`,
    `source: ${JSON.stringify(source)}`,
    `confidence: ${confidence}`,
    ...(samples === undefined ? [] : [`samples: ${samples}`]),
  ];
  return `${name}:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
