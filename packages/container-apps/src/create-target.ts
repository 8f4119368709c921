import {
  ContainerAppsAPIClient,
  type ContainerAppsAPIClientOptionalParams,
  type ManagedEnvironment,
} from "@azure/arm-appcontainers";
import type { TokenCredential } from "@azure/core-auth";
import { createDefaultHttpClient } from "@azure/core-rest-pipeline";
import type { Clock, DeploymentTarget } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import { fromAzure } from "./azure-errors.ts";
import type { Environment, Waits } from "./environment.ts";
import { createHolds } from "./holds.ts";
import { createLogStreamOpener } from "./log-stream.ts";
import { ContainerAppsTarget } from "./target.ts";
import { createWirePatch } from "./wire-patch.ts";

export interface ContainerAppsTargetOptions {
  /** In canonical form: `aca://SUBSCRIPTION/GROUP/ENVIRONMENT`. */
  readonly address: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** Name of the managed environment. */
  readonly environment: string;
  readonly credential: TokenCredential;
  readonly clock: Clock;
  /** Another resource manager than the public one, and who vouches for its certificate (PEM). */
  readonly arm?: { readonly endpoint: string; readonly caCertificate?: string };
  /** Passed on to the official client: policies, retries, an in-process `httpClient`. */
  readonly clientOptions?: ContainerAppsAPIClientOptionalParams;
  readonly waits?: Partial<Waits>;
}

/** A target for a Container Apps environment that exists; `target-not-found` when it does not. */
export async function createContainerAppsTarget(options: ContainerAppsTargetOptions): Promise<DeploymentTarget> {
  const { address, subscriptionId, resourceGroup, credential, clock, clientOptions, waits } = options;
  const client = new ContainerAppsAPIClient(credential, subscriptionId, clientSettings(options));
  const found = await getEnvironment(client, options);
  const caCertificate = options.arm?.caCertificate;
  const environment: Environment = {
    client,
    wirePatch: createWirePatch(client.pipeline),
    clock,
    address,
    resourceGroup,
    id: found.id ?? "",
    name: options.environment,
    location: found.location,
    waits: { readyPollMs: 1_000, busyTimeoutMs: 5 * 60_000, ...waits },
    holds: createHolds(
      client,
      options.arm?.endpoint ?? "https://management.azure.com",
      clientOptions?.httpClient ?? createDefaultHttpClient(),
    ),
    openLogStream: createLogStreamOpener({
      ...(clientOptions?.httpClient ? { httpClient: clientOptions.httpClient } : {}),
      ...(caCertificate === undefined ? {} : { caCertificate }),
    }),
  };
  return new ContainerAppsTarget(environment);
}

function clientSettings({ arm, clientOptions }: ContainerAppsTargetOptions): ContainerAppsAPIClientOptionalParams {
  const settings = { userAgentOptions: { userAgentPrefix: "fairway" }, ...clientOptions };
  if (!arm) return settings;
  return {
    ...settings,
    endpoint: arm.endpoint,
    credentials: { scopes: [`${arm.endpoint.replace(/\/$/, "")}/.default`] },
    ...(arm.caCertificate === undefined ? {} : { tlsOptions: { ca: arm.caCertificate } }),
  };
}

async function getEnvironment(
  client: ContainerAppsAPIClient,
  { resourceGroup, environment, address }: ContainerAppsTargetOptions,
): Promise<ManagedEnvironment> {
  try {
    return await client.managedEnvironments.get(resourceGroup, environment);
  } catch (error) {
    const converted = fromAzure(error, address);
    if (!(converted instanceof FairwayError) || converted.code !== "app-not-found") throw converted;
    throw new FairwayError(
      "target-not-found",
      `There is no Container Apps environment ${environment} in ${resourceGroup}.`,
      {
        hint: "Check the name, or create it: `az containerapp env create`.",
        cause: error,
      },
    );
  }
}
