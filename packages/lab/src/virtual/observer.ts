import type { Random } from "@fairway/kernel";
import { type ClusterName, hostOfApp } from "./places.ts";
import type { MinuteOfPayments, PaymentCounts, TrialRecord } from "./record.ts";
import { entry, type Topology, wayOf } from "./topology.ts";
import type { VirtualWorld } from "./world.ts";

/** Below it a minute does not meet the objective. */
const objective = 0.999;
/** Of a minute's payments: from there on it is an outage. */
const outageShare = 0.5;

/** STAND-IN until the traffic model is there: what customers see, from the routes of the way of a payment. */
export class Observer {
  readonly minutes: (MinuteOfPayments & { readonly atMs: number })[] = [];
  readonly #world: VirtualWorld;
  readonly #topology: Topology;
  readonly #random: Random;
  readonly #shares = new Map<string, number>();
  readonly #hosts: readonly string[];
  readonly #addresses = new Map<string, Set<string>>();
  #sinceMs: number;
  #minute = { served: 0, failed: 0, late: 0 };
  #total = { total: 0, failed: 0, late: 0, lost: 0 };
  onMinute: (minute: MinuteOfPayments) => void = () => {};

  constructor(world: VirtualWorld, topology: Topology, cluster: ClusterName) {
    this.#world = world;
    this.#topology = topology;
    this.#random = world.kernel.random.stream("lab/traffic");
    this.#sinceMs = world.kernel.clock.now();
    this.#hosts = wayOf(topology, entry).map(({ name }) => hostOfApp(name, cluster));
    for (const host of this.#hosts) this.#look(host);
    world.azure.dataPlane.onRoute((host) => {
      if (this.#hosts.includes(host)) this.#change(host);
    });
    world.azure.onState((address) => {
      for (const host of this.#addresses.get(address) ?? []) this.#change(host);
    });
    this.#tick();
  }

  get payments(): PaymentCounts {
    return { ...this.#total };
  }

  judge(): Pick<TrialRecord, "minutesBelowObjective" | "outage"> {
    let below = 0;
    const outages: number[] = [];
    let isDown = false;
    for (const { served, failed } of this.minutes) {
      const share = served / Math.max(1, served + failed);
      if (share < objective) below += 1;
      const wasDown = isDown;
      isDown = share < 1 - outageShare;
      if (isDown && wasDown) outages.push((outages.pop() ?? 0) + 60_000);
      else if (isDown) outages.push(60_000);
    }
    const totalMs = outages.reduce((sum, one) => sum + one, 0);
    return {
      minutesBelowObjective: below,
      outage: { count: outages.length, longestMs: Math.max(0, ...outages), totalMs },
    };
  }

  #change(host: string): void {
    this.#settle();
    this.#look(host);
  }

  #look(host: string): void {
    const backends = this.#world.azure.dataPlane.route(host)?.backends ?? [];
    const weights = backends.reduce((sum, { weight }) => sum + weight, 0);
    let good = 0;
    for (const { weight, endpoints } of backends) {
      let answering = 0;
      for (const { host: address } of endpoints) {
        const hosts = this.#addresses.get(address) ?? new Set();
        this.#addresses.set(address, hosts.add(host));
        const { kind } = this.#world.azure.stateAt(address);
        if (kind === "listening" || kind === "ending") answering += 1;
      }
      if (endpoints.length > 0) good += (weight / weights) * (answering / endpoints.length);
    }
    this.#shares.set(host, good);
  }

  #settle(): void {
    const now = this.#world.kernel.clock.now();
    const mean = (this.#topology.paymentsPerSecond * (now - this.#sinceMs)) / 1_000;
    this.#sinceMs = now;
    if (mean <= 0) return;
    const good = this.#hosts.reduce((share, host) => share * (this.#shares.get(host) ?? 0), 1);
    const count = Math.max(0, Math.round(mean + Math.sqrt(mean) * this.#random.normal()));
    const deviation = Math.sqrt(count * good * (1 - good));
    const failed = Math.min(count, Math.max(0, Math.round(count * (1 - good) + deviation * this.#random.normal())));
    this.#minute.served += count - failed;
    this.#minute.failed += failed;
    this.#total.total += count;
    this.#total.failed += failed;
  }

  #tick(): void {
    const { clock } = this.#world.kernel;
    clock.after(60_000, () => {
      this.#settle();
      this.minutes.push({ atMs: clock.now() - 60_000, ...this.#minute });
      this.onMinute(this.#minute);
      this.#minute = { served: 0, failed: 0, late: 0 };
      this.#tick();
    });
  }
}
