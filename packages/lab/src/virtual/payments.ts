import { type Counts, judgeMinutes } from "../traffic/counts.ts";
import { createTrafficModel, type TrafficModel } from "../traffic/model.ts";
import type { ServiceSpec } from "../traffic/spec.ts";
import { builtInTrace, type TraceName } from "../traffic/traces.ts";
import { hostOfApp } from "./places.ts";
import type { MinuteOfPayments, PaymentCounts, TrialRecord } from "./record.ts";
import type { Site } from "./site.ts";
import { entry, wayOf } from "./topology.ts";
import { feedTraffic } from "./traffic-feed.ts";

/** Of the payments of a minute so many are to be made in time. */
const objective = { goodShare: 0.999 };
const minuteMs = 60_000;
const dayMs = 86_400_000;
/** The upgrade begins half an hour before the hour of 17 May in which most of a day's payments are made. */
const startHour = 10.5;

/** What customers of the platform meet while a trial goes on. */
export class Payments {
  readonly #model: TrafficModel;
  readonly #clock: Site["world"]["kernel"]["clock"];
  readonly #onMinute: (minute: MinuteOfPayments) => void;
  #before: Counts;

  constructor(site: Site, trace: TraceName, onMinute: (minute: MinuteOfPayments) => void) {
    const { world, topology, clusters } = site;
    const { clock, random } = world.kernel;
    const way = wayOf(topology, entry);
    const [active] = clusters;
    this.#clock = clock;
    this.#onMinute = onMinute;
    this.#model = createTrafficModel({
      services: way.map(
        ({ name, serviceMs, concurrency }): ServiceSpec => ({
          name,
          serviceMs,
          concurrency,
          // The data plane of the embedded Azure is late by itself.
          propagation: { medianMs: 0, p95Ms: 0 },
        }),
      ),
      routes: [{ name: active, hops: way.map(({ name }) => name) }],
      arrivals: builtInTrace({ name: trace, perDay: (topology.paymentsPerSecond * dayMs) / 1_000, startHour }),
      random: random.stream("lab/payments"),
      startMs: clock.now(),
    });
    const services = way.map(({ name }) => ({ service: name, host: hostOfApp(name, active) }));
    feedTraffic(world.azure, this.#model, services, () => clock.now());
    this.#before = { ...this.#model.totals };
    this.#tick();
  }

  /** Until now. */
  result(): Pick<TrialRecord, "payments" | "minutesBelowObjective" | "outage"> {
    this.#model.advanceTo(this.#clock.now());
    const { arrivals, failed, late, failures, minutes } = this.#model.counters();
    const { minutesBelow, outages } = judgeMinutes(minutes, objective);
    const lengths = outages.map((outage) => outage.minutes * minuteMs);
    const payments: PaymentCounts = { total: arrivals, failed, late, lost: failures.interrupted };
    const totalMs = lengths.reduce((sum, one) => sum + one, 0);
    return {
      payments,
      minutesBelowObjective: minutesBelow,
      outage: { count: outages.length, longestMs: Math.max(0, ...lengths), totalMs },
    };
  }

  #tick(): void {
    this.#clock.after(minuteMs, () => {
      this.#model.advanceTo(this.#clock.now());
      const { served, failed, late, arrivals } = this.#model.totals;
      const before = this.#before;
      this.#before = { served, failed, late, arrivals };
      this.#onMinute({ served: served - before.served, failed: failed - before.failed, late: late - before.late });
      this.#tick();
    });
  }
}

export function isBelowObjective({ served, failed, late }: MinuteOfPayments): boolean {
  return served - late < objective.goodShare * (served + failed);
}
