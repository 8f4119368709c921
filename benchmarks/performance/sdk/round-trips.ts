import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { createDefaultHttpClient, createHttpHeaders, createPipelineRequest } from "@azure/core-rest-pipeline";
import { createContainerAppsTarget } from "@fairway/container-apps";
import { type Azure, startAzure } from "@fairway/emulator";
import { defineApp } from "@fairway/model";
import { systemClock } from "@fairway/sdk";

export interface RoundTrips {
  readonly deploy: string;
  readonly calls: number;
  /** The write, the polls until it ended, the read of its result, the looks until the revision was ready. */
  readonly least: number;
}

const group = "group";

/** Calls of the resource manager for a first deploy, for a changed one, and for the same again. */
export async function countRoundTrips(): Promise<RoundTrips[]> {
  await using azure = await startAzure({ runtime: "model", timeScale: 600 });
  await createEnvironment(azure);
  const calls: string[] = [];
  const target = await createContainerAppsTarget({
    address: `aca://${azure.subscriptionId}/${group}/main`,
    subscriptionId: azure.subscriptionId,
    resourceGroup: group,
    environment: "main",
    credential: azure.credential,
    clock: systemClock,
    arm: { endpoint: azure.armUrl, caCertificate: azure.caCertificate },
    clientOptions: { additionalPolicies: [{ policy: recorder(calls), position: "perRetry" }] },
  });
  const counted: RoundTrips[] = [];
  for (const [deploy, image] of [
    ["first", "web:1"],
    ["changed image", "web:2"],
    ["the same again", "web:2"],
  ] as const) {
    calls.length = 0;
    await target.apply(defineApp({ name: "web", image })).result();
    const isWritten = calls.some((call) => /^(PUT|PATCH)/.test(call));
    const needed = calls.filter((call) => /^(PUT|PATCH)|OperationStatuses|revisions\/[^/]+(\/replicas)?$/.test(call));
    counted.push({ deploy, calls: calls.length, least: needed.length + (isWritten ? 1 : 0) });
  }
  return counted;
}

function recorder(calls: string[]): PipelinePolicy {
  return {
    name: "record",
    sendRequest(request, next) {
      calls.push(`${request.method} ${new URL(request.url).pathname}`);
      return next(request);
    },
  };
}

async function createEnvironment({
  armUrl,
  caCertificate,
  credential,
  subscriptionId,
  location,
}: Azure): Promise<void> {
  const settings = { endpoint: armUrl, tlsOptions: { ca: caCertificate } };
  const client = new ContainerAppsAPIClient(credential, subscriptionId, settings);
  const request = createPipelineRequest({
    url: `${armUrl}/subscriptions/${subscriptionId}/resourcegroups/${group}?api-version=2024-11-01`,
    method: "PUT",
    headers: createHttpHeaders({ "content-type": "application/json" }),
    body: JSON.stringify({ location }),
  });
  await client.pipeline.sendRequest(createDefaultHttpClient(), request);
  await client.managedEnvironments.createOrUpdate(group, "main", { location });
}
