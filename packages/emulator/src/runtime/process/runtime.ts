import type { Scheduler } from "@fairway/kernel";
import type { ImageProgram } from "../../azure.ts";
import type { ContainerSpec, Runtime } from "../../world/ports.ts";
import { ProcessContainer } from "./container.ts";
import { OrphanGuard } from "./orphan-guard.ts";
import { PortChooser } from "./port-chooser.ts";

export interface ProcessRuntimeOptions {
  readonly clock: Scheduler;
  /** What runs for an image, by name with tag. */
  readonly images: Readonly<Record<string, ImageProgram>>;
  /** Where a container's outgoing HTTP goes: `http://<scope>@host:port`. Undefined: straight out. */
  readonly proxyUrl: (spec: ContainerSpec) => string | undefined;
  /** Takes the images that the catalogue does not have, those that cannot be pulled included. */
  readonly fallback: Runtime;
  /** Where PATH, HOME and the like come from; nothing else of it reaches a child. Default: this process's environment. */
  readonly hostEnvironment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Replicas as child processes: each in a process group of its own, told its port through `PORT`, on 127.0.0.1. They end
 * with this process however that ends, SIGKILL included (`OrphanGuard`).
 */
export function createProcessRuntime(options: ProcessRuntimeOptions): Runtime {
  const { clock, images, fallback } = options;
  const hostEnvironment = options.hostEnvironment ?? process.env;
  const ports = new PortChooser();
  const guard = new OrphanGuard();
  const containers = new Set<ProcessContainer>();
  let closed = false;
  return {
    start(spec, events) {
      const program = Object.hasOwn(images, spec.image) ? images[spec.image] : undefined;
      if (!program || closed) return fallback.start(spec, events);
      const proxyUrl = options.proxyUrl(spec);
      const container = new ProcessContainer({ clock, ports, guard, program, spec, events, hostEnvironment, proxyUrl });
      containers.add(container);
      void container.gone.then(() => containers.delete(container));
      return container;
    },
    async close() {
      closed = true;
      const leaving = [...containers];
      for (const container of leaving) container.kill();
      await Promise.all([fallback.close(), ...leaving.map((container) => container.gone)]);
      await guard.close();
    },
  };
}
