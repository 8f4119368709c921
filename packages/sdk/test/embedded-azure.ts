import { request } from "node:https";
import { fileURLToPath } from "node:url";
import { type Azure, type Change, type Duration, startAzure } from "@fairway/emulator";
import { type Clock, systemClock } from "@fairway/sdk";

export const images = {
  one: "contract/web:1.0.0",
  two: "contract/web:1.1.0",
  three: "contract/web:1.2.0",
  missing: "contract/web:does-not-exist",
} as const;

export const group = "contract";
export const environment = "main";
export const cluster = "main";

/** An embedded Azure with a resource group, and the images of the contract suite as processes. */
export async function startEmbeddedAzure(): Promise<Azure> {
  const program = (version: string) => ({
    command: [process.execPath, fileURLToPath(new URL("web.mjs", import.meta.url))] as [string, ...string[]],
    env: { VERSION: version },
  });
  const azure = await startAzure({
    timeScale: 600,
    images: { [images.one]: program("1.0.0"), [images.two]: program("1.1.0"), [images.three]: program("1.2.0") },
  });
  await put(azure, "", "2024-11-01", {});
  return azure;
}

/** The same with replicas that are numbers and start at once: what nobody calls needs no process. */
export async function startModelledAzure(): Promise<Azure> {
  const duration: Change<Duration> = {
    distribution: { kind: "fixed", seconds: 0.05 },
    source: "this test",
    confidence: "D",
  };
  const azure = await startAzure({
    runtime: "model",
    timeScale: 400,
    calibration: {
      "replica.modelCreate": duration,
      "replica.modelStart": duration,
      "replica.modelStop": duration,
      "endpoints.propagation": duration,
    },
  });
  await put(azure, "", "2024-11-01", {});
  return azure;
}

export async function createEnvironment(azure: Azure): Promise<string> {
  await put(azure, `/providers/Microsoft.App/managedEnvironments/${environment}`, "2026-07-01", { properties: {} });
  return `aca://${azure.subscriptionId}/${group}/${environment}`;
}

export async function createCluster(azure: Azure, name = cluster): Promise<string> {
  await put(azure, `/providers/Microsoft.ContainerService/managedClusters/${name}`, "2026-06-01", {
    identity: { type: "SystemAssigned" },
    properties: {
      dnsPrefix: name,
      kubernetesVersion: "1.34",
      agentPoolProfiles: [{ name: "pool1", mode: "System", count: 3, vmSize: "Standard_D4s_v5" }],
    },
  });
  return `aks://${azure.subscriptionId}/${group}/${name}/default`;
}

/** Options of `connect` for an embedded Azure. */
export function connection(azure: Azure) {
  const arm = { endpoint: azure.armUrl, caCertificate: azure.caCertificate };
  return { credential: azure.credential, arm, clock: impatientClock };
}

/** The embedded Azure goes 600 times as fast as the real one; so those who look whether it has finished look sooner too. */
const impatientClock: Clock = {
  now: () => systemClock.now(),
  sleep: (durationMs, signal) => systemClock.sleep(durationMs / 20, signal),
};

/** Creates a resource and waits until it says that it is there. */
async function put(azure: Azure, path: string, apiVersion: string, body: object): Promise<void> {
  const url = `${azure.armUrl}/subscriptions/${azure.subscriptionId}/resourceGroups/${group}${path}?api-version=${apiVersion}`;
  await send(azure, "PUT", url, { location: azure.location, ...body });
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const answer = await send(azure, "GET", url);
    if (answer.properties?.provisioningState === "Succeeded") return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${path} was not there after 30 s`);
}

interface Resource {
  readonly properties?: { readonly provisioningState?: string };
}

async function send(azure: Azure, method: string, url: string, body?: object): Promise<Resource> {
  const { token } = await azure.credential.getToken();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const call = request(url, { method, headers, ca: azure.caCertificate }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        if ((response.statusCode ?? 500) < 300) resolve(JSON.parse(text || "{}") as Resource);
        else reject(new Error(`${method} ${url}: ${response.statusCode} ${text}`));
      });
    });
    call.on("error", reject);
    call.end(body && JSON.stringify(body));
  });
}
