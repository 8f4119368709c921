import { durationMs, platformMs, type World } from "../world.ts";
import type { Endpoint, Profile } from "./profile.ts";

export interface ProfileAddress {
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly name: string;
}

/** What the name servers answer with: one of these, as likely as its weight says. */
export interface Answer {
  readonly endpoint: string;
  /** Host name or address; null for a resource that Azure would resolve. */
  readonly target: string | null;
  readonly weight: number;
  /** False while a fault keeps everybody from it, be it that the probes have not seen that yet. */
  readonly isReachable: boolean;
}

/** A profile with what the world knows of it. */
export interface KnownProfile {
  readonly address: ProfileAddress;
  readonly profile: Profile;
  /** When each endpoint was enabled, by name. */
  readonly enabledAtMs: ReadonlyMap<string, number>;
  /** What the name servers have, each from a moment on; the last one is `profile`. */
  readonly versions: readonly { readonly fromMs: number; readonly profile: Profile }[];
}

interface Disconnection {
  readonly fromMs: number;
  untilMs?: number;
}

type ProfileWorld = Pick<World, "clock" | "random" | "calibration" | "timeScale" | "trace">;

/** All Traffic Manager profiles: who is asked gets weighted answers, a while after they were written. */
export class TrafficManager {
  readonly #world: ProfileWorld;
  readonly #lagSeconds: (profile: string) => number;
  readonly #profiles = new Map<string, KnownProfile>();
  readonly #disconnections = new Map<string, Disconnection>();

  /** `lagSeconds`: how much later than usual the name servers learn of a profile. */
  constructor(world: ProfileWorld, lagSeconds: (profile: string) => number = () => 0) {
    this.#world = world;
    this.#lagSeconds = lagSeconds;
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
      versions: [...this.#recent(before), { fromMs: this.#knownFromMs(before, address.name), profile }],
    };
    this.#profiles.set(keyOf(address), known);
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

  remove(address: ProfileAddress): boolean {
    return this.#profiles.delete(keyOf(address));
  }

  /** Nobody reaches the endpoint any more, or everybody again: probes notice later. */
  setReachable(profile: string, endpoint: string, isReachable: boolean): void {
    const key = `${profile}/${endpoint}`.toLowerCase();
    const nowMs = this.#world.clock.now();
    const known = this.#disconnections.get(key);
    if (!isReachable) this.#disconnections.set(key, { fromMs: nowMs });
    else if (known) known.untilMs = nowMs;
  }

  /** As a probe would find it now. */
  isReachable({ address }: KnownProfile, { name }: Pick<Endpoint, "name">): boolean {
    const known = this.#disconnections.get(`${address.name}/${name}`.toLowerCase());
    return known === undefined || known.untilMs !== undefined;
  }

  /** Source: Traffic Manager docs, endpoint monitoring: degraded after one failed probe more than are tolerated. */
  monitorStatus(known: KnownProfile, endpoint: Endpoint): string {
    const { profile } = known;
    const nowMs = this.#world.clock.now();
    if (profile.profileStatus === "Disabled") return "Inactive";
    if (endpoint.endpointStatus === "Disabled") return "Disabled";
    if (endpoint.alwaysServe === "Enabled") return "Unmonitored";
    const intervalMs = platformMs(this.#world, profile.monitor.intervalInSeconds);
    if (this.#isDegraded(known, endpoint, intervalMs, nowMs)) return "Degraded";
    const enabledAtMs = known.enabledAtMs.get(endpoint.name.toLowerCase()) ?? nowMs;
    return nowMs < enabledAtMs + intervalMs ? "CheckingEndpoint" : "Online";
  }

  /** What name servers answer with now, and how long resolvers may keep it. */
  answers(known: KnownProfile): { readonly ttlSeconds: number; readonly answers: readonly Answer[] } {
    const nowMs = this.#world.clock.now();
    const profile = known.versions.findLast(({ fromMs }) => fromMs <= nowMs)?.profile;
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
        isReachable: this.isReachable(known, { name }),
      })),
    };
  }

  #isDegraded({ address, profile }: KnownProfile, { name }: Endpoint, intervalMs: number, nowMs: number): boolean {
    const known = this.#disconnections.get(`${address.name}/${name}`.toLowerCase());
    if (!known) return false;
    const noticedMs = known.fromMs + (profile.monitor.toleratedNumberOfFailures + 1) * intervalMs;
    const isOver = known.untilMs !== undefined && nowMs >= known.untilMs + intervalMs;
    return nowMs >= noticedMs && !isOver;
  }

  #enabledAt(before: KnownProfile | undefined, { endpoints }: Profile): ReadonlyMap<string, number> {
    const nowMs = this.#world.clock.now();
    const enabled = endpoints.filter(({ endpointStatus }) => endpointStatus === "Enabled");
    return new Map(
      enabled.map(({ name }) => [name.toLowerCase(), before?.enabledAtMs.get(name.toLowerCase()) ?? nowMs]),
    );
  }

  /** What is answered now, and what is on its way. */
  #recent(before: KnownProfile | undefined): KnownProfile["versions"] {
    const nowMs = this.#world.clock.now();
    const versions = before?.versions ?? [];
    const current = versions.findLastIndex(({ fromMs }) => fromMs <= nowMs);
    return versions.slice(Math.max(0, current));
  }

  #knownFromMs(before: KnownProfile | undefined, name: string): number {
    const random = this.#world.random.stream(`traffic-manager/${name}`);
    const lagMs = platformMs(this.#world, this.#lagSeconds(name));
    const knownMs = this.#world.clock.now() + durationMs(this.#world, "trafficManager.propagation", random) + lagMs;
    return Math.max(knownMs, before?.versions.at(-1)?.fromMs ?? 0);
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
