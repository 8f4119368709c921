import type { Configuration } from "./configuration.ts";

export type Dependency = "database" | "configuration";

/** Where this replica is between its start and its end. It never goes back. */
export type Phase =
  | { readonly kind: "starting"; readonly waitingFor: readonly Dependency[] }
  | { readonly kind: "serving"; readonly configuration: Configuration }
  | { readonly kind: "draining"; readonly configuration: Configuration }
  | { readonly kind: "stopped before it served" };

export interface Lifecycle {
  readonly phase: Phase;
  databaseMigrated(): void;
  configurationLoaded(configuration: Configuration): void;
  /** Not ready from here on; requests are still served. */
  stopping(): void;
}

export function createLifecycle(): Lifecycle {
  let migrated = false;
  let loaded: Configuration | undefined;
  let stopping = false;
  return {
    get phase() {
      return phaseOf(migrated, loaded, stopping);
    },
    databaseMigrated() {
      migrated = true;
    },
    configurationLoaded(configuration) {
      loaded = configuration;
    },
    stopping() {
      stopping = true;
    },
  };
}

function phaseOf(migrated: boolean, loaded: Configuration | undefined, stopping: boolean): Phase {
  if (migrated && loaded) return { kind: stopping ? "draining" : "serving", configuration: loaded };
  if (stopping) return { kind: "stopped before it served" };
  const waitingFor: Dependency[] = [];
  if (!migrated) waitingFor.push("database");
  if (!loaded) waitingFor.push("configuration");
  return { kind: "starting", waitingFor };
}
