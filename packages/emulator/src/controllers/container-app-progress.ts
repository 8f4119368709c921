import type { ResourceAddress } from "../world/container-apps/environment.ts";
import type { Json } from "../world/container-apps/json.ts";
import type { Revision } from "./container-app-revision.ts";

/** What has to be known of an app, beside its content, to go on with it in a later run. */
export interface AppProgress {
  readonly address: ResourceAddress;
  readonly content: Json;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  readonly running: boolean;
  readonly latestRevisionName: string | undefined;
  readonly latestReadyRevisionName: string | undefined;
  /** Revisions that there ever were, and those of them that got their number from the app. */
  readonly created: number;
  readonly counted: number;
  readonly labels: readonly (readonly [label: string, revision: string])[];
  readonly authConfigs: readonly (readonly [name: string, config: Json])[];
  readonly revisions: readonly RevisionProgress[];
}

type RevisionProgress = Pick<Revision, "name" | "template" | "createdAtMs" | "active" | "desired" | "everReady">;

/** As much of an app as its progress is read from. */
interface ProgressSource
  extends Pick<
    AppProgress,
    | "address"
    | "content"
    | "createdAtMs"
    | "modifiedAtMs"
    | "running"
    | "latestRevisionName"
    | "latestReadyRevisionName"
  > {
  readonly labels: { readonly current: Iterable<readonly [label: string, revision: string]> };
  readonly authConfigs: Iterable<readonly [name: string, config: Json]>;
  readonly revisions: readonly Revision[];
}

export function progressOf(app: ProgressSource, numbers: Pick<AppProgress, "created" | "counted">): AppProgress {
  const { address, content, createdAtMs, modifiedAtMs, running, latestRevisionName, latestReadyRevisionName } = app;
  return {
    address,
    content,
    createdAtMs,
    modifiedAtMs,
    running,
    latestRevisionName,
    latestReadyRevisionName,
    ...numbers,
    labels: [...app.labels.current],
    authConfigs: [...app.authConfigs],
    revisions: app.revisions.map(revisionProgress),
  };
}

function revisionProgress({ name, template, createdAtMs, active, desired, everReady }: Revision): RevisionProgress {
  return { name, template, createdAtMs, active, desired, everReady };
}
