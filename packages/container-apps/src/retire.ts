import type { OperationContext } from "@fairway/core";
import type { Environment } from "./environment.ts";
import type { LiveApp } from "./live-app.ts";

/**
 * Switches off what a new revision has superseded: active revisions without traffic and without a label. They stay in
 * the history for a roll-back. That one of them cannot be switched off does not undo a deploy, so it is only reported.
 */
export async function retireSuperseded(
  environment: Environment,
  context: OperationContext,
  live: LiveApp,
  newest: string,
): Promise<void> {
  const labelled = new Set(Object.values(live.traffic.labels));
  const superseded = live.revisions.filter(
    ({ name, active }) => active && name !== newest && !labelled.has(name) && !live.traffic.weights[name],
  );
  await Promise.all(superseded.map(({ name }) => deactivate(environment, context, live, name)));
}

export async function deactivate(
  { client, resourceGroup }: Environment,
  { report }: OperationContext,
  live: LiveApp,
  name: string,
): Promise<void> {
  try {
    await client.containerAppsRevisions.deactivateRevision(resourceGroup, live.app.name ?? "", name);
    report(`${name} had no traffic and is switched off.`);
  } catch (error) {
    report(
      `${name} has no traffic but could not be switched off: ${error instanceof Error ? error.message : "unknown"}`,
    );
  }
}
