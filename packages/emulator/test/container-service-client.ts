import { ContainerServiceClient } from "@azure/arm-containerservice";
import { createRealTimeKernel } from "@fairway/kernel";
import { createArmServer } from "../src/http/arm/server.ts";
import { createCertificates } from "../src/http/tls.ts";
import { compose, subscription, type WorldOptions } from "./container-service-world.ts";

/** Hours of Azure in seconds: the official client polls as it does against the real one. */
const timeScale = 3_000;

/** The official client over HTTPS. */
export async function startAzure(options: WorldOptions = {}) {
  const kernel = createRealTimeKernel({ seed: 7 });
  const certificates = await createCertificates();
  const parts = compose(kernel, timeScale, options);
  const server = await createArmServer({ ...parts.arm, certificates });
  const { token, expiresAtMs } = parts.arm.tokens.issue({ audience: server.url, clientId: "test" });
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: expiresAtMs }) };
  const client = new ContainerServiceClient(credential, subscription, {
    endpoint: server.url,
    tlsOptions: { ca: certificates.caPem },
  } as ConstructorParameters<typeof ContainerServiceClient>[2]);
  return {
    client,
    ...parts,
    async [Symbol.asyncDispose]() {
      for (const { cluster } of parts.provider.clusters.all()) cluster.close();
      kernel.close();
      await server.close();
    },
  };
}

export const parameters = {
  location: "westeurope",
  identity: { type: "SystemAssigned" as const },
  dnsPrefix: "main",
  kubernetesVersion: "1.34.2",
  agentPoolProfiles: [{ name: "nodepool1", count: 2, vmSize: "Standard_D4s_v5", mode: "System" }],
};
