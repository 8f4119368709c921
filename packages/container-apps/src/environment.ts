import type { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import type { Clock } from "@fairway/core";
import type { Holds } from "./holds.ts";
import type { WirePatch } from "./wire-patch.ts";

/** What every call of a target works with. */
export interface Environment {
  readonly client: ContainerAppsAPIClient;
  readonly wirePatch: WirePatch;
  readonly clock: Clock;
  readonly address: string;
  readonly resourceGroup: string;
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly waits: Waits;
  readonly holds: Holds;
  readonly openLogStream: LogStreamOpener;
}

/** How long and how often a target looks. */
export interface Waits {
  /** Between two looks at a revision that starts. Default 1 s. */
  readonly readyPollMs: number;
  /** How long another operation on the same app is waited out. Default 5 min. */
  readonly busyTimeoutMs: number;
}

/** Lines of one log stream until it ends or the signal aborts. */
export type LogStreamOpener = (
  url: string,
  token: string,
  signal: AbortSignal | undefined,
) => Promise<AsyncIterable<string>>;
