import type { App } from "@fairway/model";
import type { DeploymentTarget, Revision } from "@fairway/sdk";
import { configServer, paymentApi } from "../live/apps.ts";
import type { TargetName } from "../live/laboratory.ts";
import type { ExperimentContext } from "./context.ts";

/** The first database of a target's payment API serves its releases and splits. */
export function releaseDatabase(context: ExperimentContext, target: TargetName): Promise<string> {
  return context.database(`release ${target}`);
}

/** The payment API as a release finds it, with what it needs. Deploying it again changes nothing. */
export async function deployStable(context: ExperimentContext, targetName: TargetName): Promise<Revision> {
  const app = releaseApp(await releaseDatabase(context, targetName), "1.0.0");
  return await deployTogether(context, targetName, configServer(true), app);
}

/** Both at once, as a pipeline would: the app asks for its configuration until it gets one. Returns the app's revision. */
export async function deployTogether(
  { laboratory, signal }: ExperimentContext,
  targetName: TargetName,
  needed: App,
  app: App,
): Promise<Revision> {
  const target = laboratory.targets[targetName];
  const options = signal && { signal };
  const [, revision] = await Promise.all([target.apply(needed).result(options), target.apply(app).result(options)]);
  return revision;
}

export function releaseApp(
  databaseUrl: string,
  version: "1.0.0" | "1.1.0",
  errorRate = 0,
): ReturnType<typeof paymentApi> {
  return paymentApi({ version, databaseUrl, replicas: 2, isGuarded: true, errorRate });
}

/** Nothing of the sample apps is left on the target. */
export async function removeSampleApps(target: DeploymentTarget): Promise<void> {
  await Promise.all([target.remove("payment-api").result(), target.remove("config-server").result()]);
}
