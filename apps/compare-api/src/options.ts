import type { ComparisonOptions, runComparison } from "@fairway/lab";

export interface CompareApiOptions {
  /** Where report.html and report.json are, and where a new comparison leaves its own. */
  readonly reportFolder: string;
  readonly images: ComparisonOptions["images"];
  readonly databaseUrl?: string;
  /** Cancels what runs, when the one who serves ends. */
  readonly signal?: AbortSignal;
  /** What a comparison runs. Default: the laboratory's own. */
  readonly run?: typeof runComparison;
}
