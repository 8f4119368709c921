import type { ContainerApp } from "./controllers/container-app.ts";
import type { ContainerApps } from "./controllers/container-apps.ts";
import type { Faults } from "./faults/faults.ts";
import type { ContainerServiceProvider } from "./http/arm/container-service/provider.ts";
import type { ExtraRoute } from "./http/arm/server.ts";
import { createControlDoor } from "./http/door/control-door.ts";
import { guarded } from "./http/door/guard.ts";
import { controlDoorRoute } from "./http/door/route.ts";
import { type AppRow, type StatusPageOptions, statusPageRoute } from "./http/door/status-page.ts";
import type { TokenIssuer } from "./http/identity/tokens.ts";
import type { Operations } from "./world/arm/operations.ts";
import type { World } from "./world/world.ts";

export interface DoorParts {
  readonly world: World;
  readonly operations: Operations;
  readonly faults: Faults;
  readonly tokens: TokenIssuer;
  readonly containerService: ContainerServiceProvider;
  readonly apps: ContainerApps;
}

export type ControlDoor = ReturnType<typeof createControlDoor>;

/** The status page and the control door; behind the token, when there is one. */
export function doorRoutes(parts: DoorParts, door: ControlDoor, token: string | undefined): readonly ExtraRoute[] {
  const routes = [statusPageRoute(statusPage(parts)), controlDoorRoute(door)];
  return token === undefined ? routes : routes.map((route) => guarded(route, token));
}

export function createDoor({ world, faults, tokens, containerService, apps }: DoorParts): ControlDoor {
  return createControlDoor({
    world,
    faults,
    revokeTokens: () => tokens.revokeAll(),
    clusters: () => containerService.clusters.all(),
    environments: () =>
      apps.environments.list().map(({ address, maintenance }) => ({ name: address.name, maintenance })),
    apps: () =>
      apps.list().map(({ address, environment }) => ({ name: address.name, environment: environment.address.name })),
    startMaintenance: (environment) => apps.startMaintenance(environment),
    metrics: apps.metrics,
  });
}

function statusPage({ world, faults, containerService, apps, operations }: DoorParts): StatusPageOptions {
  return {
    title: "Fairway embedded Azure",
    now: () => world.clock.now(),
    clusters: () => containerService.clusters.all(),
    environments: () =>
      apps.environments.list().map(({ address, location: region, provisioningState }) => ({
        name: address.name,
        location: region,
        provisioningState,
      })),
    apps: () => apps.list().map(appRow),
    operations: () => operations.list(),
    faults: () => faults.list(),
  };
}

function appRow(app: ContainerApp): AppRow {
  const { address, environment, provisioningState, revisions } = app;
  const { weights } = app.wantedTraffic();
  return {
    name: address.name,
    environment: environment.address.name,
    provisioningState,
    revisions: revisions.map((revision) => ({
      name: revision.name,
      active: revision.active,
      ready: revision.readyReplicas,
      wanted: revision.wanted,
      weight: weights.get(revision.name) ?? 0,
    })),
  };
}
