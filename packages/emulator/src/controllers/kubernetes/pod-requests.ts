import { parseQuantity } from "../../world/kubernetes/validation/quantities.ts";
import type { ContainerManifest, Pod } from "./pod-types.ts";
import { cpuMillicores, memoryBytes } from "./quantities.ts";

export interface Resources {
  readonly cpuMillicores: number;
  readonly memoryBytes: number;
  /** Everything else by name, `ephemeral-storage` and what devices offer, in base units; only what is asked for. */
  readonly others: Readonly<Record<string, number>>;
}

/**
 * What the scheduler reserves: the containers with the sidecars beside them, or an init container with the sidecars before
 * it when that is more, and the overhead. Source: kubernetes/kubernetes component-helpers resource PodRequests.
 */
export function podRequests({ spec }: Pod): Resources {
  const sum = spec.containers.map(requestsOf).reduce(plus, nothing);
  const overhead = spec["overhead"] as Quantities | undefined;
  const peak = (spec.initContainers ?? []).length > 0 ? withSetup(sum, spec.initContainers ?? []) : sum;
  const asked = spec.resources ? asWhole(peak, spec.resources) : peak;
  return overhead ? plus(asked, amounts(overhead)) : asked;
}

/** What is asked for the pod as a whole counts instead of what its containers ask for. */
function asWhole(containers: Resources, { requests, limits }: NonNullable<ContainerManifest["resources"]>): Resources {
  const asked = { ...limits, ...requests };
  const own = amounts(asked);
  return {
    cpuMillicores: asked["cpu"] === undefined ? containers.cpuMillicores : own.cpuMillicores,
    memoryBytes: asked["memory"] === undefined ? containers.memoryBytes : own.memoryBytes,
    others: { ...containers.others, ...own.others },
  };
}

function withSetup(containers: Resources, initContainers: readonly ContainerManifest[]): Resources {
  let sidecars = nothing;
  let peak = nothing;
  for (const container of initContainers) {
    const own = plus(sidecars, requestsOf(container));
    if (container.restartPolicy === "Always") sidecars = own;
    peak = larger(peak, own);
  }
  return larger(peak, plus(containers, sidecars));
}

type Quantities = Readonly<Record<string, string | number>>;

const noOthers: Readonly<Record<string, number>> = {};
const nothing: Resources = { cpuMillicores: 0, memoryBytes: 0, others: noOthers };

function requestsOf({ resources }: ContainerManifest): Resources {
  return amounts({ ...resources?.limits, ...resources?.requests });
}

function amounts(quantities: Quantities): Resources {
  const others = Object.entries(quantities).filter(([name]) => name !== "cpu" && name !== "memory");
  return {
    cpuMillicores: cpuMillicores(quantities["cpu"]),
    memoryBytes: memoryBytes(quantities["memory"]),
    others:
      others.length === 0
        ? noOthers
        : Object.fromEntries(others.map(([name, value]) => [name, parseQuantity(value) ?? 0])),
  };
}

export function plus(a: Resources, b: Resources): Resources {
  return combined(a, b, (x, y) => x + y);
}

function larger(a: Resources, b: Resources): Resources {
  return combined(a, b, Math.max);
}

function combined(a: Resources, b: Resources, of: (x: number, y: number) => number): Resources {
  const names = a.others === noOthers && b.others === noOthers ? [] : Object.keys({ ...a.others, ...b.others });
  return {
    cpuMillicores: of(a.cpuMillicores, b.cpuMillicores),
    memoryBytes: of(a.memoryBytes, b.memoryBytes),
    others:
      names.length === 0
        ? noOthers
        : Object.fromEntries(names.map((name) => [name, of(a.others[name] ?? 0, b.others[name] ?? 0)])),
  };
}
