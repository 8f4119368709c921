import type { Random } from "@fairway/kernel";
import type { PlainResource } from "../arm/plain-resources.ts";
import { type Json, objectAt } from "../arm/read-fields.ts";
import { type DurationName } from "../calibration.ts";
import { Disconnections, type Patience } from "../traffic/disconnections.ts";
import { isSame, nameOf, PublishedResources, propertiesOf } from "../traffic/published-resources.ts";
import type { Answers, TrafficSwitch } from "../traffic/switch.ts";
import { durationMs, platformMs, type World } from "../world.ts";

type FrontDoorWorld = Pick<World, "clock" | "random" | "calibration" | "timeScale" | "trace">;
type Busy = "Creating" | "Updating" | "Deleting";

/** Profiles of Front Door with all that they are made of; its edges follow a change a while after it was written. */
export class FrontDoor implements TrafficSwitch {
  readonly what = "Front Door profile";
  readonly #world: FrontDoorWorld;
  readonly #lagSeconds: (profile: string) => number;
  readonly resources: PublishedResources;
  readonly #random: Random;
  readonly #busy = new Map<string, Busy>();
  /** The last one of each profile. */
  readonly #rollouts = new Map<string, { readonly startMs: number; readonly endMs: number }>();
  readonly #disconnections: Disconnections;

  /** `lagSeconds`: how much later than usual the edges learn of a change. */
  constructor(world: FrontDoorWorld, lagSeconds: (profile: string) => number = () => 0) {
    this.#world = world;
    this.#lagSeconds = lagSeconds;
    this.#random = world.random.stream("front-door");
    this.resources = new PublishedResources(world.clock);
    this.#disconnections = new Disconnections(world.clock);
  }

  provisioningState({ id }: Pick<PlainResource, "id">): Busy | "Succeeded" {
    return this.#busy.get(id.toLowerCase()) ?? "Succeeded";
  }

  /** It is seen at once; `done` is called when the service has taken it, and then edges begin to follow. */
  write(id: string, content: Json, duration: DurationName | "at once", done: () => void): PlainResource {
    const state = this.resources.get(id) ? "Updating" : "Creating";
    const resource = this.resources.set(id, content);
    this.#take(resource.id, state, duration, () => done());
    return resource;
  }

  remove(id: string, done: () => void): void {
    this.#take(id, "Deleting", "frontDoor.write", () => {
      this.resources.delete(id);
      done();
    });
  }

  endpointsOf(name: string): readonly string[] | undefined {
    const profile = this.resources.rootNamed(name);
    if (!profile) return undefined;
    const origins = this.resources.within(`${profile.id}/`).filter((one) => isKind(one, "origins"));
    return origins.map(({ id }) => nameOf(id));
  }

  setReachable(profile: string, origin: string, isReachable: boolean): void {
    this.#disconnections.set(profile, origin, isReachable);
  }

  /**
   * Where the edges send who calls the host of an endpoint. Enabled and healthy origins, those of the first priority, by
   * weight; all enabled ones when none is healthy (Front Door docs, routing methods and health probes).
   */
  answers(host: string): Answers | undefined {
    const endpoint = this.resources
      .within("")
      .find((one) => isSame(String(propertiesOf(one)["hostName"]), host) && isKind(one, "afdendpoints"));
    if (!endpoint) return undefined;
    const served = this.resources.served(endpoint.id);
    const isOpen = served.some((one) => one.id === endpoint.id && isEnabled(one));
    const route = served.find((one) => isBelow(one, endpoint.id) && isEnabled(one));
    if (!isOpen || !route) return { ttlSeconds: 0, answers: [] };
    const groupId = String(objectAt(propertiesOf(route), "originGroup")["id"]);
    const group = served.find(({ id }) => isSame(id, groupId));
    const enabled = served.filter((one) => isBelow(one, groupId) && isEnabled(one));
    const profile = nameOf(this.resources.rootOf(endpoint.id));
    const patience = group && this.#patience(propertiesOf(group));
    const healthy = enabled.filter(
      ({ id }) => !patience || !this.#disconnections.isNoticed(profile, nameOf(id), patience),
    );
    return {
      ttlSeconds: 0,
      answers: ofFirstPriority(healthy.length > 0 ? healthy : enabled).map((one) => this.#answer(profile, one)),
    };
  }

  #answer(profile: string, origin: PlainResource) {
    const { hostName, weight } = propertiesOf(origin);
    const endpoint = nameOf(origin.id);
    const isReachable = this.#disconnections.isReachable(profile, endpoint);
    return { endpoint, target: String(hostName), weight: Number(weight), isReachable };
  }

  /** An origin is healthy while so many of the last samples were (Front Door docs, health probes). Undefined: not probed. */
  #patience(group: Json): Patience | undefined {
    const probes = group["healthProbeSettings"] as Json | null;
    if (!probes) return undefined;
    const { sampleSize, successfulSamplesRequired } = objectAt(group, "loadBalancingSettings");
    const intervalMs = platformMs(this.#world, Number(probes["probeIntervalInSeconds"]));
    const failures = Number(sampleSize) - Number(successfulSamplesRequired) + 1;
    return { untilIllMs: failures * intervalMs, untilWellMs: Number(successfulSamplesRequired) * intervalMs };
  }

  #take(id: string, state: Busy, duration: DurationName | "at once", done: () => void): void {
    const end = (): void => {
      this.#busy.delete(id.toLowerCase());
      done();
      this.#publish(id);
    };
    if (duration === "at once") return end();
    this.#busy.set(id.toLowerCase(), state);
    this.#world.clock.after(durationMs(this.#world, duration, this.#random), end);
  }

  /** Changes that come while one is on its way go together with the next one (Front Door FAQ). */
  #publish(id: string): void {
    const profile = this.resources.rootOf(id);
    const nowMs = this.#world.clock.now();
    const last = this.#rollouts.get(profile);
    const rollout = last && last.startMs > nowMs ? last : this.#begin(profile, Math.max(nowMs, last?.endMs ?? 0));
    this.#rollouts.set(profile, rollout);
    this.resources.publish(id, rollout.endMs);
    this.#world.trace.add("frontDoor.written", { profile: nameOf(profile), resource: nameOf(id) });
  }

  #begin(profile: string, startMs: number) {
    const lagMs = platformMs(this.#world, this.#lagSeconds(nameOf(profile)));
    return { startMs, endMs: startMs + durationMs(this.#world, "frontDoor.propagation", this.#random) + lagMs };
  }
}

function ofFirstPriority(origins: readonly PlainResource[]): readonly PlainResource[] {
  const priorityOf = (origin: PlainResource): number => Number(propertiesOf(origin)["priority"]);
  const first = Math.min(...origins.map(priorityOf));
  return origins.filter((origin) => priorityOf(origin) === first);
}

function isKind({ id }: PlainResource, type: string): boolean {
  return isSame(id.split("/").at(-2) ?? "", type);
}

function isBelow({ id }: PlainResource, parent: string): boolean {
  return id.toLowerCase().startsWith(`${parent.toLowerCase()}/`);
}

function isEnabled(resource: PlainResource): boolean {
  return propertiesOf(resource)["enabledState"] === "Enabled";
}
