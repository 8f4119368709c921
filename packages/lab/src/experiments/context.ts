import type { Laboratory } from "../live/laboratory.ts";

export interface ExperimentContext {
  readonly laboratory: Laboratory;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
  /** A database of its own for `purpose`, made at the first call: its connection string. */
  database(purpose: string): Promise<string>;
}
