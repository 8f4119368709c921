import type { Random, Timer } from "@fairway/kernel";
import { durationMs, type World } from "../world/world.ts";
import { type AppliedTraffic, noTraffic } from "./container-app-routes.ts";

export interface TrafficListener {
  /** These get traffic for the first time, and are warmed. Source: Envoy documentation, xDS eventual consistency (make before break). */
  coming(revisions: ReadonlySet<string>): void;
  /** A later split is in force. */
  applied(): void;
}

/** Brings the split that the proxy has to what is asked for. The first is there at once; every later one takes its time. */
export class TrafficShift {
  applied: AppliedTraffic = noTraffic;
  readonly #world: World;
  readonly #app: string;
  readonly #random: Random;
  readonly #listener: TrafficListener;
  #wanted: AppliedTraffic = noTraffic;
  #running: { readonly key: string; readonly timer: Timer } | undefined;

  constructor(world: World, app: string, random: Random, listener: TrafficListener) {
    this.#world = world;
    this.#app = app;
    this.#random = random;
    this.#listener = listener;
  }

  /** The newest wish counts. */
  follow(wanted: AppliedTraffic): void {
    this.#wanted = wanted;
    const key = keyOf(wanted);
    if (key === keyOf(this.applied)) return this.close();
    if (this.applied.weights.size === 0) return this.#apply();
    if (this.#running?.key === key) return;
    this.#running?.timer.cancel();
    const delayMs = durationMs(this.#world, "containerApps.trafficPropagation", this.#random);
    const timer = this.#world.clock.after(delayMs, () => {
      this.#running = undefined;
      this.#apply();
      this.#listener.applied();
    });
    this.#running = { key, timer };
  }

  close(): void {
    this.#running?.timer.cancel();
    this.#running = undefined;
  }

  #apply(): void {
    const before = this.applied.weights;
    this.#listener.coming(new Set([...this.#wanted.weights.keys()].filter((name) => !before.has(name))));
    this.applied = this.#wanted;
    this.#world.trace.add("containerApp.traffic", {
      app: this.#app,
      weights: Object.fromEntries(this.applied.weights),
    });
  }
}

function keyOf({ weights, labels }: AppliedTraffic): string {
  const part = (entries: ReadonlyMap<string, unknown>): readonly string[] =>
    [...entries].map(([name, value]) => `${name}=${String(value)}`).toSorted();
  return JSON.stringify([part(weights), part(labels)]);
}
