import type { App } from "@fairway/model";
import { type DeploymentContext, renderDeployment } from "./deployment.ts";
import { renderDisruptionBudget } from "./disruption-budget.ts";
import type { Manifest } from "./manifest.ts";
import { withOverrides } from "./overrides.ts";
import { renderScaling, type ScalingContext } from "./scaling.ts";
import { renderSecret } from "./secrets.ts";
import { renderRevisionService } from "./service.ts";

export interface RevisionManifests {
  /** What the revision is; written before its replicas start. */
  readonly workload: readonly Manifest[];
  /** What keeps it alive and sized while it is in service; goes away when it is taken out. */
  readonly guards: readonly Manifest[];
}

/** All objects of one revision, in the order in which they are applied. */
export function renderRevision(app: App, context: DeploymentContext & ScalingContext): RevisionManifests {
  const patched = (manifests: readonly Manifest[]) => manifests.map((manifest) => withOverrides(app, manifest));
  return {
    workload: patched([
      ...renderSecret(app, context),
      renderDeployment(app, context),
      ...renderRevisionService(app, context),
    ]),
    guards: patched([...renderDisruptionBudget(app, context), ...renderScaling(app, context)]),
  };
}
