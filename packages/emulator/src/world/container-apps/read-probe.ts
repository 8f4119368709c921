import type { JsonReader } from "./json.ts";
import { invalidField } from "./refusal.ts";
import type { Probe } from "./template.ts";

/**
 * Lowest and highest value. Source: Microsoft.App schema; its ceiling of 10 for failureThreshold is not enforced (the
 * documentation's own samples have 48 and 240), and 0 is taken for initialDelaySeconds.
 */
const limits = {
  initialDelaySeconds: [0, 60],
  periodSeconds: [1, 240],
  timeoutSeconds: [1, 240],
  successThreshold: [1, 10],
  failureThreshold: [1, 240],
  terminationGracePeriodSeconds: [0, 3_600],
} as const;

type Limited = keyof typeof limits;

export function readProbe(reader: JsonReader, container: string): Probe {
  const field = `template.containers.${container}.probes`;
  const type = reader.oneOf("type", ["Startup", "Liveness", "Readiness"]);
  if (!type) throw invalidField(`${field}.type`, "", "must be Startup, Liveness or Readiness");
  const httpGet = reader.object("httpGet");
  const tcpSocket = reader.object("tcpSocket");
  if (Boolean(httpGet) === Boolean(tcpSocket)) {
    throw invalidField(
      field,
      type,
      "exactly one of httpGet and tcpSocket must be given; exec and gRPC are not supported",
    );
  }
  const numbers = Object.fromEntries(
    (Object.keys(limits) as Limited[]).flatMap((name) => {
      const value = reader.integer(name);
      return value === undefined ? [] : [[name, within(value, name, field)]];
    }),
  ) as Partial<Record<Limited, number>>;
  if (type !== "Readiness" && (numbers.successThreshold ?? 1) !== 1) {
    throw invalidField(`${field}.successThreshold`, numbers.successThreshold, "must be 1 for liveness and startup");
  }
  const path = httpGet?.text("path");
  return {
    type,
    ...(httpGet
      ? { httpGet: { ...carried(httpGet), ...(path === undefined ? {} : { path }), port: portOf(httpGet, field) } }
      : {}),
    ...(tcpSocket ? { tcpSocket: { port: portOf(tcpSocket, field) } } : {}),
    ...numbers,
  };
}

/** Shown again, and not sent with the probe. */
function carried(httpGet: JsonReader): Record<string, unknown> {
  const names = ["httpHeaders", "host", "scheme"].filter((name) => httpGet.raw[name] != null);
  return Object.fromEntries(names.map((name) => [name, httpGet.raw[name]]));
}

function within(value: number, name: Limited, field: string): number {
  const [lowest, highest] = limits[name];
  if (value >= lowest && value <= highest) return value;
  throw invalidField(`${field}.${name}`, value, `must be between ${lowest} and ${highest}`);
}

function portOf(target: JsonReader, field: string): number {
  const port = target.integer("port");
  if (port !== undefined && port >= 1 && port <= 65_535) return port;
  throw invalidField(`${field}.port`, port, "must be a number from 1 to 65535");
}
