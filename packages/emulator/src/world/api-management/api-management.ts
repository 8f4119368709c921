import type { Random } from "@fairway/kernel";
import type { PlainResource } from "../arm/plain-resources.ts";
import { isJson, type Json, listAt } from "../arm/read-fields.ts";
import { Disconnections } from "../traffic/disconnections.ts";
import { isSame, nameOf, PublishedResources, propertiesOf } from "../traffic/published-resources.ts";
import type { Answers, TrafficSwitch } from "../traffic/switch.ts";
import { durationMs, platformMs, type World } from "../world.ts";
import { type Service, servicesInTurn } from "./backend.ts";

type ApiManagementWorld = Pick<World, "clock" | "random" | "calibration" | "timeScale" | "trace">;

/** Until there were so many failures that a circuit breaker trips: assumed, for a busy gateway. */
const tripSeconds = 5;

/** Services of API Management with their backends; gateways follow a change a while after it was written. */
export class ApiManagement implements TrafficSwitch {
  readonly what = "API Management service";
  readonly resources: PublishedResources;
  readonly #world: ApiManagementWorld;
  readonly #lagSeconds: (service: string) => number;
  readonly #random: Random;
  readonly #creating = new Set<string>();
  readonly #disconnections: Disconnections;

  /** `lagSeconds`: how much later than usual the gateways learn of a change. */
  constructor(world: ApiManagementWorld, lagSeconds: (service: string) => number = () => 0) {
    this.#world = world;
    this.#lagSeconds = lagSeconds;
    this.#random = world.random.stream("api-management");
    this.resources = new PublishedResources(world.clock);
    this.#disconnections = new Disconnections(world.clock);
  }

  isCreating({ id }: Pick<PlainResource, "id">): boolean {
    return this.#creating.has(id.toLowerCase());
  }

  create(id: string, content: Json, done: () => void): PlainResource {
    const resource = this.write(id, content);
    this.#creating.add(id.toLowerCase());
    this.#world.clock.after(durationMs(this.#world, "apiManagement.create", this.#random), () => {
      this.#creating.delete(id.toLowerCase());
      done();
    });
    return resource;
  }

  write(id: string, content: Json): PlainResource {
    const etag = etagOf(this.#random.uuid());
    const resource = this.resources.set(id, { ...content, etag });
    this.#publish(id);
    return resource;
  }

  remove(id: string): void {
    this.resources.delete(id);
    this.#publish(id);
  }

  /** Kinds of backends of the same service; an id may begin at `/backends/`. */
  kindOf(service: string, id: string): "Single" | "Pool" | undefined {
    const backend = this.resources.get(`${service}/backends/${nameOf(id)}`);
    if (!backend) return undefined;
    return propertiesOf(backend)["type"] === "Pool" ? "Pool" : "Single";
  }

  endpointsOf(name: string): readonly string[] | undefined {
    const service = this.resources.rootNamed(name);
    if (!service) return undefined;
    const backends = this.resources.within(`${service.id}/backends/`);
    return backends.filter((one) => propertiesOf(one)["type"] !== "Pool").map(({ id }) => nameOf(id));
  }

  setReachable(service: string, backend: string, isReachable: boolean): void {
    this.#disconnections.set(service, backend, isReachable);
  }

  /**
   * Where gateways send requests that are for a pool. A backend is left out while its circuit breaker is tripped; without a
   * circuit breaker it goes on getting its share.
   */
  answers(service: string, pool: string): Answers | undefined {
    const root = this.resources.rootNamed(service);
    if (!root) return undefined;
    const served = this.resources.served(root.id);
    const backendOf = (name: string): PlainResource | undefined =>
      served.find(({ id }) => isSame(id, `${root.id}/backends/${name}`));
    const found = backendOf(pool);
    if (!found) return undefined;
    const all = servicesOf(found);
    const closed = all.filter(({ id }) => !this.#isTripped(service, backendOf(nameOf(id))));
    const answers = [...servicesInTurn(closed)].filter(([, weight]) => weight > 0);
    return {
      ttlSeconds: 0,
      answers: answers.map(([{ id }, weight]) => {
        const { url } = propertiesOf(backendOf(nameOf(id)) ?? found);
        const isReachable = this.#disconnections.isReachable(service, nameOf(id));
        return {
          endpoint: nameOf(id),
          target: typeof url === "string" ? new URL(url).host : null,
          weight,
          isReachable,
        };
      }),
    };
  }

  #isTripped(service: string, backend: PlainResource | undefined): boolean {
    if (!backend) return true;
    const { circuitBreaker } = propertiesOf(backend);
    const [rule] = isJson(circuitBreaker) ? listAt(circuitBreaker, "rules") : [];
    if (!rule) return false;
    const { tripDuration } = rule;
    const untilWellMs = platformMs(this.#world, secondsOf(typeof tripDuration === "string" ? tripDuration : "PT1M"));
    return this.#disconnections.isNoticed(service, nameOf(backend.id), {
      untilIllMs: platformMs(this.#world, tripSeconds),
      untilWellMs,
    });
  }

  #publish(id: string): void {
    const { clock, trace } = this.#world;
    const name = nameOf(this.resources.rootOf(id));
    const lagMs = platformMs(this.#world, this.#lagSeconds(name));
    const followMs = durationMs(this.#world, "apiManagement.propagation", this.#random);
    this.resources.publish(id, clock.now() + followMs + lagMs);
    trace.add("apiManagement.written", { service: name, resource: nameOf(id) });
  }
}

export function servicesOf(pool: PlainResource): readonly Service[] {
  const { services = [] } = (propertiesOf(pool)["pool"] ?? {}) as { services?: readonly Service[] };
  return services;
}

/** As the service writes them: eight bytes that tell nobody anything. */
function etagOf(guid: string): string {
  return `"${Buffer.from(guid.replaceAll("-", "").slice(0, 16), "hex").toString("base64")}"`;
}

/** Of an ISO 8601 duration of days, hours, minutes and seconds. */
function secondsOf(duration: string): number {
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration) ?? [];
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
}
