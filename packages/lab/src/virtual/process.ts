import { RestError } from "@azure/core-rest-pipeline";
import type { Clock, DeploymentTarget, Fence, Journal, Switcher, SwitcherReference, Transport } from "@fairway/sdk";
import type { VirtualWorld } from "./world.ts";

/** What becomes of a call to Azure or to a cluster. */
export type CallFate =
  | "answered"
  /** The process is gone before the call leaves it. */
  | "killed-before"
  /** Azure has done what was asked, and the process is gone. */
  | "killed-after"
  /** Azure has done what was asked, and the answer is lost on its way. */
  | "answer-lost"
  /** Azure has done what was asked, and the machine of the process stands still for a while: a laptop that is closed. */
  | { readonly frozenMs: number };

export interface Call {
  readonly to: "arm" | "kubernetes";
  readonly method: string;
  readonly url: string;
  /** Of this process, from 1. */
  readonly number: number;
}

export interface VirtualProcess {
  readonly clock: Clock;
  connect(address: string, fence?: Fence): Promise<DeploymentTarget>;
  connectSwitcher(reference: SwitcherReference, fence?: Fence): Promise<Switcher>;
  /** A journal as this process has it: it writes nothing any more when the process is gone. */
  open(journal: Journal): Journal;
  /** Resolves when it was killed, or has ended; never when it lives on. */
  readonly killed: Promise<void>;
  /** Resolves when it stands still first; never when it does not. */
  readonly frozen: Promise<void>;
  readonly calls: number;
  /** It has ended by itself: nothing that it has left goes on. */
  end(): void;
}

/**
 * A program in a virtual world that can be killed at any call: from then on nothing that it waits for ever comes, as for a
 * process that the system has ended. Nothing in it can clean up. `clockOffsetMs`: how far its clock is from the world's.
 */
export function startProcess(
  world: VirtualWorld,
  fate: (call: Call) => CallFate = () => "answered",
  clockOffsetMs: () => number = () => 0,
): VirtualProcess {
  const life = new ProcessLife(world.clock);
  let calls = 0;

  async function send<T>(about: Pick<Call, "to" | "method" | "url">, work: () => Promise<T>): Promise<T> {
    if (!life.isAlive) return await never;
    calls += 1;
    const decided = fate({ ...about, number: calls });
    if (decided === "killed-before") return await life.kill();
    return await life.live(async () => {
      const answer = await work();
      if (decided === "killed-after") return await life.kill();
      if (typeof decided === "object") life.freeze(decided.frozenMs);
      if (decided === "answer-lost") throw lost(about.to);
      return answer;
    });
  }

  const { arm, kubernetes } = world.transport;
  const transport: Transport = {
    arm: {
      sendRequest: (request) =>
        send({ to: "arm", method: request.method, url: request.url }, () => arm.sendRequest(request)),
    },
    kubernetes: (request) =>
      send({ to: "kubernetes", method: request.getHttpMethod(), url: request.getUrl() }, () => kubernetes(request)),
  };
  return {
    clock: {
      now: () => world.clock.now() + clockOffsetMs(),
      sleep: (durationMs, signal) => life.live(() => world.clock.sleep(durationMs, signal)),
    },
    connect: (address, fence) => world.connect(address, transport, fence),
    connectSwitcher: (reference, fence) => world.connectSwitcher(reference, transport, fence),
    open: (journal) => openIn(life, journal),
    killed: life.killed,
    frozen: life.frozen,
    get calls() {
      return calls;
    },
    end: () => void life.kill(),
  };
}

/** What a process waits for: it gets nothing any more when it is gone, and gets it later when it stands still. */
class ProcessLife {
  isAlive = true;
  readonly #clock: Clock;
  readonly #killed = Promise.withResolvers<void>();
  readonly #frozen = Promise.withResolvers<void>();
  #thaw: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get killed(): Promise<void> {
    return this.#killed.promise;
  }

  get frozen(): Promise<void> {
    return this.#frozen.promise;
  }

  kill(): Promise<never> {
    this.isAlive = false;
    this.#killed.resolve();
    return never;
  }

  freeze(durationMs: number): void {
    const thaw = this.#clock.sleep(durationMs).finally(() => {
      if (this.#thaw === thaw) this.#thaw = undefined;
    });
    this.#thaw = thaw;
    this.#frozen.resolve();
  }

  async live<T>(work: () => Promise<T>): Promise<T> {
    if (!this.isAlive) return await never;
    try {
      return await work();
    } finally {
      while (this.#thaw) await this.#thaw;
      if (!this.isAlive) await never;
    }
  }
}

function openIn(life: ProcessLife, journal: Journal): Journal {
  return {
    name: journal.name,
    read: () => life.live(() => journal.read()),
    request: (what) => life.live(() => journal.request(what)),
    async acquire(by) {
      const lease = await life.live(() => journal.acquire(by));
      return {
        append: (entry) => life.live(() => lease.append(entry)),
        begin: (entry) => life.live(() => lease.begin(entry)),
        isSure: () => lease.isSure(),
        renew: () => life.live(() => lease.renew()),
        takeRequest: () => life.live(() => lease.takeRequest()),
        release: () => life.live(() => lease.release()),
      };
    },
  };
}

const never = new Promise<never>(() => {});

/** A connection that was cut, as the HTTP client of each tells of it: that of the Azure SDKs then sends the request again. */
function lost(to: Call["to"]): Error {
  const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  return to === "arm" ? new RestError(cause.message, { code: cause.code }) : new TypeError("fetch failed", { cause });
}
