import { ArmError } from "../arm/provider.ts";
import { isJson, type Json } from "../arm/read-fields.ts";

/** A pool's member. */
export interface Service {
  readonly id: string;
  readonly weight?: number;
  readonly priority?: number;
}

/** At most so many (API Management docs, backends). */
const mostServices = 30;

/** `properties` of a backend with the defaults filled in. Throws 400 ValidationError with every field that is wrong. */
export function readBackend(body: Json, kindOf: (id: string) => "Single" | "Pool" | undefined): Json {
  const properties = isJson(body["properties"]) ? body["properties"] : {};
  const type = properties["type"] ?? "Single";
  const wrong: Detail[] = [];
  const refuse = (target: string, message: string): void =>
    void wrong.push({ code: "ValidationError", target, message });
  if (type !== "Single" && type !== "Pool") refuse("type", `${JSON.stringify(type)} is not a type of backend`);
  if (type === "Single") checkSingle(properties, refuse);
  if (type === "Pool") checkPool(properties, kindOf, refuse);
  if (wrong.length > 0) {
    const text = "One or more fields contain incorrect values:";
    throw new ArmError(400, "ValidationError", text, { extra: { details: wrong } });
  }
  return { ...properties, type, ...(type === "Single" ? { protocol: properties["protocol"] ?? "http" } : {}) };
}

/** Weights of those that a request is sent to, the way gateways read a pool (API Management docs, backends). */
export function servicesInTurn(services: readonly Service[]): ReadonlyMap<Service, number> {
  const first = Math.min(...services.map(({ priority = 0 }) => priority));
  const inTurn = services.filter(({ priority = 0 }) => priority === first);
  // Round robin without weights.
  const isWeighted = inTurn.some(({ weight = 0 }) => weight > 0);
  return new Map(inTurn.map((service) => [service, isWeighted ? (service.weight ?? 0) : 1]));
}

interface Detail {
  readonly code: "ValidationError";
  readonly target: string;
  readonly message: string;
}

type Refuse = (target: string, message: string) => void;

function checkSingle({ url, protocol = "http" }: Json, refuse: Refuse): void {
  if (typeof url !== "string" || !/^https?:\/\/[^\s/]+/i.test(url)) refuse("url", "must be an absolute URL");
  if (protocol !== "http" && protocol !== "soap") refuse("protocol", "must be http or soap");
}

function checkPool({ pool }: Json, kindOf: (id: string) => "Single" | "Pool" | undefined, refuse: Refuse): void {
  const services = isJson(pool) ? pool["services"] : undefined;
  if (!Array.isArray(services) || services.length === 0) return refuse("pool.services", "must name backends");
  if (services.length > mostServices) refuse("pool.services", `must be at most ${mostServices}`);
  for (const [index, service] of services.entries()) {
    const at = `pool.services[${index}]`;
    const { id, weight, priority } = (isJson(service) ? service : {}) as Json;
    const kind = typeof id === "string" ? kindOf(id) : undefined;
    if (kind !== "Single")
      refuse(`${at}.id`, kind ? "must not be a pool" : "must be the id of a backend of this service");
    for (const [name, value] of Object.entries({ weight, priority })) {
      if (value === undefined || value === null) continue;
      const isFit = typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 100;
      if (!isFit) refuse(`${at}.${name}`, "must be between 0 and 100");
    }
  }
}
