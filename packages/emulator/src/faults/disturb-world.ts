import type { ContainerApps } from "../controllers/container-apps.ts";
import type { World } from "../world/world.ts";
import { withContainerFaults } from "./container-faults.ts";
import type { FaultTargets } from "./effect.ts";
import type { Faults } from "./faults.ts";
import { withRouteFaults } from "./route-faults.ts";
import { withStartFaults } from "./start-faults.ts";

/** The same world, in which containers and traffic do as the faults in force say. */
export function disturbWorld(
  world: World,
  faults: Faults,
  { cluster, apps }: Pick<FaultTargets, "cluster" | "apps">,
): World {
  const { clock } = world;
  const late = withStartFaults(world.runtime, faults, clock);
  const runtime = withContainerFaults(late, faults, clock, ({ id }, reason, message) => {
    const [name = "", namespace = "", pod = ""] = id.split("/");
    const found = cluster(name);
    const uid = found?.store.get({ group: "", resource: "pods" }, namespace, pod)?.metadata.uid;
    if (!found || uid === undefined) return;
    const involved = { apiVersion: "v1", kind: "Pod", name: pod, namespace, uid };
    found.recordEvent({ type: "Warning", reason, message, source: "kubelet", involved });
  });
  const dataPlane = withRouteFaults(world.dataPlane, faults, clock, {
    app: (name) => appsNamed(apps?.(), name).flatMap((app) => app.hosts),
    dapr: (environment) =>
      (apps?.().list() ?? [])
        .filter(
          (app) => app.environment.address.name.toLowerCase() === environment.toLowerCase() && hasDapr(app.content),
        )
        .flatMap((app) => app.hosts),
  });
  return { ...world, runtime, dataPlane };
}

function appsNamed(apps: ContainerApps | undefined, name: string) {
  return (apps?.list() ?? []).filter(({ address }) => address.name.toLowerCase() === name.toLowerCase());
}

/** `content` is a body that has passed validation. */
function hasDapr(content: unknown): boolean {
  const { properties } = content as { properties?: { configuration?: { dapr?: { enabled?: boolean } } } };
  return properties?.configuration?.dapr?.enabled === true;
}
