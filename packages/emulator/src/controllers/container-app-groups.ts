import type { ResourceAddress } from "../world/container-apps/environment.ts";
import { platformMs } from "../world/world.ts";
import type { ContainerApps } from "./container-apps.ts";

/** How often the deletion of a group looks for what can be deleted now. */
const retryDeleteSeconds = 5;

/** Begins to delete everything of the group; writes that run come to their end first. */
export function deleteGroup(container: ContainerApps, subscription: string, resourceGroup: string): void {
  const isHere = ({ address }: { readonly address: Omit<ResourceAddress, "name"> }): boolean =>
    address.subscription === subscription && address.resourceGroup.toLowerCase() === resourceGroup.toLowerCase();
  const apps = container.list().filter(isHere);
  const jobs = container.jobs.list().filter(isHere);
  const environments = container.environments.list().filter(isHere);
  for (const app of apps) if (!app.operation) container.delete(app);
  for (const job of jobs) if (!job.operation) container.jobs.delete(job);
  const kept = container.kept.tops().filter(isHere);
  for (const resource of kept) if (!resource.operation) container.kept.delete(resource, "");
  for (const environment of environments) {
    const isEmpty = container.appsOf(environment).length + container.jobs.jobsOf(environment).length === 0;
    if (!environment.operation && isEmpty) container.environments.delete(environment, { apps: 0, jobs: 0 });
  }
  if (apps.length + jobs.length + environments.length + kept.length === 0) return;
  container.world.clock.after(platformMs(container.world, retryDeleteSeconds), () =>
    deleteGroup(container, subscription, resourceGroup),
  );
}
