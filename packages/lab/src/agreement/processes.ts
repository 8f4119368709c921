import type { VirtualAzure, VirtualAzureOptions } from "@fairway/emulator";
import type { VirtualKernel } from "@fairway/kernel";
import { shutdownDrainMs } from "../live/apps.ts";
import { isAnswering } from "../virtual/app-behaviour.ts";
import { appOfImage } from "../virtual/topology.ts";

type Behaviour = NonNullable<VirtualAzureOptions["behaviour"]>;

/** How long a process of the sample apps takes until it listens; measured on two cores, by itself and three at a time. */
const startMs = { median: 450, p95: 1_200 } as const;
/** SIGTERM to exit with nothing to wait for; measured. */
const stopMs = 20;
/** How often the payment API asks for its configuration until it has it, and for how long at most before its probe gives up. */
const askEveryMs = 250;
const askForMs = 60_000;

interface Place {
  readonly azure: VirtualAzure;
  readonly kernel: VirtualKernel;
}

/** The sample apps of the live lane as they behave as processes: as numbers of the model runtime. */
export function processBehaviour(place: () => Place): Behaviour {
  return ({ id, image, scope = "" }) => {
    const random = place().kernel.random.stream(`lab/process/${id}`);
    const listenAfterMs = Math.round(random.logNormal(startMs.median, startMs.p95));
    switch (appOfImage(image)) {
      case "config-server":
        return { createMs: 0, listenAfterMs, ...configServerProcess() };
      case "payment-api":
        return { createMs: 0, listenAfterMs, ...paymentProcess(place(), `config-server.${scope}`, listenAfterMs) };
      default:
        return {};
    }
  };
}

/** Not ready from the signal on. */
function configServerProcess(): ReturnType<Behaviour> {
  const signal = createSignal();
  return {
    stopMs: () => signal.come(stopMs),
    answers: ({ path }) => (path === "/health/ready" ? !signal.hasCome : "for good"),
  };
}

/** Alive as soon as it listens; started and ready with its configuration; from the signal on not ready, but served for a while. */
function paymentProcess(place: Place, configuration: string, listenAfterMs: number): ReturnType<Behaviour> {
  const signal = createSignal();
  const found = askFor(configuration, place, listenAfterMs);
  return {
    // Who never served has nobody to wait for.
    stopMs: () => signal.come(stopMs + (found.isThere ? shutdownDrainMs : 0)),
    answers({ path }) {
      if (path === "/health/live") return "for good";
      if (path === "/health/ready") return found.isThere && !signal.hasCome;
      return found.isThere && "for good";
    },
  };
}

function createSignal() {
  return {
    hasCome: false,
    come(endsAfterMs: number): number {
      this.hasCome = true;
      return endsAfterMs;
    },
  };
}

function askFor(host: string, { azure, kernel }: Place, afterMs: number): { readonly isThere: boolean } {
  const found = { isThere: false };
  const untilMs = kernel.clock.now() + askForMs;
  const ask = (): void => {
    found.isThere = isAnswering(azure, host);
    if (!found.isThere && kernel.clock.now() < untilMs) kernel.clock.after(askEveryMs, ask);
  };
  kernel.clock.after(afterMs, ask);
  return found;
}
