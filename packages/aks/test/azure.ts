import https from "node:https";
import { ContainerServiceClient, type ManagedCluster } from "@azure/arm-containerservice";
import type { Clock, DeploymentTarget, Operation } from "@fairway/core";
import { type Azure, type AzureOptions, type Change, type Duration, startAzure } from "@fairway/emulator";
import { type App, type AppDescription, defineApp } from "@fairway/model";
import { AppsV1Api, CoreV1Api, KubeConfig, KubernetesObjectApi, PolicyV1Api } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect } from "vitest";
import { type AksTargetOptions, createAksTarget } from "../src/index.ts";

export const resourceGroup = "shop";
export const cluster = "main";
export const namespace = "payments";

/** What the operation said, in order. */
export async function messages(operation: Operation<unknown>): Promise<string[]> {
  const said: string[] = [];
  for await (const { message } of operation.events()) said.push(message);
  return said;
}

/** One cluster for all tests of a file, each in a namespace of its own. */
export function sharedCluster(options: AzureOptions = {}) {
  let world: TestAzure;
  let places = 0;
  beforeAll(async () => {
    world = await startCluster(options);
  });
  afterAll(() => world[Symbol.asyncDispose]());
  return async () => {
    places += 1;
    const place = `test-${places}`;
    const connect = (changes: Partial<AksTargetOptions> = {}) => world.connect({ namespace: place, ...changes });
    return {
      azure: world.azure,
      target: await connect(),
      connect,
      namespace: place,
      ...(await kubernetes(world.azure)),
    };
  };
}

/** Vitest's asymmetric matchers, typed. */
export const like = (pattern: RegExp): unknown => expect.stringMatching(pattern);

export interface TestAzure extends AsyncDisposable {
  readonly azure: Azure;
  readonly target: DeploymentTarget;
  /** Another target of the same cluster. */
  connect(options?: Partial<AksTargetOptions>): Promise<DeploymentTarget>;
}

/** The app's own times, which no time scale shortens: here they would only make the tests wait. */
function quickly(options: AzureOptions): AzureOptions {
  const seconds = (value: number): Change<Duration> => ({
    distribution: { kind: "fixed", seconds: value },
    source: "this test",
    confidence: "D",
  });
  const calibration = {
    "replica.modelCreate": seconds(0.02),
    "replica.modelStart": seconds(0.1),
    "replica.modelStop": seconds(0.02),
    "images.pullFailure": seconds(0.05),
    "endpoints.propagation": seconds(0.05),
  };
  return { runtime: "model", timeScale: 600, ...options, calibration: { ...calibration, ...options.calibration } };
}

/** An embedded Azure with one cluster of three nodes on 1.34.2, and a target in it. `more`: what else describes it. */
export async function startCluster(options: AzureOptions = {}, more: Partial<ManagedCluster> = {}): Promise<TestAzure> {
  const stack = new AsyncDisposableStack();
  const azure = stack.use(await startAzure(quickly(options)));
  const client = armClient(azure);
  await createGroup(azure);
  await client.managedClusters.createOrUpdate(
    resourceGroup,
    cluster,
    {
      location: azure.location,
      identity: { type: "SystemAssigned" },
      dnsPrefix: cluster,
      kubernetesVersion: "1.34.2",
      agentPoolProfiles: [{ name: "pool1", count: 3, vmSize: "Standard_D4s_v5", mode: "System" }],
      ...more,
    },
    { updateIntervalInMs: 50 },
  );
  const targets: DeploymentTarget[] = [];
  stack.defer(async () => {
    for (const target of targets) await target.close();
  });
  async function connect(changes: Partial<AksTargetOptions> = {}): Promise<DeploymentTarget> {
    const target = await createAksTarget({ ...optionsFor(azure), ...changes });
    targets.push(target);
    return target;
  }
  const target = await connect();
  const owned = stack.move();
  return { azure, target, connect, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const nobody = { getToken: async () => null };

export function optionsFor(
  azure: Pick<Azure, "armUrl" | "caCertificate" | "subscriptionId"> & Partial<Pick<Azure, "credential">>,
): AksTargetOptions {
  return {
    address: `aks://${azure.subscriptionId}/${resourceGroup}/${cluster}/${namespace}`,
    subscriptionId: azure.subscriptionId,
    resourceGroup,
    cluster,
    namespace,
    credential: azure.credential ?? nobody,
    clock: testClock,
    arm: { endpoint: azure.armUrl, caCertificate: azure.caCertificate },
    pollMs: 50,
  };
}

export function armClient(azure: Azure): ContainerServiceClient {
  return new ContainerServiceClient(azure.credential, azure.subscriptionId, {
    endpoint: azure.armUrl,
    tlsOptions: { ca: azure.caCertificate },
  } as ConstructorParameters<typeof ContainerServiceClient>[2]);
}

/** None of our clients makes resource groups: one request by hand. */
async function createGroup(azure: Azure): Promise<void> {
  const { token } = await azure.credential.getToken();
  const path = `/subscriptions/${azure.subscriptionId}/resourceGroups/${resourceGroup}?api-version=2024-11-01`;
  const status = await new Promise<number>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const request = https.request(
      `${azure.armUrl}${path}`,
      { method: "PUT", headers, ca: azure.caCertificate },
      (answer) => {
        answer.resume().once("end", () => resolve(answer.statusCode ?? 0));
      },
    );
    request.once("error", reject).end(JSON.stringify({ location: azure.location }));
  });
  if (status >= 300) throw new Error(`The resource group was not created: ${status}.`);
}

/** The cluster as somebody else's tool sees it: the official client with the credentials that Azure gives. */
export async function kubernetes(azure: Azure) {
  const { kubeconfigs } = await armClient(azure).managedClusters.listClusterUserCredentials(resourceGroup, cluster);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(Buffer.from(kubeconfigs?.[0]?.value ?? []).toString("utf8"));
  return {
    objects: KubernetesObjectApi.makeApiClient(kubeConfig),
    apps: kubeConfig.makeApiClient(AppsV1Api),
    core: kubeConfig.makeApiClient(CoreV1Api),
    policy: kubeConfig.makeApiClient(PolicyV1Api),
  };
}

export const testClock: Clock = {
  now: () => Date.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const timer = setTimeout(resolve, durationMs);
      signal?.addEventListener(
        "abort",
        () => {
          clearTimeout(timer);
          reject(signal.reason);
        },
        { once: true },
      );
    }),
};

/** A modelled app: no process, ready after a drawn time. */
export function shop(changes: Partial<AppDescription> = {}): App {
  return defineApp({
    name: "shop",
    image: "registry.example/shop:1.0.0",
    ingress: { exposure: "public" },
    scale: { min: 1, max: 1 },
    ...changes,
  });
}

export const shop2 = (changes: Partial<AppDescription> = {}): App =>
  shop({ image: "registry.example/shop:2.0.0", ...changes });
