import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { createRealTimeKernel } from "@fairway/kernel";
import { logStreamRoute } from "../src/http/arm/container-apps/log-stream.ts";
import { type ArmServerOptions, createArmServer } from "../src/http/arm/server.ts";
import { identityRoute } from "../src/http/identity/routes.ts";
import { createCertificates } from "../src/http/tls.ts";
import type { ModelRuntimeOptions } from "../src/runtime/model/runtime.ts";
import { compose, groupPath, type Parts, subscription } from "./container-apps-world.ts";
import { httpsRequest } from "./https-request.ts";

export interface TestServer extends Parts, AsyncDisposable {
  readonly url: string;
  readonly caPem: string;
  readonly client: ContainerAppsAPIClient;
  token(): string;
}

export const identity = { identityHeader: "header-secret", clientId: "app-id", clientSecret: "app-secret" };

/** ARM over TLS on a free port, in real time, with the platform's durations compressed 600 times. */
export async function startServer(
  options: ModelRuntimeOptions & Partial<Pick<ArmServerOptions, "rateLimits" | "requestTimeoutMs">> = {},
): Promise<TestServer> {
  const kernel = createRealTimeKernel({ seed: 1 });
  const parts = compose(kernel, 600, options);
  const certificates = await createCertificates();
  const { world, apps, arm } = parts;
  const extraRoutes = [
    identityRoute({ tokens: arm.tokens, ...identity }, "https"),
    logStreamRoute({ world, apps, tokens: arm.tokens }),
  ];
  const server = await createArmServer({
    ...arm,
    certificates,
    extraRoutes,
    ...(options.rateLimits ? { rateLimits: options.rateLimits } : {}),
    ...(options.requestTimeoutMs ? { requestTimeoutMs: options.requestTimeoutMs } : {}),
  });
  const token = (): string => arm.tokens.issue({ audience: "https://management.azure.com", clientId: "test" }).token;
  const credential = {
    getToken: () => Promise.resolve({ token: token(), expiresOnTimestamp: kernel.clock.now() + 3_600_000 }),
  };
  const client = new ContainerAppsAPIClient(credential, subscription, {
    endpoint: server.url,
    tlsOptions: { ca: certificates.caPem },
  });
  return {
    ...parts,
    url: server.url,
    caPem: certificates.caPem,
    client,
    token,
    async [Symbol.asyncDispose]() {
      apps.close();
      await server.close();
      await world.runtime.close();
      kernel.close();
    },
  };
}

/** The group `shop` and the environment `main`. */
export async function prepare(server: TestServer): Promise<void> {
  const headers = { authorization: `Bearer ${server.token()}`, "content-type": "application/json" };
  const body = JSON.stringify({ location: "westeurope" });
  const url = `${server.url}${groupPath}?api-version=2024-11-01`;
  const answer = await httpsRequest(url, { ca: server.caPem, method: "PUT", headers, body });
  if (answer.status !== 201) throw new Error(`no group: ${answer.status}`);
  await server.client.managedEnvironments.createOrUpdate("shop", "main", {
    location: "westeurope",
  });
}

/** Asks again until `look` gives something, for at most 20 s. */
export async function eventually<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  const endMs = Date.now() + 20_000;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (Date.now() > endMs) throw new Error("it did not happen within 20 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
