import type { Scheduler } from "@fairway/kernel";
import type {
  Container,
  ContainerEvents,
  ContainerExit,
  ContainerSpec,
  ProbeRequest,
  Runtime,
} from "../world/ports.ts";

export interface HeldStart {
  readonly runtime: Runtime;
  readonly clock: Scheduler;
  readonly spec: ContainerSpec;
  readonly events: ContainerEvents;
  /** Calls back once, when there is no reason to wait any more. */
  whenFree(run: () => void): () => void;
}

const killed: ContainerExit = { exitCode: 137, signal: "SIGKILL" };

/** A container that nothing is heard of as long as it is held: its pod shows ContainerCreating. Then it starts. */
export class HeldContainer implements Container {
  readonly #start: HeldStart;
  #container: Container | undefined;
  #stopWaiting: (() => void) | undefined;

  constructor(start: HeldStart) {
    this.#start = start;
    this.#stopWaiting = start.whenFree(() => {
      this.#stopWaiting = undefined;
      this.#container = start.runtime.start(start.spec, start.events);
    });
  }

  address(): ReturnType<Container["address"]> {
    return this.#container?.address();
  }

  terminate(): void {
    if (this.#container) this.#container.terminate();
    else this.#end();
  }

  kill(): void {
    if (this.#container) this.#container.kill();
    else this.#end();
  }

  probe(...[request, done]: Parameters<Container["probe"]>): void {
    this.#container?.probe(request, done);
  }

  isSteady(request: ProbeRequest): boolean {
    return this.#container?.isSteady?.(request) ?? false;
  }

  #end(): void {
    if (!this.#stopWaiting) return;
    this.#stopWaiting();
    this.#stopWaiting = undefined;
    this.#start.clock.after(0, () => this.#start.events.exited(killed));
  }
}
