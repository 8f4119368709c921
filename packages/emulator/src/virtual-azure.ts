import type { Random, VirtualKernel } from "@fairway/kernel";
import { assemble, controlAnswer, issueToken, location } from "./assembly.ts";
import type { Azure, AzureOptions } from "./azure.ts";
import { createModelDataPlane, type ModelDataPlane } from "./gateway/model.ts";
import { createArmHandler } from "./http/arm/handler.ts";
import type { KubeAnswer } from "./http/kubernetes/handler.ts";
import { type InProcessCall, InProcessClusters, type ObjectListener } from "./http/kubernetes/in-process.ts";
import {
  type AddressState,
  createModelRuntime,
  type ModelRuntime,
  type ModelRuntimeOptions,
  type StateListener,
} from "./runtime/model/runtime.ts";
import { exportState, importState } from "./saved-state/saved-state.ts";
import type { ArmResponse } from "./world/arm/provider.ts";
import { noCommands } from "./world/container-service/run-command.ts";
import type { GroupResource } from "./world/objects.ts";
import type { ContainerSpec } from "./world/ports.ts";
import type { Answers } from "./world/traffic/switch.ts";

export interface VirtualAzureOptions extends Pick<AzureOptions, "calibration" | "throttling">, ModelRuntimeOptions {
  /** How many times faster than real Azure the platform's own operations go. Default 1. */
  readonly timeScale?: number;
  /** Whether managed fields name controllers, which costs a world in which nobody reads them. Default yes. */
  readonly tellsOwners?: boolean;
}

/**
 * An embedded Azure on a clock of the caller's: no servers, no processes, no certificates. Its replicas are numbers, its
 * doors functions.
 */
export interface VirtualAzure
  extends Pick<
    Azure,
    "armUrl" | "subscriptionId" | "tenantId" | "location" | "credential" | "control" | "exportState"
  > {
  /**
   * Makes the world of an `exportState`; moves the clock until its nodes are ready. With `shuffle` pods change places among
   * the nodes of their pool.
   */
  importState(text: string, options?: { readonly shuffle?: Random }): Promise<void>;
  /** One call of Azure Resource Manager. */
  arm(call: InProcessCall): ArmResponse;
  /** One call of a cluster's Kubernetes API. Rejects like a connection that is refused while nobody can reach it. */
  kubernetes(call: InProcessCall): Promise<KubeAnswer>;
  /** What routes there are, and to which replicas. */
  readonly dataPlane: ModelDataPlane;
  /** What the name servers of Traffic Manager answer with now, by name of the profile; undefined when there is none. */
  nameServers(profile: string): Answers | undefined;
  /** Where who calls the host of a Front Door endpoint is sent now; undefined when there is none. */
  edges(host: string): Answers | undefined;
  /** Where gateways of API Management send requests for a pool of backends now; undefined when there is none. */
  gateways(service: string, pool: string): Answers | undefined;
  /** Who is behind an address of the routes. */
  stateAt(host: string): AddressState;
  specAt(host: string): ContainerSpec | undefined;
  /** Calls `listener` when somebody behind an address begins to listen, is told to end, or is gone. */
  onState(listener: StateListener): void;
  /** Calls `listener` for each change of a resource in every cluster, now and later. */
  onObject(resource: GroupResource, listener: ObjectListener): void;
  close(): void;
}

const armUrl = "https://management.azure.com";

/** Everything in it happens on the clock of `kernel`. */
export function createVirtualAzure(kernel: VirtualKernel, options: VirtualAzureOptions = {}): VirtualAzure {
  const dataPlane = createModelDataPlane(kernel.clock);
  let runtime: ModelRuntime | undefined;
  const assembly = assemble({
    kernel,
    timeScale: options.timeScale ?? 1,
    tellsOwners: options.tellsOwners ?? true,
    options,
    dataPlane,
    createRuntime: (world) => (runtime = createModelRuntime(world, options)),
    createDoors: (door) => new InProcessClusters(door),
    createCommands: () => noCommands,
  });
  const { armOptions, doors, ids, tokens, control, close, containerService, apps, faults, switches } = assembly;
  const { trafficManager, frontDoor, apiManagement } = switches;
  const state = { armOptions, service: containerService.service, apps, faults, switches };
  const handleArm = createArmHandler(armOptions);
  return {
    armUrl,
    subscriptionId: ids.subscriptionId,
    tenantId: ids.tenantId,
    location,
    credential: { getToken: async () => issueToken(tokens, ids.clientId) },
    arm({ method, url, headers, body }) {
      const { pathname, search } = new URL(url);
      const single = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
      return handleArm({ method, target: `${pathname}${search}`, headers: single, body, baseUrl: armUrl });
    },
    kubernetes: (call) => doors.handle(call),
    control: (method, path, body) => controlAnswer(control, method, path, body),
    exportState: () => exportState(state),
    importState: (text, options) =>
      importState(text, { ...state, ...options, until: (isTrue) => moveUntil(kernel, isTrue) }),
    dataPlane,
    nameServers(profile) {
      const known = trafficManager.named(profile);
      return known && trafficManager.answers(known);
    },
    edges: (host) => frontDoor.answers(host),
    gateways: (service, pool) => apiManagement.answers(service, pool),
    stateAt: (host) => runtime?.stateAt(host) ?? { kind: "gone" },
    specAt: (host) => runtime?.specAt(host),
    onState: (listener) => void runtime?.onState(listener),
    onObject: (resource, listener) => doors.onObject(resource, listener),
    close() {
      doors.close();
      void close();
    },
  };
}

async function moveUntil({ step }: VirtualKernel, isTrue: () => boolean): Promise<void> {
  while (!isTrue()) if (!step()) throw new Error("No event is left that could bring the state back.");
}
