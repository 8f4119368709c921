import { revisionSuffix } from "@fairway/core";
import type { App } from "@fairway/model";
import { type DeploymentContext, renderDeployment } from "./deployment.ts";
import { renderDisruptionBudget } from "./disruption-budget.ts";
import type { Manifest } from "./manifest.ts";
import { withOverrides } from "./overrides.ts";
import { renderScaling, type ScalingContext } from "./scaling.ts";
import { renderSecret } from "./secrets.ts";
import { renderRevisionService } from "./service.ts";

export interface RevisionManifests {
  /** What the revision is; written first. */
  readonly workload: readonly Manifest[];
  /** What keeps it alive and sized while it is in service; goes away when it is taken out. */
  readonly guards: readonly Manifest[];
}

/** All objects of one revision, in the order in which they are applied. */
export function renderRevision(app: App, context: DeploymentContext & ScalingContext): RevisionManifests {
  return {
    workload: [
      ...renderSecret(app, context),
      renderDeployment(app, context),
      ...renderRevisionService(app, context),
    ].map((manifest) => withOverrides(app, manifest)),
    guards: renderGuards(app, context),
  };
}

export function renderGuards(app: App, context: ScalingContext): Manifest[] {
  return [...renderDisruptionBudget(app, context), ...renderScaling(app, context)].map((manifest) =>
    withOverrides(app, manifest),
  );
}

/**
 * `<app>--<suffix>`, as Container Apps names them; at most 42 characters. The suffix stands for what the replicas are:
 * their pod template, secrets and override. Scale, budget and ingress are not in it: they change without a new revision.
 */
export function revisionName(app: App): string {
  const { template } = renderDeployment(app, { namespace: "", revision: "", createdAt: "" }).spec;
  const content = {
    template: withEnvironmentByName(template),
    secrets: app.secrets,
    override: deploymentOverride(app),
  };
  return `${app.name}--${revisionSuffix(content)}`;
}

/** The order in which variables are written makes no other revision. */
function withEnvironmentByName(template: ReturnType<typeof renderDeployment>["spec"]["template"]): unknown {
  const containers = template.spec.containers.map((container) => ({
    ...container,
    env: container.env?.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }));
  return { ...template, spec: { ...template.spec, containers } };
}

function deploymentOverride(app: App): unknown {
  return app.overrides.aks?.Deployment;
}
