import type { Container } from "./ports.ts";
import { type ProbeSpec, type ProbeWorker, startProbe } from "./probes.ts";
import type { ProbeKind, ReplicaOptions } from "./replica-types.ts";
import type { World } from "./world.ts";

export interface HealthOptions {
  readonly world: World;
  readonly probes: ReplicaOptions["probes"];
  /** It is on its way out: nobody asks any more whether it lives. */
  isEnding(): boolean;
  /** One probe failed. */
  failed(probe: ProbeKind, message: string): void;
  /** So many failed that the container has to be restarted. */
  unhealthy(probe: "startup" | "liveness", spec: ProbeSpec): void;
  readyChanged(ready: boolean): void;
  /** Started or readiness is another after a probe. */
  changed(): void;
}

/** What the probes of one container say: first whether it has started, then whether it lives and is ready. */
export class ReplicaHealth {
  readonly #options: HealthOptions;
  #workers: ProbeWorker[] = [];
  #started = false;
  #ready = false;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  get started(): boolean {
    return this.#started;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** The container runs. `id` decides when its probes have their beat. */
  begin(container: Container, id: string, startedAtMs: number): void {
    const { startup } = this.#options.probes;
    if (startup) this.#probeStartup(startup, container, id, startedAtMs);
    else this.#onStarted(container, id, startedAtMs);
  }

  /** It has run for long, and was ready. What its probes say next comes a period later. */
  resume(container: Container): void {
    const { liveness, readiness } = this.#options.probes;
    const nowMs = this.#options.world.clock.now();
    this.#started = true;
    this.#ready = true;
    if (liveness) this.#probeLiveness(liveness, container, nowMs + liveness.periodMs);
    if (readiness) this.#probeReadiness(readiness, container, nowMs + readiness.periodMs);
  }

  /** The container has gone. */
  end(): void {
    for (const worker of this.#workers) worker.stop();
    this.#workers = [];
    this.#started = false;
    this.#setReady(false);
  }

  #probeStartup(probe: ProbeSpec, container: Container, id: string, startedAtMs: number): void {
    const firstAtMs = this.#firstTickMs(`${id}/startup`, probe, startedAtMs);
    const worker = startProbe(this.#options.world.clock, container, probe, firstAtMs, {
      failed: (message) => this.#options.failed("Startup", message),
      settled: (ok) => {
        worker.stop();
        if (!ok) return this.#options.unhealthy("startup", probe);
        this.#onStarted(container, id, startedAtMs);
        this.#options.changed();
      },
    });
    this.#workers.push(worker);
  }

  #onStarted(container: Container, id: string, startedAtMs: number): void {
    const { liveness, readiness } = this.#options.probes;
    this.#started = true;
    if (liveness && !this.#options.isEnding()) {
      this.#probeLiveness(liveness, container, this.#firstTickMs(`${id}/liveness`, liveness, startedAtMs));
    }
    // The kubelet asks for readiness as soon as the container has started, without waiting for the beat.
    if (readiness) this.#probeReadiness(readiness, container, startedAtMs + readiness.initialDelayMs);
    else this.#setReady(true);
  }

  #probeLiveness(probe: ProbeSpec, container: Container, firstAtMs: number): void {
    const worker = startProbe(this.#options.world.clock, container, probe, firstAtMs, {
      failed: (message) => this.#options.failed("Liveness", message),
      settled: (ok) => {
        if (ok) return;
        worker.stop();
        this.#options.unhealthy("liveness", probe);
      },
    });
    this.#workers.push(worker);
  }

  #probeReadiness(probe: ProbeSpec, container: Container, firstAtMs: number): void {
    const worker = startProbe(this.#options.world.clock, container, probe, firstAtMs, {
      failed: (message) => this.#options.failed("Readiness", message),
      settled: (ok) => {
        if (ok === this.#ready) return;
        this.#setReady(ok);
        this.#options.changed();
      },
    });
    this.#workers.push(worker);
  }

  /** Startup and liveness have their own beat, on which a container starts at a random moment. */
  #firstTickMs(stream: string, probe: ProbeSpec, startedAtMs: number): number {
    const phase = this.#options.world.random.stream(stream).below(probe.periodMs);
    return startedAtMs + probe.initialDelayMs + phase;
  }

  #setReady(ready: boolean): void {
    if (this.#ready === ready) return;
    this.#ready = ready;
    this.#options.readyChanged(ready);
  }
}
