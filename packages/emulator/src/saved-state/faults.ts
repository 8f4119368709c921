import type { Faults } from "../faults/faults.ts";

export interface SavedFault {
  readonly kind: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Those that are in force, each with the time that it has left. */
export function saveFaults(faults: Faults): readonly SavedFault[] {
  const { world } = faults;
  const elapsedSeconds = (sinceMs: number): number => ((world.clock.now() - sinceMs) * world.timeScale) / 1_000;
  return faults
    .list()
    .filter(({ state }) => state === "active")
    .map(({ kind, parameters, injectedAtMs }) => {
      const seconds = "durationSeconds" in parameters ? parameters.durationSeconds : undefined;
      const left = seconds === undefined ? undefined : Math.max(1, Math.ceil(seconds - elapsedSeconds(injectedAtMs)));
      return { kind, parameters: left === undefined ? { ...parameters } : { ...parameters, durationSeconds: left } };
    });
}

export function restoreFaults(faults: Faults, saved: readonly SavedFault[]): void {
  for (const fault of saved) faults.inject(fault);
}
