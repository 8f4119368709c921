import type { Laboratory } from "../live/laboratory.ts";

export interface ExperimentContext {
  readonly laboratory: Laboratory;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
  /** A name for a database that no other comparison uses. */
  databaseName(run: string): string;
}
