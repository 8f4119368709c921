import type { ComparisonOptions } from "@fairway/lab";

export interface CompareApiOptions {
  /** Where report.html and report.json are, and where a new comparison leaves its own. */
  readonly reportFolder: string;
  readonly images: ComparisonOptions["images"];
  readonly databaseUrl?: string;
}
