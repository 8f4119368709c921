import type { Kernel, Random } from "@fairway/kernel";
import { drawSeconds } from "./calibration/distribution.ts";
import type { Calibration, ChanceName, DurationName } from "./calibration.ts";
import type { LogStore } from "./logs.ts";
import type { DataPlane, Runtime } from "./ports.ts";

/** What every state machine and controller is given. */
export interface World extends Kernel {
  readonly runtime: Runtime;
  readonly dataPlane: DataPlane;
  readonly logs: LogStore;
  readonly calibration: Calibration;
  /** How many times faster than real Azure the platform's own operations go. 1 in the virtual lane. */
  readonly timeScale: number;
  /** Whether managed fields name controllers. Default yes. */
  readonly tellsOwners?: boolean;
}

/** A draw of a calibrated duration, in milliseconds of this world's clock. `random` is the caller's own stream. */
export function durationMs(
  world: Pick<World, "calibration" | "timeScale">,
  name: DurationName,
  random: Random,
): number {
  const { distribution, scaled } = world.calibration[name];
  const seconds = drawSeconds(distribution, random);
  return scaled ? platformMs(world, seconds) : Math.round(seconds * 1_000);
}

/** Whether it happens this time. What never or always does takes nothing from the stream. */
export function happens(world: Pick<World, "calibration">, name: ChanceName, random: Random): boolean {
  const { probability } = world.calibration[name].distribution;
  return probability > 0 && (probability >= 1 || random.unit() < probability);
}

/** A duration that a client set for the platform (drain timeout, soak), in milliseconds of this world's clock. */
export function platformMs(world: Pick<World, "timeScale">, seconds: number): number {
  return Math.round((seconds * 1_000) / world.timeScale);
}
