import { EventQueue } from "@fairway/kernel";
import type { FailureReason, Minute, TrafficModel, TrafficModelOptions } from "@fairway/lab";
import type { Request } from "./request.ts";
import { RequestService, type Surroundings } from "./service.ts";

/**
 * The same system as the traffic model of the laboratory, request by request on the event queue of the kernel: each has its
 * own service times, its replica, its place in a line and its timeout. The yardstick; nothing but the interface is shared.
 * Clients follow new shares at once.
 */
export function createRequestModel(options: TrafficModelOptions): TrafficModel {
  const { arrivals, random, startMs, bucketMs = 60_000 } = options;
  const queue = new EventQueue();
  let nowMs = startMs;
  const counts = { arrivals: 0, served: 0, late: 0, failed: 0, inFlight: 0 };
  const failures: Record<FailureReason, number> = {
    noEndpoint: 0,
    staleEndpoint: 0,
    overload: 0,
    timeout: 0,
    interrupted: 0,
    release: 0,
    dependency: 0,
  };
  const minutes: { -readonly [Key in keyof Minute]: Minute[Key] }[] = [];

  const surroundings: Surroundings = {
    now: () => nowMs,
    at: (timeMs, run) => queue.push(timeMs, 0, run),
    cancel: (ticket) => queue.cancel(ticket),
    served: goOn,
    failed(reason) {
      failures[reason] += 1;
      counts.failed += 1;
      counts.inFlight -= 1;
      minuteNow().failed += 1;
    },
  };
  const services = new Map(
    options.services.map((spec) => [spec.name, new RequestService(spec, random.stream(spec.name), surroundings)]),
  );
  const routes = options.routes.map(({ name, hops, share = 1 }) => ({ name, share, hops: hops.map(service) }));
  const clients = random.stream("clients");
  /** With fractions, which the queue does not have. */
  let arrivalMs = startMs;
  planArrival();

  function service(name: string): RequestService {
    const one = services.get(name);
    if (!one) throw new Error(`There is no service ${name}.`);
    return one;
  }

  /** Of a Poisson stream: it has no memory, so at each change of the rate the waiting begins anew. */
  function planArrival(): void {
    const perSecond = arrivals.perSecondAt(Math.max(0, arrivalMs - startMs));
    const changeMs = startMs + arrivals.nextChangeMs(arrivalMs - startMs);
    const nextMs = perSecond > 0 ? arrivalMs + clients.exponential(1_000 / perSecond) : Number.POSITIVE_INFINITY;
    arrivalMs = Math.min(nextMs, changeMs);
    if (arrivalMs === Number.POSITIVE_INFINITY) return;
    queue.push(Math.max(nowMs, Math.floor(arrivalMs)), 0, nextMs < changeMs ? arrive : planArrival);
  }

  function arrive(): void {
    const route = chooseRoute();
    const hops = routes[route]?.hops ?? [];
    counts.arrivals += 1;
    counts.inFlight += 1;
    minuteNow().arrivals += 1;
    hops[0]?.accept({ hops, position: 0, attempt: 0, isLate: false, place: undefined, timeout: undefined });
    planArrival();
  }

  function chooseRoute(): number {
    if (routes.length === 1) return 0;
    let left = clients.unit() * routes.reduce((sum, { share }) => sum + share, 0);
    for (const [index, { share }] of routes.entries()) {
      left -= share;
      if (left < 0) return index;
    }
    return 0;
  }

  function goOn(request: Request): void {
    request.position += 1;
    request.attempt = 0;
    const next = request.hops[request.position];
    if (next) {
      next.accept(request);
      return;
    }
    counts.served += 1;
    counts.inFlight -= 1;
    const minute = minuteNow();
    minute.served += 1;
    if (!request.isLate) return;
    counts.late += 1;
    minute.late += 1;
  }

  function minuteNow(): (typeof minutes)[number] {
    const index = Math.floor((nowMs - startMs) / bucketMs);
    for (let next = minutes.length; next <= index; next++) {
      minutes.push({ atMs: startMs + next * bucketMs, arrivals: 0, served: 0, late: 0, failed: 0 });
    }
    const minute = minutes[index];
    if (!minute) throw new Error("A minute is missing.");
    return minute;
  }

  return {
    get nowMs() {
      return nowMs;
    },
    advanceTo(timeMs) {
      for (let run = queue.take(timeMs); run; run = queue.take(timeMs)) {
        nowMs = queue.takenMs;
        run();
      }
      nowMs = timeMs;
    },
    setReplica: (name, backend, id, state) => service(name).setReplica(backend, id, state, nowMs === startMs),
    setReplicas(name, backend, states) {
      for (const id of service(name).idsOf(backend)) {
        if (!states.has(id)) service(name).setReplica(backend, id, undefined, nowMs === startMs);
      }
      for (const [id, state] of states) service(name).setReplica(backend, id, state, nowMs === startMs);
    },
    setWeights: (name, weights) => service(name).setWeights(weights),
    setHealth: (name, backend, health) => service(name).setHealth(backend, health),
    setShares(shares) {
      for (const route of routes) route.share = shares[route.name] ?? 0;
    },
    usage: (name, backend) => service(name).usage(backend),
    busyMs: (name) => service(name).usage().busyMs,
    totals: counts,
    counters: () => ({
      ...counts,
      failures: { ...failures },
      failedAt: Object.fromEntries([...services].map(([name, { failed }]) => [name, failed])),
      retries: [...services.values()].reduce((sum, { retries }) => sum + retries, 0),
      minutes: minutes.map((minute) => ({ ...minute })),
    }),
  };
}
