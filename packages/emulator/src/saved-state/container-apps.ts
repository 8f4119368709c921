import type { Child } from "../controllers/container-app-children.ts";
import type { ResumedJob } from "../controllers/container-app-jobs.ts";
import type { Kept } from "../controllers/container-app-kept.ts";
import type { AppProgress } from "../controllers/container-app-progress.ts";
import type { ContainerApps } from "../controllers/container-apps.ts";
import type { Environment } from "../world/container-apps/environment.ts";
import { keptKinds } from "../world/container-apps/kept-kinds.ts";

export interface SavedApps {
  readonly environments: readonly Omit<Environment, "operation" | "provisioningState">[];
  readonly children: readonly (Pick<Child, "kind" | "names" | "content"> & { readonly environment: string })[];
  readonly kept: readonly (Omit<Kept, "kind" | "operation" | "state"> & { readonly path: string })[];
  readonly apps: readonly AppProgress[];
  readonly jobs: readonly ResumedJob[];
}

/** What is being deleted is not part of it: it would be gone by the time that somebody looks again. */
export function saveApps(parts: ContainerApps): SavedApps {
  const { environments, children, kept, jobs } = parts;
  return {
    environments: environments
      .list()
      .filter(({ provisioningState }) => provisioningState !== "ScheduledForDelete")
      .map(({ operation: _operation, provisioningState: _state, ...environment }) => ({
        ...environment,
        maintenance: { kind: "none" },
      })),
    children: children.all().map(({ kind, names, content, environment }) => ({
      kind,
      names,
      content,
      environment: environment.address.name,
    })),
    kept: kept
      .all()
      .filter(({ state }) => state !== "Deleting")
      .map(({ kind, operation: _operation, state: _state, ...resource }) => ({ ...resource, path: kind.path })),
    apps: parts
      .list()
      .filter(({ provisioningState }) => provisioningState !== "Deleting")
      .map((app) => app.progress()),
    jobs: jobs
      .list()
      .filter(({ provisioningState }) => provisioningState !== "Deleting")
      .map(({ address, content, suspended }) => ({ address, content, suspended })),
  };
}

export function restoreApps(parts: ContainerApps, saved: SavedApps): void {
  for (const environment of saved.environments) {
    parts.environments.resume({ ...environment, provisioningState: "Succeeded", operation: undefined });
  }
  for (const { environment, kind, names, content } of saved.children) {
    const found = parts.environments.find(environment);
    if (found) parts.children.put(found, kind, names, content);
  }
  for (const { path, ...resource } of saved.kept) {
    const kind = keptKinds.find((candidate) => candidate.path === path);
    if (kind) parts.kept.resume({ ...resource, kind, state: "Succeeded", operation: undefined });
  }
  for (const app of saved.apps) parts.resume(app);
  for (const job of saved.jobs) parts.jobs.resume(job);
}
