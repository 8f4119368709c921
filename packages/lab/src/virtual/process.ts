import { RestError } from "@azure/core-rest-pipeline";
import type {
  Clock,
  DeploymentTarget,
  Journal,
  JournalLease,
  Switcher,
  SwitcherReference,
  Transport,
} from "@fairway/sdk";
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
  connect(address: string): Promise<DeploymentTarget>;
  connectSwitcher(reference: SwitcherReference): Promise<Switcher>;
  /** A journal as this process has it: it writes nothing any more when the process is gone. */
  open(journal: Journal): Journal;
  /** Resolves when it was killed; never when it lives on. */
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
  let isAlive = true;
  let calls = 0;
  let thaw: Promise<void> | undefined;
  const killed = Promise.withResolvers<void>();
  const frozen = Promise.withResolvers<void>();

  function kill(): Promise<never> {
    isAlive = false;
    killed.resolve();
    return never;
  }
  async function unlessDead<T>(work: () => Promise<T>): Promise<T> {
    if (!isAlive) return await never;
    try {
      return await work();
    } finally {
      while (thaw) await thaw;
      if (!isAlive) await never;
    }
  }
  function freeze(durationMs: number): void {
    const own = world.clock.sleep(durationMs).finally(() => {
      if (thaw === own) thaw = undefined;
    });
    thaw = own;
    frozen.resolve();
  }
  async function send<T>(about: Pick<Call, "to" | "method" | "url">, work: () => Promise<T>): Promise<T> {
    if (!isAlive) return await never;
    calls += 1;
    const decided = fate({ ...about, number: calls });
    if (decided === "killed-before") return await kill();
    return await unlessDead(async () => {
      const answer = await work();
      if (decided === "killed-after") return await kill();
      if (typeof decided === "object") freeze(decided.frozenMs);
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
      sleep: (durationMs, signal) => unlessDead(() => world.clock.sleep(durationMs, signal)),
    },
    connect: (address) => world.connect(address, transport),
    connectSwitcher: (reference) => world.connectSwitcher(reference, transport),
    open: (journal) => ({
      name: journal.name,
      read: () => unlessDead(() => journal.read()),
      acquire: async (by) => ofThis(await unlessDead(() => journal.acquire(by))),
      request: (what) => unlessDead(() => journal.request(what)),
    }),
    killed: killed.promise,
    frozen: frozen.promise,
    get calls() {
      return calls;
    },
    end() {
      isAlive = false;
    },
  };

  function ofThis(lease: JournalLease): JournalLease {
    return {
      append: (entry) => unlessDead(() => lease.append(entry)),
      begin: (entry) => unlessDead(() => lease.begin(entry)),
      takeRequest: () => unlessDead(() => lease.takeRequest()),
      release: () => unlessDead(() => lease.release()),
    };
  }
}

const never = new Promise<never>(() => {});

/** A connection that was cut, as the HTTP client of each tells of it: that of the Azure SDKs then sends the request again. */
function lost(to: Call["to"]): Error {
  const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  return to === "arm" ? new RestError(cause.message, { code: cause.code }) : new TypeError("fetch failed", { cause });
}
