import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface Metrics {
  requestAnswered(request: { method: string; route: string; status: number; durationMs: number }): void;
  paymentHandled(outcome: PaymentOutcome): void;
  /** Prometheus text format. */
  expose(): Promise<{ contentType: string; text: string }>;
}

export type PaymentOutcome = "created" | "replayed" | "captured" | "refunded";

export function createMetrics(
  version: string,
  connections: () => { total: number; idle: number; waiting: number },
): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ version });
  const registers = [registry];
  const duration = new Histogram({
    name: "http_request_duration_seconds",
    help: "From the request's arrival to the end of its answer.",
    labelNames: ["method", "route", "status"],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
    registers,
  });
  const payments = new Counter({
    name: "payments_total",
    help: "Payments that the ledger took or repeated.",
    labelNames: ["outcome"],
    registers,
  });
  new Gauge({
    name: "database_connections",
    help: "Connections of the pool, and requests that wait for one.",
    labelNames: ["state"],
    registers,
    collect() {
      for (const [state, count] of Object.entries(connections())) this.set({ state }, count);
    },
  });
  let withProcessMetrics = false;
  return {
    requestAnswered: ({ method, route, status, durationMs }) =>
      duration.observe({ method, route, status }, durationMs / 1000),
    paymentHandled: (outcome) => payments.inc({ outcome }),
    async expose() {
      // Event-loop and garbage-collection probes cost a start and each request; a replica that nobody scrapes has none.
      if (!withProcessMetrics) collectDefaultMetrics({ register: registry });
      withProcessMetrics = true;
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
