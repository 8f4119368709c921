import {
  ApiManagementClient,
  type ApiManagementServiceResource,
  type BackendGetResponse,
  type BackendPoolItem,
} from "@azure/arm-apimanagement";
import type { Switcher } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import { clientOptions, type InGroup, type SwitcherOptions } from "./options.ts";
import { createSwitcher, type Divider, type Percent, type WeightedRoute } from "./switcher.ts";

export interface ApiManagementAddress extends InGroup {
  readonly scheme: "apim";
  readonly service: string;
  /** Name of a backend that is a pool. */
  readonly backend: string;
}

interface Pool {
  readonly service: ApiManagementServiceResource;
  readonly pool: BackendGetResponse;
  readonly members: readonly BackendPoolItem[];
}

/** Gateways of one region follow in seconds; the docs name no figure: assumed. */
const nearMs = 60_000;
/** And those of several regions within about ten minutes, as users tell. */
const farMs = 10 * 60_000;

/** Who takes requests, and who only would if the circuit breakers of all those were tripped. */
const priorityOf = { inTurn: 1, spare: 2 } as const;

/**
 * Weights of the backends of a pool of API Management. It decides per request, each gateway by itself. A weight of 0 is not
 * defined: a backend at 0 % is of a later priority, which is asked only while the circuit breakers of all the others are
 * tripped. A movement is one change, made only if nobody has changed the pool since it was read (ETag): `conflict`.
 */
export function createApiManagement(place: ApiManagementAddress, options: SwitcherOptions): Promise<Switcher> {
  return createSwitcher(options, dividerOf(place, options));
}

function dividerOf(
  { subscriptionId, resourceGroup, service, backend: poolName }: ApiManagementAddress,
  options: SwitcherOptions,
): Divider<Pool> {
  const client = new ApiManagementClient(options.credential, subscriptionId, clientOptions(options));
  const path = [resourceGroup, service] as const;
  const subject = `Backend ${poolName} of API Management service ${service} in resource group ${resourceGroup}`;
  const setMembers = ({ pool }: Pool, services: readonly BackendPoolItem[]): Promise<unknown> =>
    client.backend.update(...path, poolName, pool.eTag ?? "", { pool: { services: [...services] } });
  return {
    subject,
    noun: "backend",
    async read() {
      const [about, pool] = await Promise.all([
        client.apiManagementService.get(...path),
        client.backend.get(...path, poolName),
      ]);
      const members = pool.pool?.services ?? [];
      if (pool.typePropertiesType !== "Pool") throw isNoPool(subject);
      return { service: about, pool, members };
    },
    routes: ({ members }) => routesOf(members),
    traits: (pool) => ({
      decidesPer: "request",
      smallestStep: 1,
      convergenceMs: convergenceOf(pool),
      affinity: "none",
    }),
    async write(pool, percent) {
      await setMembers(pool, withWeights(pool.members, percent));
      return convergenceOf(pool);
    },
    async add(pool, name, host) {
      const [first] = pool.members;
      const like = first && (await client.backend.get(...path, nameOf(first.id)));
      const { circuitBreaker, tls } = like ?? {};
      const made = await client.backend.createOrUpdate(...path, name, {
        typePropertiesType: "Single",
        protocol: "http",
        url: urlOf(like?.url, host),
        ...(circuitBreaker ? { circuitBreaker } : {}),
        ...(tls ? { tls } : {}),
      });
      const spare = { id: made.id ?? "", weight: 1, priority: priorityOf.spare };
      await setMembers(pool, [...withWeights(pool.members, percentOf(pool.members)), spare]);
    },
    async remove(pool, name) {
      const rest = pool.members.filter(({ id }) => nameOf(id) !== name);
      await setMembers(pool, rest);
      await client.backend.delete(...path, name, "*");
    },
  };
}

/** As gateways read a pool: the first priority takes all; without weights all of it alike (API Management docs, backends). */
function routesOf(members: readonly BackendPoolItem[]): readonly WeightedRoute[] {
  const first = Math.min(...members.map(({ priority = 0 }) => priority));
  const inTurn = members.filter(({ priority = 0 }) => priority === first);
  const isWeighted = inTurn.some(({ weight = 0 }) => weight > 0);
  return members.map((member) => ({
    name: nameOf(member.id),
    weight: inTurn.includes(member) ? (isWeighted ? (member.weight ?? 0) : 1) : 0,
  }));
}

function withWeights(members: readonly BackendPoolItem[], percent: Percent): readonly BackendPoolItem[] {
  return members.map(({ id }) => {
    const weight = percent[nameOf(id)] ?? 0;
    return weight > 0 ? { id, weight, priority: priorityOf.inTurn } : { id, weight: 1, priority: priorityOf.spare };
  });
}

function percentOf(members: readonly BackendPoolItem[]): Percent {
  return Object.fromEntries(routesOf(members).map(({ name, weight }) => [name, weight]));
}

function convergenceOf({ service }: Pool): number {
  return (service.additionalLocations ?? []).length > 0 ? farMs : nearMs;
}

/** The same scheme, port and path at another host. */
function urlOf(like: string | undefined, host: string): string {
  const url = new URL(like ?? `https://${host}`);
  url.hostname = host;
  return url.href.replace(/\/$/, "");
}

function nameOf(id: string): string {
  return id.split("/").at(-1) ?? "";
}

function isNoPool(subject: string): FairwayError {
  return new FairwayError("target-invalid", `${subject} is a single backend, which divides nothing.`, {
    hint: "Name one whose type is Pool.",
    path: "backend",
  });
}
