import { locationName } from "../world/arm/locations.ts";
import type { Environment } from "../world/container-apps/environment.ts";
import { isJson, type Json, mergePatch } from "../world/container-apps/json.ts";
import type { AppSpec } from "../world/container-apps/read-app.ts";
import { invalidField, Refusal } from "../world/container-apps/refusal.ts";
import { templateIdentity } from "../world/container-apps/template.ts";
import { pullProblem } from "../world/image.ts";
import type { ContainerApp } from "./container-app.ts";
import type { Revision } from "./container-app-revision.ts";

/** What a write makes of the template. */
export type RevisionPlan =
  | { readonly kind: "none" }
  | { readonly kind: "create"; readonly name: string }
  /** The write is accepted and fails in the end; no revision comes of it. */
  | { readonly kind: "fail"; readonly details: string };

/**
 * A template that differs from the latest revision's makes a revision, and so does a new suffix; a suffix that another
 * template has already fails in the end, as does an image that cannot be pulled. Source: azure-facts 4.1 and 4.12.
 */
export function planRevision(app: ContainerApp, { template }: AppSpec): RevisionPlan {
  const { revisionSuffix } = template;
  const identity = templateIdentity(template);
  const same = (revision: Revision | undefined): boolean =>
    revision !== undefined && templateIdentity(revision.template) === identity;
  if (revisionSuffix) {
    const taken = app.revisions.find(({ name }) => name === `${app.address.name}--${revisionSuffix}`);
    if (same(taken)) return { kind: "none" };
    if (taken) return { kind: "fail", details: suffixTaken(revisionSuffix) };
  } else if (same(app.revisions.at(-1))) return { kind: "none" };
  const problem = imageProblem(template.containers) ?? imageProblem(template.initContainers);
  return problem ? { kind: "fail", details: problem } : { kind: "create", name: app.nextRevisionName(revisionSuffix) };
}

/** What a PATCH starts from: in Labels mode the split is where the labels are now. */
export function contentNow(app: ContainerApp): Json {
  const { activeRevisionsMode, ingress } = app.configuration;
  if (activeRevisionsMode !== "Labels" || !ingress) return app.content;
  const traffic = app.trafficEntries().map(({ revisionName, label, weight }) => ({ revisionName, label, weight }));
  if (traffic.length === 0) return app.content;
  return mergePatch(app.content, { properties: { configuration: { ingress: { traffic } } } }) as Json;
}

/** Labels mode has no active revision without a label. Source: Container Apps, deployment labels. */
export function checkTarget(app: ContainerApp, { configuration }: AppSpec, plan: RevisionPlan): void {
  const { activeRevisionsMode, targetLabel, ingress } = configuration;
  if (activeRevisionsMode !== "Labels" || targetLabel) return;
  const hasLabels = app.labels.current.size > 0 || ingress?.traffic.some(({ label }) => label !== undefined);
  if (plan.kind !== "create" && hasLabels) return;
  throw invalidField("configuration.targetLabel", "", "targetLabel is required in Labels mode");
}

function suffixTaken(suffix: string): string {
  return invalidField("template.revisionsuffix", suffix, `revision with suffix ${suffix} already exists.`).message;
}

function imageProblem(containers: readonly { readonly name: string; readonly image: string }[]): string | undefined {
  for (const { name, image } of containers) {
    const problem = pullProblem(image);
    if (!problem) continue;
    const { reason, message } = problem;
    const text = reason === "ErrImagePull" ? `Failed to pull image "${image}": ${message}` : message;
    return invalidField(`template.containers.${name}.image`, image, text).message;
  }
  return undefined;
}

/** Source: Container Apps, ingress overview: external TCP needs a network of one's own. */
export function checkTcp({ configuration }: AppSpec, { content, kind }: Environment): void {
  const { ingress } = configuration;
  if (kind === "connected" || ingress?.transport !== "Tcp" || !ingress.external) return;
  const properties = content["properties"];
  if (isJson(properties) && isJson(properties["vnetConfiguration"])) return;
  const text =
    "Applications with external TCP ingress can only be deployed to Container App Environments that have a custom VNET. Set ingress traffic to 'Http' if you want to deploy to a Container App Environment without custom VNET.";
  throw new Refusal(400, "ContainerAppTcpRequiresVnet", text);
}

export function checkLocation({ location }: AppSpec, environment: Environment): void {
  if (!location || locationName(location) === environment.location) return;
  const text = `The container app location '${location.slice(0, 60)}' must be the location of its environment, '${environment.location}'.`;
  throw new Refusal(400, "ContainerAppLocationMismatch", text);
}
