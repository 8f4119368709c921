import type { Timer } from "@fairway/kernel";
import type { OperationError } from "../world/arm/operations.ts";
import { controlPlaneUnsettled } from "../world/container-service/disturbances.ts";
import type { ContainerService } from "../world/container-service/environment.ts";
import type { ManagedCluster } from "../world/container-service/state.ts";
import type { Work } from "../world/container-service/work.ts";
import { durationMs, happens } from "../world/world.ts";

/** The first part of a cluster's upgrade. In the middle of it nobody reaches the API server for a while (azure-facts 1.7). */
export function upgradeControlPlane(service: ContainerService, cluster: ManagedCluster, version: string): Work {
  return (done) => {
    const { clock, trace } = service.world;
    const from = cluster.cluster.kubernetesVersion;
    const totalMs = durationMs(service.world, "controlPlane.upgrade", cluster.random);
    const gapMs = Math.min(totalMs, durationMs(service.world, "controlPlane.unreachable", cluster.random));
    const gapStartMs = (totalMs - gapMs) / 2;
    let endOutage = (): void => {};
    trace.add("controlplane.upgrading", { cluster: cluster.name, from, to: version });
    const timers: Timer[] = [
      clock.after(gapStartMs, () => {
        endOutage = service.outages.begin(cluster.cluster, "upgrade");
      }),
      clock.after(gapStartMs + gapMs, () => {
        cluster.cluster.kubernetesVersion = version;
        endOutage();
      }),
      clock.after(totalMs, () => {
        const error = service.disturbances.controlPlane(cluster.name) ?? failureByChance(service, cluster);
        trace.add(error ? "controlplane.stuck" : "controlplane.upgraded", { cluster: cluster.name, from, to: version });
        done(error ? { kind: "failed", error } : { kind: "succeeded" });
      }),
    ];
    return {
      cancel() {
        for (const timer of timers) timer.cancel();
        endOutage();
      },
    };
  };
}

function failureByChance(service: ContainerService, { name, random }: ManagedCluster): OperationError | undefined {
  return happens(service.world, "controlPlane.upgradeFails", random) ? controlPlaneUnsettled(name) : undefined;
}
