import type { Random } from "@fairway/kernel";

/**
 * `<app>--<suffix>`. Without a suffix: 7 random letters and digits for the first revision, a counter of 7 digits after
 * it. Source: recorded revisions of 2025.
 */
export function revisionName(
  app: string,
  suffix: string | undefined,
  earlier: { readonly count: number; readonly counted: number },
  random: Random,
): string {
  if (suffix) return `${app}--${suffix}`;
  if (earlier.count === 0) return `${app}--${random.text(7)}`;
  return `${app}--${String(earlier.counted + 1).padStart(7, "0")}`;
}
