import { FairwayError } from "@fairway/model";

/** The value of a numeric option, within its bounds. Throws `usage`. */
export function wholeNumber(text: string, option: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new FairwayError("usage", `${option} ${text} is not a whole number from ${min} to ${max}.`, {
    hint: `Give ${option} a whole number from ${min} to ${max}.`,
    path: option,
  });
}
