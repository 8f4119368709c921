import type { World } from "../world.ts";
import { latestNodeImage } from "./node-image.ts";
import { invalidParameter } from "./request-body.ts";
import type { AgentPool, PoolProperties } from "./state.ts";
import { vmSize } from "./vm-sizes.ts";

export interface NewPool {
  readonly name: string;
  readonly properties: PoolProperties;
  /** Full version that its machines are made with. */
  readonly version: string;
  /** Undefined: the newest. */
  readonly image: string | undefined;
  /** Id of its cluster: part of the names of its draws. */
  readonly clusterId: string;
}

/** A pool that has no machines yet. */
export function newPool(world: World, { name, properties, version, image: from, clusterId }: NewPool): AgentPool {
  const size = vmSize(properties.vmSize);
  if (!size) throw invalidParameter("vmSize", `is no VM size that exists: '${properties.vmSize}'`);
  const random = world.random.stream(`${clusterId}/${name}`.toLowerCase());
  const image = from ?? latestNodeImage(world.clock.now(), version, properties.osSKU);
  return {
    name,
    size,
    random,
    scaleSet: world.random.stream(`${clusterId}/scale-sets`.toLowerCase()).text(8, "0123456789"),
    properties,
    currentVersion: version,
    nodeImage: image,
    targetVersion: version,
    targetImage: image,
    previous: undefined,
    inFinalSoak: false,
    completeUpgrade: undefined,
    power: "Running",
    provisioningState: "Creating",
    eTag: random.uuid(),
    machines: [],
    nextInstance: 0,
    operation: undefined,
  };
}
