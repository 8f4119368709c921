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

/** The sample apps of the live lane as they behave as processes: as numbers of the model runtime. */
export function processBehaviour(world: () => { azure: VirtualAzure; kernel: VirtualKernel }): Behaviour {
  return ({ id, image, scope = "" }) => {
    const { azure, kernel } = world();
    const random = kernel.random.stream(`lab/process/${id}`);
    const listenAfterMs = Math.round(random.logNormal(startMs.median, startMs.p95));
    const process = { createMs: 0, listenAfterMs, stopMs };
    if (appOfImage(image) !== "payment-api") return appOfImage(image) === "config-server" ? process : {};
    const configuration = askFor(`config-server.${scope}`, { azure, kernel, afterMs: listenAfterMs });
    return {
      ...process,
      // Who never served has nobody to wait for.
      stopMs: () => stopMs + (configuration.isThere ? shutdownDrainMs : 0),
      // Alive as soon as it listens; started and ready once it has its configuration.
      answers: ({ path }) => (configuration.isThere ? "for good" : path === "/health/live"),
    };
  };
}

function askFor(
  host: string,
  { azure, kernel, afterMs }: { azure: VirtualAzure; kernel: VirtualKernel; afterMs: number },
): { readonly isThere: boolean } {
  const found = { isThere: false };
  const untilMs = kernel.clock.now() + askForMs;
  const ask = (): void => {
    found.isThere = isAnswering(azure, host);
    if (!found.isThere && kernel.clock.now() < untilMs) kernel.clock.after(askEveryMs, ask);
  };
  kernel.clock.after(afterMs, ask);
  return found;
}
