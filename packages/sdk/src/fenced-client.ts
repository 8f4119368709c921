import type { HttpClient } from "@azure/core-rest-pipeline";
import type { ConnectOptions } from "./connect.ts";

/**
 * What requests to Azure Resource Manager leave through: behind every policy, retry and token, so that nothing takes time between
 * the fence and the wire. Undefined where the client has one of its own.
 */
export async function fencedClient({
  transport,
  fence,
}: Pick<ConnectOptions, "transport" | "fence">): Promise<HttpClient | undefined> {
  if (!fence) return transport?.arm;
  const { createDefaultHttpClient } = await import("@azure/core-rest-pipeline");
  const client = transport?.arm ?? createDefaultHttpClient();
  return {
    async sendRequest(request) {
      if (request.method !== "GET" && request.method !== "HEAD") await fence();
      return await client.sendRequest(request);
    },
  };
}
