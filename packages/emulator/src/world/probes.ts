import type { Scheduler, Timer } from "@fairway/kernel";
import type { Address, Container, ProbeRequest } from "./ports.ts";

/** A probe with every default filled in (`probeFromManifest`). */
export interface ProbeSpec {
  readonly request: ProbeRequest;
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
  /** Grace of the kill that a failed startup or liveness probe causes; absent: the replica's own. */
  readonly graceMs?: number;
}

/** As Kubernetes and Container Apps write a probe. */
export interface ProbeManifest {
  readonly httpGet?: { readonly path?: string; readonly port: number | string };
  readonly tcpSocket?: { readonly port: number | string };
  readonly exec?: unknown;
  readonly grpc?: unknown;
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
  readonly terminationGracePeriodSeconds?: number;
}

/**
 * Kubernetes defaults: period 10 s, timeout 1 s, success 1, failure 3. `portOf` resolves a port that is given by name.
 * Undefined for kinds of probe that no runtime here can run (exec, grpc).
 */
export function probeFromManifest(
  manifest: ProbeManifest,
  portOf: (name: string) => number | undefined,
): ProbeSpec | undefined {
  const request = requestOf(manifest, portOf);
  if (!request) return undefined;
  return {
    request,
    initialDelayMs: (manifest.initialDelaySeconds ?? 0) * 1_000,
    periodMs: Math.max(1, manifest.periodSeconds ?? 10) * 1_000,
    successThreshold: manifest.successThreshold ?? 1,
    failureThreshold: manifest.failureThreshold ?? 3,
    ...(manifest.terminationGracePeriodSeconds === undefined
      ? {}
      : { graceMs: manifest.terminationGracePeriodSeconds * 1_000 }),
  };
}

function requestOf(manifest: ProbeManifest, portOf: (name: string) => number | undefined): ProbeRequest | undefined {
  const target = manifest.httpGet ?? manifest.tcpSocket;
  if (!target) return undefined;
  const port = typeof target.port === "number" ? target.port : portOf(target.port);
  return {
    kind: manifest.httpGet ? "httpGet" : "tcpSocket",
    ...(manifest.httpGet ? { path: manifest.httpGet.path ?? "/" } : {}),
    ...(port === undefined ? {} : { port }),
    timeoutMs: Math.max(1, manifest.timeoutSeconds ?? 1) * 1_000,
  };
}

/** What a probe meets where nobody listens, in the words of the kubelet. */
export function refusedProbe(request: ProbeRequest, { host, port }: Address): string {
  const refused = `dial tcp ${host}:${port}: connect: connection refused`;
  return request.kind === "httpGet" ? `Get "http://${host}:${port}${request.path ?? "/"}": ${refused}` : refused;
}

export interface ProbeWorker {
  stop(): void;
}

export interface ProbeListener {
  /** The result changed for good: `successThreshold` or `failureThreshold` in a row. `message` is the last answer. */
  settled(ok: boolean, message: string): void;
  /** Every failed try, before it counts to the threshold or beyond. */
  failed?(message: string): void;
}

/**
 * Probes one container until stopped, or until no further probe could find anything new: first at `firstAtMs` (or now, when that has passed), then every period, and never
 * two at a time. `settled` is called on each settled try, also when nothing changed.
 * Source: kubernetes/kubernetes pkg/kubelet/prober/worker.go.
 */
export function startProbe(
  clock: Scheduler,
  container: Container,
  probe: ProbeSpec,
  firstAtMs: number,
  listener: ProbeListener,
): ProbeWorker {
  let stopped = false;
  let timer: Timer = clock.at(firstAtMs, run);
  let inARow = { ok: true, count: 0 };
  let isSettled = false;

  function run(): void {
    const beganAtMs = clock.now();
    container.probe(probe.request, (ok, message) => {
      if (stopped) return;
      timer = clock.at(beganAtMs + probe.periodMs, run);
      count(ok, message);
      if (isSettled && ok && container.isSteady?.(probe.request)) timer.cancel();
    });
  }

  function count(ok: boolean, message: string): void {
    inARow = { ok, count: inARow.ok === ok ? inARow.count + 1 : 1 };
    if (!ok) listener.failed?.(message);
    isSettled = inARow.count >= (ok ? probe.successThreshold : probe.failureThreshold);
    if (isSettled) listener.settled(ok, message);
  }

  return {
    stop() {
      stopped = true;
      timer.cancel();
    },
  };
}
