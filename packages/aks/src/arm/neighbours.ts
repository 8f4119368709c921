import type { ContainerServiceClient } from "@azure/arm-containerservice";
import { createDefaultHttpClient, createHttpHeaders, createPipelineRequest } from "@azure/core-rest-pipeline";
import type { Arm, ArmOptions, ClusterAddress } from "./arm.ts";

type Neighbours = Pick<Arm, "locks" | "quotas">;

/** What other providers know of a cluster's surroundings: two reads, through the pipeline of the cluster's own client. */
export function createNeighbours(
  { pipeline }: ContainerServiceClient,
  request: <T>(send: () => Promise<T>) => Promise<T>,
  { subscriptionId }: ClusterAddress,
  { endpoint = "https://management.azure.com", httpClient = createDefaultHttpClient() }: ArmOptions,
): Neighbours {
  const subscription = `${endpoint.replace(/\/$/, "")}/subscriptions/${subscriptionId}`;

  function list<T>(path: string, apiVersion: string): Promise<readonly T[]> {
    return request(async () => {
      const url = `${subscription}/${path}?api-version=${apiVersion}`;
      const headers = createHttpHeaders({ accept: "application/json" });
      const response = await pipeline.sendRequest(httpClient, createPipelineRequest({ url, headers }));
      if (response.status >= 300) throw refusal(response.status, response.bodyAsText ?? "");
      const { value } = JSON.parse(response.bodyAsText ?? "{}") as { value?: readonly T[] };
      return value ?? [];
    });
  }

  return {
    async locks(group) {
      const path = `resourceGroups/${group}/providers/Microsoft.Authorization/locks`;
      const found = await list<LockBody>(path, "2020-05-01");
      return found.map(({ id, name, properties }) => ({
        name,
        level: properties.level,
        scope: id.replace(/\/providers\/Microsoft\.Authorization\/locks\/[^/]+$/i, ""),
      }));
    },
    async quotas(location) {
      const found = await list<UsageBody>(`providers/Microsoft.Compute/locations/${location}/usages`, "2024-07-01");
      return found.map(({ name, currentValue, limit }) => ({ name: name.value, used: currentValue, limit }));
    },
  };
}

interface LockBody {
  readonly id: string;
  readonly name: string;
  readonly properties: { readonly level: string };
}

interface UsageBody {
  readonly name: { readonly value: string };
  readonly currentValue: number;
  readonly limit: number;
}

/** In the shape of the client's own errors. */
function refusal(statusCode: number, text: string): Error {
  const { error } = parsed(text);
  const message = error?.message ?? `the answer was ${statusCode}`;
  return Object.assign(new Error(message), { statusCode, ...(error ? { details: { error } } : {}) });
}

function parsed(text: string): { error?: { message?: string } } {
  try {
    return JSON.parse(text) as { error?: { message?: string } };
  } catch {
    return {};
  }
}
