import {
  type ContainerApp,
  ContainerAppsAPIClient,
  type ContainerAppsAPIClientOptionalParams,
} from "@azure/arm-appcontainers";
import { createVirtualKernel } from "@fairway/kernel";
import { expect, it } from "vitest";
import { createVirtualAzure } from "../src/index.ts";

const group = "shop";

/** What takes minutes in Azure, seen by the official client on a clock that is moved by hand. */
async function start() {
  const kernel = createVirtualKernel({ seed: 1 });
  const azure = createVirtualAzure(kernel, { behaviour: () => ({ createMs: 100, listenAfterMs: 400, stopMs: 50 }) });
  const httpClient: HttpClient = {
    async sendRequest(request) {
      const { method, url, body } = request;
      const bytes = typeof body === "string" ? Buffer.from(body) : new Uint8Array();
      const answer = azure.arm({ method, url, headers: request.headers.toJSON(), body: bytes });
      const bodyAsText = answer.body === undefined ? "" : JSON.stringify(answer.body);
      const headers = emptied(request.headers);
      for (const [name, value] of Object.entries(answer.headers ?? {})) headers.set(name, value);
      return { request, status: answer.status, headers, bodyAsText };
    },
  };
  const client = new ContainerAppsAPIClient(azure.credential, azure.subscriptionId, { httpClient });
  const { token } = await azure.credential.getToken();
  azure.arm({
    method: "PUT",
    url: `https://management.azure.com/subscriptions/${azure.subscriptionId}/resourceGroups/${group}?api-version=2024-11-01`,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: Buffer.from('{"location":"westeurope"}'),
  });
  await client.managedEnvironments.createOrUpdate(group, "main", { location: "westeurope" }).submitted();
  kernel.runFor(600_000);
  const environmentId = `/subscriptions/${azure.subscriptionId}/resourceGroups/${group}/providers/Microsoft.App/managedEnvironments/main`;
  const inject = (kind: string, parameters: object): string => {
    const { status, body } = azure.control("POST", "/_emulator/faults", { kind, parameters });
    expect(status, JSON.stringify(body)).toBe(201);
    return (body as { id: string }).id;
  };
  async function running(): Promise<number> {
    const { latestRevisionName: revision = "" } = await client.containerApps.get(group, "web");
    if (revision === "") return 0;
    const { value } = await client.containerAppsRevisionReplicas.listReplicas(group, "web", revision);
    return value.filter(({ containers }) => containers?.every(({ ready }) => ready)).length;
  }
  return {
    kernel,
    azure,
    inject,
    running,
    create: (scale: object) =>
      client.containerApps.createOrUpdate(group, "web", appOf(environmentId, scale)).submitted(),
    /** Seconds until so many replicas run. */
    async secondsUntil(count: number): Promise<number> {
      for (let seconds = 0; seconds < 3_600; seconds++) {
        if ((await running()) === count) return seconds;
        kernel.runFor(1_000);
      }
      throw new Error("not within an hour");
    },
  };
}

const startup = { type: "Startup", tcpSocket: { port: 8080 }, periodSeconds: 3, failureThreshold: 10 };

type HttpClient = NonNullable<ContainerAppsAPIClientOptionalParams["httpClient"]>;
type Headers = Parameters<HttpClient["sendRequest"]>[0]["headers"];

/** Headers of the kind that the client has, for an answer. */
function emptied(headers: Headers): Headers {
  const { constructor: kind } = Object.getPrototypeOf(headers) as { constructor: new () => Headers };
  return new kind();
}

function appOf(environmentId: string, scale: object): ContainerApp {
  return {
    location: "westeurope",
    environmentId,
    configuration: { ingress: { external: true, targetPort: 8080 } },
    template: {
      containers: [{ name: "web", image: "shop/web:1", resources: { cpu: 0.5, memory: "1Gi" }, probes: [startup] }],
      scale,
    },
  };
}

it("cold-start-tail: a replica runs 5 to 22 seconds later", async () => {
  async function firstSeconds(withFault: boolean): Promise<number> {
    const world = await start();
    if (withFault) world.inject("cold-start-tail", { environment: "main" });
    await world.create({ minReplicas: 1 });
    return world.secondsUntil(1);
  }
  const late = (await firstSeconds(true)) - (await firstSeconds(false));
  expect(late).toBeGreaterThanOrEqual(4);
  expect(late).toBeLessThanOrEqual(23);
});

it("slow-scale-in: the last replica stays as long as it is in force, and leaves after the cooldown", async () => {
  const world = await start();
  await world.create({ minReplicas: 0, maxReplicas: 2 });
  await world.secondsUntil(1);
  const id = world.inject("slow-scale-in", { app: "web" });
  world.kernel.runFor(900_000);
  expect(await world.running()).toBe(1);
  world.azure.control("DELETE", `/_emulator/faults/${id}`);
  expect(await world.secondsUntil(0)).toBeLessThan(400);
});

it("queue-trigger-delay: replicas come ten minutes after the messages", async () => {
  async function reactionSeconds(withFault: boolean): Promise<number> {
    const world = await start();
    const metadata = { queueName: "orders", queueLength: "5" };
    const queue = { type: "azure-queue", metadata: { queueName: "orders" } };
    world.azure.control("PUT", "/_emulator/metrics", { ...queue, value: 0 });
    await world.create({
      minReplicas: 0,
      maxReplicas: 5,
      rules: [{ name: "orders", custom: { type: "azure-queue", metadata } }],
    });
    await world.secondsUntil(1);
    await world.secondsUntil(0);
    if (withFault) world.inject("queue-trigger-delay", { app: "web" });
    world.azure.control("PUT", "/_emulator/metrics", { ...queue, value: 25 });
    return world.secondsUntil(1);
  }
  const prompt = await reactionSeconds(false);
  expect(prompt).toBeLessThan(60);
  const late = (await reactionSeconds(true)) - prompt;
  expect(late).toBeGreaterThanOrEqual(570);
  expect(late).toBeLessThanOrEqual(640);
});
