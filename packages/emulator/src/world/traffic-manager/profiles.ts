import { Disconnections } from "../traffic/disconnections.ts";
import { Propagation } from "../traffic/propagation.ts";
import type { Answers, TrafficSwitch } from "../traffic/switch.ts";
import { durationMs, platformMs, type World } from "../world.ts";
import type { Endpoint, Profile } from "./profile.ts";

export interface ProfileAddress {
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly name: string;
}

/** A profile with what the world knows of it. */
export interface KnownProfile {
  readonly address: ProfileAddress;
  readonly profile: Profile;
  /** When each endpoint was enabled, by name. */
  readonly enabledAtMs: ReadonlyMap<string, number>;
}

type ProfileWorld = Pick<World, "clock" | "random" | "calibration" | "timeScale" | "trace">;

/** All Traffic Manager profiles: who is asked gets weighted answers, a while after they were written. */
export class TrafficManager implements TrafficSwitch {
  readonly what = "Traffic Manager profile";
  readonly #world: ProfileWorld;
  readonly #lagSeconds: (profile: string) => number;
  readonly #profiles = new Map<string, KnownProfile>();
  /** What the name servers have. */
  readonly #served = new Propagation<Profile>();
  readonly #disconnections: Disconnections;

  /** `lagSeconds`: how much later than usual the name servers learn of a profile. */
  constructor(world: ProfileWorld, lagSeconds: (profile: string) => number = () => 0) {
    this.#world = world;
    this.#lagSeconds = lagSeconds;
    this.#disconnections = new Disconnections(world.clock);
  }

  list(subscription: string): readonly KnownProfile[] {
    return [...this.#profiles.values()].filter(({ address }) => address.subscription === subscription);
  }

  get(address: ProfileAddress): KnownProfile | undefined {
    return this.#profiles.get(keyOf(address));
  }

  /** By name, compared without case. */
  named(name: string): KnownProfile | undefined {
    return [...this.#profiles.values()].find(({ address }) => isSame(address.name, name));
  }

  withRelativeName(relativeName: string): KnownProfile | undefined {
    return [...this.#profiles.values()].find(({ profile }) => isSame(profile.relativeName, relativeName));
  }

  set(address: ProfileAddress, profile: Profile): KnownProfile {
    const before = this.get(address);
    const known: KnownProfile = {
      address: before?.address ?? address,
      profile,
      enabledAtMs: this.#enabledAt(before, profile),
    };
    this.#profiles.set(keyOf(address), known);
    this.#served.publish(keyOf(address), profile, this.#knownFromMs(address.name), this.#world.clock.now());
    const weights = profile.endpoints.map(({ name, weight, endpointStatus }) => [
      name,
      endpointStatus === "Enabled" ? weight : 0,
    ]);
    this.#world.trace.add("trafficManager.written", {
      profile: known.address.name,
      weights: Object.fromEntries(weights),
    });
    return known;
  }

  /** All there are now are of an earlier run: name servers and probes knew them then. */
  settle(): void {
    const nowMs = this.#world.clock.now();
    for (const [key, known] of this.#profiles) {
      this.#served.forget(key);
      this.#served.publish(key, known.profile, nowMs, nowMs);
      const enabledAtMs = new Map([...known.enabledAtMs.keys()].map((name) => [name, 0]));
      this.#profiles.set(key, { ...known, enabledAtMs });
    }
  }

  remove(address: ProfileAddress): boolean {
    this.#served.forget(keyOf(address));
    return this.#profiles.delete(keyOf(address));
  }

  endpointsOf(name: string): readonly string[] | undefined {
    return this.named(name)?.profile.endpoints.map((endpoint) => endpoint.name);
  }

  setReachable(profile: string, endpoint: string, isReachable: boolean): void {
    this.#disconnections.set(profile, endpoint, isReachable);
  }

  /** Source: Traffic Manager docs, endpoint monitoring: degraded after one failed probe more than are tolerated. */
  monitorStatus(known: KnownProfile, endpoint: Endpoint): string {
    const { profile } = known;
    const nowMs = this.#world.clock.now();
    if (profile.profileStatus === "Disabled") return "Inactive";
    if (endpoint.endpointStatus === "Disabled") return "Disabled";
    if (endpoint.alwaysServe === "Enabled") return "Unmonitored";
    const intervalMs = platformMs(this.#world, profile.monitor.intervalInSeconds);
    const untilIllMs = (profile.monitor.toleratedNumberOfFailures + 1) * intervalMs;
    const { name } = known.address;
    if (this.#disconnections.isNoticed(name, endpoint.name, { untilIllMs, untilWellMs: intervalMs })) return "Degraded";
    const enabledAtMs = known.enabledAtMs.get(endpoint.name.toLowerCase()) ?? nowMs;
    return nowMs < enabledAtMs + intervalMs ? "CheckingEndpoint" : "Online";
  }

  /** What name servers answer with now, and how long resolvers may keep it. */
  answers(known: KnownProfile): Answers {
    const profile = this.#served.at(keyOf(known.address), this.#world.clock.now());
    if (!profile || profile.profileStatus === "Disabled") return { ttlSeconds: profile?.ttlSeconds ?? 0, answers: [] };
    const enabled = profile.endpoints.filter(({ endpointStatus }) => endpointStatus === "Enabled");
    const healthy = enabled.filter((endpoint) => this.monitorStatus(known, endpoint) !== "Degraded");
    // When all are degraded all are answered with (Traffic Manager docs, endpoint monitoring).
    const usable = healthy.length > 0 ? healthy : enabled;
    return {
      ttlSeconds: profile.ttlSeconds,
      answers: chosen(profile, usable).map(({ name, target, weight }) => ({
        endpoint: name,
        target,
        weight: profile.trafficRoutingMethod === "Weighted" ? weight : 1,
        isReachable: this.#disconnections.isReachable(known.address.name, name),
      })),
    };
  }

  #enabledAt(before: KnownProfile | undefined, { endpoints }: Profile): ReadonlyMap<string, number> {
    const nowMs = this.#world.clock.now();
    const enabled = endpoints.filter(({ endpointStatus }) => endpointStatus === "Enabled");
    return new Map(
      enabled.map(({ name }) => [name.toLowerCase(), before?.enabledAtMs.get(name.toLowerCase()) ?? nowMs]),
    );
  }

  #knownFromMs(name: string): number {
    const random = this.#world.random.stream(`traffic-manager/${name}`);
    const lagMs = platformMs(this.#world, this.#lagSeconds(name));
    return this.#world.clock.now() + durationMs(this.#world, "trafficManager.propagation", random) + lagMs;
  }
}

function chosen({ trafficRoutingMethod }: Profile, usable: readonly Endpoint[]): readonly Endpoint[] {
  if (trafficRoutingMethod !== "Priority") return usable;
  return usable.toSorted((a, b) => a.priority - b.priority).slice(0, 1);
}

function keyOf({ subscription, resourceGroup, name }: ProfileAddress): string {
  return `${subscription}/${resourceGroup}/${name}`.toLowerCase();
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
