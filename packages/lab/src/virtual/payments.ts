import type { Answers } from "@fairway/emulator";
import { type Counts, judgeMinutes } from "../traffic/counts.ts";
import { createTrafficModel, type TrafficModel } from "../traffic/model.ts";
import type { RateCurve } from "../traffic/rate.ts";
import type { ServiceSpec } from "../traffic/spec.ts";
import { builtInTrace, type TraceName } from "../traffic/traces.ts";
import { lateCallers } from "./assumptions.ts";
import { type ClusterName, clusterNames, hostOfApp, profileName } from "./places.ts";
import type { MinuteOfPayments, PaymentCounts, TrialRecord } from "./record.ts";
import type { Site } from "./site.ts";
import { entry, wayOf } from "./topology.ts";
import { feedTraffic, type TrafficFeed } from "./traffic-feed.ts";

/** Of the payments of a minute so many are to be made in time. */
const objective = { goodShare: 0.999 };
const minuteMs = 60_000;
/** How often it is looked where name servers lead. */
const lookMs = 10_000;
const dayMs = 86_400_000;
/** The upgrade begins half an hour before the hour of 17 May in which most of a day's payments are made. */
const startHour = 10.5;

/** What customers of the platform meet while a trial goes on. */
export class Payments {
  readonly #model: TrafficModel;
  readonly #clock: Site["world"]["kernel"]["clock"];
  readonly #onMinute: (minute: MinuteOfPayments) => void;
  readonly #site: Site;
  readonly #feed: TrafficFeed;
  readonly #broken = new Set<ClusterName>();
  #told = "";
  #before: Counts;

  constructor(site: Site, trace: TraceName, onMinute: (minute: MinuteOfPayments) => void) {
    const { world, topology, clusters } = site;
    const { clock, random } = world.kernel;
    const way = wayOf(topology, entry);
    // A switcher may lead to a cluster that is not there yet.
    const served = site.switcher ? clusterNames : clusters.slice(0, 1);
    const arrivals = builtInTrace({ name: trace, perDay: (topology.paymentsPerSecond * dayMs) / 1_000, startHour });
    const size = Math.max(1, Math.round(peakOf(arrivals) / topology.paymentsPerSecond));
    this.#site = site;
    this.#clock = clock;
    this.#onMinute = onMinute;
    this.#model = createTrafficModel({
      services: served.flatMap((cluster) =>
        way.map(
          ({ name, serviceMs, concurrency }): ServiceSpec => ({
            name: serviceOf(name, cluster),
            serviceMs,
            // Whoever knows that such a day comes has larger replicas by then.
            concurrency: concurrency * size,
            // The data plane of the embedded Azure is late by itself.
            propagation: { medianMs: 0, p95Ms: 0 },
          }),
        ),
      ),
      routes: served.map((name) => ({ name, hops: way.map((app) => serviceOf(app.name, name)) })),
      arrivals,
      random: random.stream("lab/payments"),
      startMs: clock.now(),
    });
    const services = served.flatMap((cluster) =>
      way.map(({ name }) => ({ service: serviceOf(name, cluster), host: hostOfApp(name, cluster) })),
    );
    this.#feed = feedTraffic(world.azure, this.#model, services, () => clock.now());
    this.#look();
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

  /** Where customers are sent, and whether they get there. */
  #look(): void {
    const { world, switcher, onlyRoute, clusters } = this.#site;
    if (switcher) this.#follow(world.azure.nameServers(profileName));
    else if (this.#broken.has(clusters[0]) !== onlyRoute.isBroken) this.#breakRoute(clusters[0], onlyRoute.isBroken);
    this.#clock.after(lookMs, () => this.#look());
  }

  #follow(found: Answers | undefined): void {
    const { ttlSeconds = 60, answers = [] } = found ?? {};
    const text = JSON.stringify(answers);
    if (text === this.#told) return;
    this.#told = text;
    this.#model.advanceTo(this.#clock.now());
    const shares = Object.fromEntries(answers.map(({ endpoint, weight }) => [endpoint.toLowerCase(), weight]));
    const sticky = { share: lateCallers.share, meanMs: lateCallers.meanMinutes * minuteMs };
    this.#model.setShares(shares, { ttlMs: ttlSeconds * 1_000, sticky });
    for (const { endpoint, isReachable } of answers) {
      const cluster = clusterNames.find((name) => name === endpoint.toLowerCase());
      if (cluster && this.#broken.has(cluster) === isReachable) this.#breakRoute(cluster, !isReachable);
    }
  }

  #breakRoute(cluster: ClusterName, isBroken: boolean): void {
    this.#model.advanceTo(this.#clock.now());
    if (isBroken) this.#broken.add(cluster);
    else this.#broken.delete(cluster);
    this.#feed.cut(hostOfApp(entry, cluster), isBroken);
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

function serviceOf(app: string, cluster: ClusterName): string {
  return `${app}@${cluster}`;
}

/** Payments per second at the busiest time of the day. */
function peakOf(rate: RateCurve): number {
  let peak = 0;
  for (let atMs = 0; atMs < dayMs; atMs = rate.nextChangeMs(atMs)) peak = Math.max(peak, rate.perSecondAt(atMs));
  return peak;
}

export function isBelowObjective({ served, failed, late }: MinuteOfPayments): boolean {
  return served - late < objective.goodShare * (served + failed);
}
