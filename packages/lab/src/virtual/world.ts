import type { HttpClient } from "@azure/core-rest-pipeline";
import { createVirtualAzure, type VirtualAzure, type VirtualAzureOptions } from "@fairway/emulator";
import { createVirtualKernel, createVirtualTime, type VirtualKernel } from "@fairway/kernel";
import {
  type Clock,
  connect,
  connectSwitcher,
  type DeploymentTarget,
  type Fence,
  type Switcher,
  type SwitcherReference,
  type Transport,
} from "@fairway/sdk";
import { createTransport } from "./transport.ts";

export interface VirtualWorldOptions extends Omit<VirtualAzureOptions, "throttling" | "tellsOwners"> {
  /** Decides every draw. */
  readonly seed: number | string;
  /** When it begins. Default: that of the kernel. */
  readonly startMs?: number;
  /** How often the SDK looks whether something has happened. Default 10 s: nobody sits before it. */
  readonly pollMs?: number;
}

/**
 * An Azure, a clock and the SDK with its official clients, in one thread and without a network. Time stands still except
 * in `run`. While it is open, timers, `Date` and `Math.random` of the thread are the world's: one at a time.
 */
export interface VirtualWorld extends Disposable {
  readonly azure: VirtualAzure;
  readonly kernel: VirtualKernel;
  /** For the Azure SDKs. */
  readonly httpClient: HttpClient;
  readonly transport: Transport;
  /** For programs that take theirs as an argument. */
  readonly clock: Clock;
  /** A target, as `connect` of the SDK gives it. Default: its requests travel straight into the world. */
  connect(address: string, transport?: Transport, fence?: Fence): Promise<DeploymentTarget>;
  connectSwitcher(reference: SwitcherReference, transport?: Transport, fence?: Fence): Promise<Switcher>;
  /** Starts `work` and moves the clock until it has ended; gives its result or its error. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Lets so much time pass; inside of `run`. */
  wait(durationMs: number): Promise<void>;
}

export async function openVirtualWorld(options: VirtualWorldOptions): Promise<VirtualWorld> {
  const { seed, startMs, pollMs = 10_000, ...azureOptions } = options;
  const kernel = createVirtualKernel({ seed, ...(startMs === undefined ? {} : { startMs }) });
  const azure = createVirtualAzure(kernel, { ...azureOptions, throttling: false, tellsOwners: false });
  let wake = (): void => {};
  const transport = await createTransport(azure, () => wake());
  const time = createVirtualTime(kernel);
  wake = time.wake;
  const connection = {
    credential: azure.credential,
    arm: { endpoint: azure.armUrl },
    clock: time.clock,
    pollMs,
  };
  return {
    azure,
    kernel,
    httpClient: transport.arm,
    transport,
    clock: time.clock,
    // They load libraries, which is real work on real files: for the first time outside of `run`.
    connect: (address, through = transport, fence) => connect(address, { ...connection, transport: through, fence }),
    connectSwitcher: (reference, through = transport, fence) =>
      connectSwitcher(reference, { ...connection, transport: through, fence }),
    run: (work) => time.run(work),
    wait: (durationMs) => time.clock.sleep(durationMs),
    [Symbol.dispose]() {
      time[Symbol.dispose]();
      azure.close();
    },
  };
}
