import { nodeSpec, type PoolScope } from "../agent-pool-machine.ts";
import { type NodeLoad, nodeLoad } from "../kubernetes/node-load.ts";
import { newNode, nodeConditions, notReadyTaint } from "../kubernetes/node-object.ts";

/** What one more node of the pool would be for the scheduler, once it is Ready. `index` tells such nodes apart. */
export function templateLoad(scope: PoolScope, index: number): NodeLoad {
  const { cluster, pool, service } = scope;
  const nowMs = service.world.clock.now();
  const zones = pool.properties.availabilityZones ?? [];
  const zone = zones[index % Math.max(1, zones.length)];
  const machine = {
    name: `template-node-for-${pool.name}-${index}`,
    zone: zone === undefined ? "0" : `${cluster.location}-${zone}`,
    role: "member",
    version: pool.targetVersion,
    image: pool.targetImage,
    state: { kind: "running" },
  } as const;
  const spec = nodeSpec(scope, machine, true);
  const place = { clusterName: cluster.cluster.name, location: cluster.location, nowMs };
  const none = new Set<string>();
  const state = { kind: "joined", atMs: nowMs } as const;
  const node = newNode({ spec, index: 0, podCount: 0, images: none, running: none, state }, place);
  const taints = (node.spec.taints ?? []).filter(({ key }) => key !== notReadyTaint);
  const conditions = nodeConditions("joined", undefined, nowMs);
  return nodeLoad({ ...node, spec: { ...node.spec, taints }, status: { ...node.status, conditions } }, []);
}
