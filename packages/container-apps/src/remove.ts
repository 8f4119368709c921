import type { OperationContext } from "@fairway/core";
import { fromAzure, isNotFound } from "./azure-errors.ts";
import { managedByTag } from "./desired/container-app.ts";
import type { Environment } from "./environment.ts";
import { abortable } from "./live-app.ts";
import { whenFree } from "./write.ts";

/** Succeeds as well when there is no such app. */
export async function removeApp(environment: Environment, context: OperationContext, app: string): Promise<void> {
  const { client, resourceGroup } = environment;
  context.report(`Removing ${app} with all its revisions.`, 0);
  await whenFree(environment, context, app, async () => {
    try {
      await client.containerApps.delete(resourceGroup, app, abortable(context.signal)).pollUntilDone();
    } catch (error) {
      if (!isNotFound(error, "ResourceNotFound")) throw error;
    }
  });
  context.report(`${app} is gone.`, 1);
}

/** Apps of this environment that carry Fairway's tag, by name. */
export async function managedApps({ client, resourceGroup, id }: Environment): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const app of client.containerApps.listByResourceGroup(resourceGroup)) {
      const isHere = (app.environmentId ?? app.managedEnvironmentId)?.toLowerCase() === id.toLowerCase();
      if (isHere && app.tags?.[managedByTag.name] === managedByTag.value && app.name) names.push(app.name);
    }
  } catch (error) {
    throw fromAzure(error, `the apps of ${resourceGroup}`);
  }
  return names.toSorted();
}
