import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { createDefaultHttpClient, createHttpHeaders, createPipelineRequest } from "@azure/core-rest-pipeline";
import { createContainerAppsTarget } from "@fairway/container-apps";
import type { Clock, DeploymentTarget } from "@fairway/core";
import { type CalibrationChanges, type Change, type Duration, startAzure } from "@fairway/emulator";
import { type App, type AppDescription, defineApp } from "@fairway/model";

export const group = "shop";

export interface EmbeddedTarget extends AsyncDisposable {
  readonly target: DeploymentTarget;
  /** The official client beside the target, to look and to interfere. */
  readonly client: ContainerAppsAPIClient;
  /** Calls of the resource manager since it was connected, or last emptied: `GET revision 200`, `GET revisions 200`. */
  readonly calls: string[];
  describeApp(changes?: Partial<AppDescription>): App;
}

/** A target on an embedded Azure with modelled replicas and the platform's durations compressed 600 times. */
export async function startTarget(calibration: CalibrationChanges = {}): Promise<EmbeddedTarget> {
  const azure = await startAzure({
    runtime: "model",
    timeScale: 600,
    calibration: { ...quickReplicas, ...calibration },
  });
  const { armUrl, caCertificate, subscriptionId, credential, location } = azure;
  const client = new ContainerAppsAPIClient(credential, subscriptionId, {
    endpoint: armUrl,
    tlsOptions: { ca: caCertificate },
  });
  await createGroup(client, `${armUrl}/subscriptions/${subscriptionId}/resourcegroups/${group}`, location);
  await client.managedEnvironments.createOrUpdate(group, "main", { location });
  const calls: string[] = [];
  const target = await createContainerAppsTarget({
    address: `aca://${subscriptionId}/${group}/main`,
    subscriptionId,
    resourceGroup: group,
    environment: "main",
    credential,
    clock: testClock,
    arm: { endpoint: armUrl, caCertificate },
    clientOptions: { additionalPolicies: [{ policy: counting(calls), position: "perRetry" }] },
    waits: { readyPollMs: 50 },
  });
  calls.length = 0;
  return {
    target,
    client,
    calls,
    describeApp: (changes = {}) =>
      defineApp({ name: "web", image: "shop/web:1", probes: { readiness: { periodSeconds: 1 } }, ...changes }),
    [Symbol.asyncDispose]: () => azure.close(),
  };
}

const instant: Change<Duration> = {
  distribution: { kind: "fixed", seconds: 0.02 },
  source: "this test",
  confidence: "D",
};
const quickReplicas = {
  "replica.modelCreate": instant,
  "replica.modelStart": instant,
  "replica.modelStop": instant,
  "images.pullFailure": instant,
};

const testClock: Clock = {
  now: () => Date.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, Math.min(durationMs, 100));
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
};

function counting(calls: string[]): PipelinePolicy {
  return {
    name: "countCalls",
    async sendRequest(request, next) {
      const response = await next(request);
      calls.push(`${request.method} ${nameOf(new URL(request.url).pathname)} ${response.status}`);
      return response;
    },
  };
}

/** Always so many seconds: of the platform, divided by 600, or of the app. */
export function constantly(seconds: number): Change<Duration> {
  return { distribution: { kind: "fixed", seconds }, source: "this test", confidence: "D" };
}

/** What a path is about: a kind for one of them, its plural for the list, the verb for an action. */
function nameOf(path: string): string {
  const [collection = "", name = ""] = path.split("/").slice(-2);
  if (collection.endsWith("OperationStatuses")) return "poll";
  if (collection.endsWith("OperationResults")) return "result";
  return collection === "containerApps" || collection === "revisions" ? collection.slice(0, -1) : name;
}

async function createGroup({ pipeline }: ContainerAppsAPIClient, url: string, location: string): Promise<void> {
  const request = createPipelineRequest({
    url: `${url}?api-version=2024-11-01`,
    method: "PUT",
    headers: createHttpHeaders({ "content-type": "application/json" }),
    body: JSON.stringify({ location }),
  });
  const { status } = await pipeline.sendRequest(createDefaultHttpClient(), request);
  if (status >= 300) throw new Error(`The resource group was not created: ${status}.`);
}
