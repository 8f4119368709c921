import type { Scheduler } from "@fairway/kernel";
import type { Container, ContainerEvents, ContainerSpec, Runtime } from "../world/ports.ts";
import { type Fault, type Faults, isSame } from "./faults.ts";
import { HeldContainer } from "./held-container.ts";
import { isInEnvironment, matches } from "./start-faults.ts";

/** Told why a pod of a cluster does not start. */
export type RecordPodEvent = (spec: ContainerSpec, reason: string, message: string) => void;

/** A runtime in which faults hold containers back, keep their images from being pulled, or kill them after a while. */
export function withContainerFaults(
  runtime: Runtime,
  faults: Faults,
  clock: Scheduler,
  record: RecordPodEvent = () => {},
): Runtime {
  return {
    start(spec, events) {
      if (isWithoutIdentity(faults, spec)) return refuseImage(clock, spec, events);
      const holding = holdingFaults(faults, spec);
      if (holding.length > 0) {
        for (const fault of holding) recordHeld(fault, spec, record);
        const whenFree = (run: () => void) => whenOver(faults, () => holdingFaults(faults, spec).length === 0, run);
        return new HeldContainer({ runtime, clock, spec, events, whenFree });
      }
      const doomed = faults.active("behaviour-change").find(({ parameters }) => matches(parameters.image, spec.image));
      return doomed
        ? outOfMemory(runtime, clock, { spec, events }, doomed.parameters.afterMs)
        : runtime.start(spec, events);
    },
    resume: (...container) => runtime.resume?.(...container),
    close: () => runtime.close(),
  };
}

function isWithoutIdentity(faults: Faults, spec: ContainerSpec): boolean {
  return faults.active("identity-lost").some((fault) => isInCluster(fault.parameters, spec));
}

function holdingFaults(faults: Faults, spec: ContainerSpec): readonly Fault[] {
  return [
    ...faults.active("cni-ip-starvation").filter(({ parameters }) => isInCluster(parameters, spec)),
    ...faults.active("volume-stuck").filter(({ parameters }) => isInCluster(parameters, spec)),
    ...faults.active("no-replica-from-zero").filter(({ parameters }) => isInEnvironment(parameters, spec)),
  ];
}

/** The scope of a pod is `<namespace>.<cluster>`, that of a replica of Container Apps the environment. */
function isInCluster(wanted: { readonly cluster: string; readonly image?: string }, spec: ContainerSpec): boolean {
  const cluster = /^[^.]+\.(.+)$/.exec(spec.scope ?? "")?.[1];
  return cluster !== undefined && isSame(cluster, wanted.cluster) && matches(wanted.image ?? "*", spec.image);
}

function recordHeld(fault: Fault, spec: ContainerSpec, record: RecordPodEvent): void {
  if (fault.kind === "cni-ip-starvation") {
    const why = `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox: plugin type="azure-vnet" failed (add): IPAM Invoker Add failed with error: Failed to get IP address from CNS: AllocateIPConfig failed: not enough IPs available, waiting on Azure CNS to allocate more`;
    record(spec, "FailedCreatePodSandBox", why);
  }
  if (fault.kind === "volume-stuck") {
    record(
      spec,
      "FailedAttachVolume",
      "Multi-Attach error for volume: Volume is already exclusively attached to one node and can't be attached to another",
    );
  }
}

function whenOver(faults: Faults, isOver: () => boolean, run: () => void): () => void {
  const stop = faults.onChange(() => {
    if (!isOver()) return;
    stop();
    run();
  });
  return stop;
}

const registryAnswerMs = 500;

function refuseImage(clock: Scheduler, { image }: ContainerSpec, events: ContainerEvents): Container {
  const message = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to authorize: failed to fetch oauth token: unexpected status from GET request: 401 Unauthorized`;
  const timer = clock.after(registryAnswerMs, () => events.failedToStart("ErrImagePull", message));
  const end = (): void => {
    timer.cancel();
    clock.after(0, () => events.exited({ exitCode: 137, signal: "SIGKILL" }));
  };
  return { address: () => undefined, terminate: end, kill: end, probe: () => {} };
}

/** The kernel kills it when its time has come, and says why. */
function outOfMemory(
  runtime: Runtime,
  clock: Scheduler,
  { spec, events }: { readonly spec: ContainerSpec; readonly events: ContainerEvents },
  afterMs: number,
): Container {
  let isKilled = false;
  const container = runtime.start(spec, {
    ...events,
    started() {
      events.started();
      clock.after(afterMs, () => {
        isKilled = true;
        container.kill();
      });
    },
    exited: (exit) => events.exited(isKilled ? { exitCode: 137, signal: "SIGKILL", reason: "OOMKilled" } : exit),
  });
  return container;
}
