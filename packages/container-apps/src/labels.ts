import { type OperationContext } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import type { Environment } from "./environment.ts";
import { type LiveApp, readLiveApp } from "./live-app.ts";
import { writeTraffic } from "./shift.ts";
import { whenFree } from "./write.ts";

/** Gives the label to the revision, away from whoever had it. Weights stay. */
export function setLabel(
  environment: Environment,
  context: OperationContext,
  app: string,
  label: string,
  revision: string,
): Promise<void> {
  return changeLabels(environment, context, app, (live) => {
    const found = live.revisions.find(({ name }) => name === revision);
    if (!found) throw unknownRevision(live, revision);
    if (!found.active) throw inactiveRevision(revision);
    return { ...live.traffic.labels, [label]: revision };
  });
}

/** Removing a label that nobody has succeeds. */
export function removeLabel(
  environment: Environment,
  context: OperationContext,
  app: string,
  label: string,
): Promise<void> {
  return changeLabels(environment, context, app, (live) => {
    const { [label]: _gone, ...rest } = live.traffic.labels;
    return rest;
  });
}

async function changeLabels(
  environment: Environment,
  context: OperationContext,
  app: string,
  change: (live: LiveApp) => Readonly<Record<string, string>>,
): Promise<void> {
  await whenFree(environment, context, app, async () => {
    const live = await readLiveApp(environment, app, context.signal);
    const labels = change(live);
    if (!live.app.configuration?.ingress) throw withoutIngress(app);
    await writeTraffic(environment, context, live, { ...live.traffic, labels });
  });
}

function unknownRevision({ app, revisions }: LiveApp, revision: string): FairwayError {
  return new FairwayError("revision-not-found", `${app.name} has no revision ${revision}.`, {
    hint: `Choose among ${revisions.map(({ name }) => name).join(", ")}.`,
  });
}

function inactiveRevision(revision: string): FairwayError {
  return new FairwayError("conflict", `Revision ${revision} is inactive, so nothing can be sent to it.`, {
    hint: "Give it traffic, or apply its description again: both activate it.",
  });
}

function withoutIngress(app: string): FairwayError {
  return new FairwayError("not-supported", `${app} has no ingress, so a label would have no address.`, {
    hint: "Give the app an ingress.",
  });
}
