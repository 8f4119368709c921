import type { Template } from "@azure/arm-appcontainers";
import { type OperationContext, type Revision, revisionSuffix, type ScaleBounds } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import { revisionNameOf } from "./desired/template.ts";
import type { Environment } from "./environment.ts";
import { abortable, type LiveApp, listRevisions, type NamedRevision, readLiveApp } from "./live-app.ts";
import { waitUntilReady } from "./readiness.ts";
import { deactivate } from "./retire.ts";
import { describeRevisions } from "./revision-state.ts";
import { writeTraffic } from "./shift.ts";
import type { ExplicitTraffic } from "./traffic.ts";
import { finish, whenFree } from "./write.ts";

/**
 * On Container Apps the bounds are a part of the revision, so that other bounds need another revision. Each revision
 * that carries traffic gets a copy of itself with the new bounds; when all copies are ready, weights and labels move
 * over in one write, and only then the originals are switched off. Callers see the same versions at the same shares all
 * the time.
 */
export async function scaleRevisions(
  environment: Environment,
  context: OperationContext,
  app: string,
  bounds: ScaleBounds,
  readyTimeoutMs: number,
): Promise<readonly Revision[]> {
  checkBounds(bounds);
  const live = await readLiveApp(environment, app, context.signal);
  const carrying = live.revisions.filter(({ name }) => live.traffic.weights[name]);
  const outside = carrying.filter(({ template }) => !hasBounds(template, bounds));
  if (outside.length === 0) return describeRevisions(environment, live, context.signal);
  const copies = new Map<string, string>();
  for (const original of outside) {
    const copy = await copyRevision(environment, context, app, original, bounds);
    copies.set(original.name, copy);
    context.report(`Waiting until ${copy}, the copy of ${original.name} with other bounds, is ready.`);
    await waitUntilReady(environment, context, live, copy, { timeoutMs: readyTimeoutMs });
  }
  const moved = await whenFree(environment, context, app, () => moveOver(environment, context, app, copies));
  await Promise.all(outside.map(({ name }) => deactivate(environment, context, moved, name)));
  return describeRevisions(environment, await readLiveApp(environment, app, context.signal), context.signal);
}

/** From a fresh read, so that a shift that happened meanwhile is not undone. */
async function moveOver(
  environment: Environment,
  context: OperationContext,
  app: string,
  copies: ReadonlyMap<string, string>,
): Promise<LiveApp> {
  const live = await readLiveApp(environment, app, context.signal);
  if (!live.app.configuration?.ingress) return live;
  return writeTraffic(environment, context, live, renamed(live.traffic, copies));
}

function renamed({ weights, labels }: ExplicitTraffic, names: ReadonlyMap<string, string>): ExplicitTraffic {
  const rename = (revision: string) => names.get(revision) ?? revision;
  return {
    weights: Object.fromEntries(Object.entries(weights).map(([revision, weight]) => [rename(revision), weight])),
    labels: Object.fromEntries(Object.entries(labels).map(([label, revision]) => [label, rename(revision)])),
  };
}

async function copyRevision(
  environment: Environment,
  context: OperationContext,
  app: string,
  original: NamedRevision,
  bounds: ScaleBounds,
): Promise<string> {
  const template = templateWith(original, bounds);
  const name = revisionNameOf(app, template.revisionSuffix);
  const { client, resourceGroup } = environment;
  await whenFree(environment, context, app, async () => {
    const existing = (await listRevisions(environment, app, context.signal)).find((revision) => revision.name === name);
    if (existing?.active) return;
    if (existing) {
      await client.containerAppsRevisions.activateRevision(resourceGroup, app, name, abortable(context.signal));
      return;
    }
    const patch = { location: environment.location, template };
    await finish(client.containerApps.update(resourceGroup, app, patch, abortable(context.signal)), app, name);
  });
  return name;
}

/** Named after what it is a copy of, since a copy of a copy with the first bounds is the original again. */
function templateWith(
  { name, template }: NamedRevision,
  { min, max }: ScaleBounds,
): Template & { revisionSuffix: string } {
  const scaled = { ...template, scale: { ...template?.scale, minReplicas: min, maxReplicas: max } };
  const content = { ...scaled, revisionSuffix: undefined };
  return { ...scaled, revisionSuffix: revisionSuffix([content, name]) };
}

function hasBounds(template: Template | undefined, { min, max }: ScaleBounds): boolean {
  return (template?.scale?.minReplicas ?? 0) === min && (template?.scale?.maxReplicas ?? 10) === max;
}

function checkBounds({ min, max }: ScaleBounds): void {
  const areWhole = Number.isInteger(min) && Number.isInteger(max);
  if (areWhole && min >= 0 && max >= 1 && min <= max && max <= 1_000) return;
  throw new FairwayError(
    "app-invalid",
    `Bounds of ${min} to ${max} replicas: both must be whole, with 0 ≤ min ≤ max ≤ 1000.`,
    {
      hint: "Give whole numbers, the smaller one first, e.g. 2 and 10.",
      path: min >= 0 && areWhole ? "scale.max" : "scale.min",
    },
  );
}
