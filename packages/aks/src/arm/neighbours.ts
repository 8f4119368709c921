import type { ContainerServiceClient } from "@azure/arm-containerservice";
import { createDefaultHttpClient, createHttpHeaders, createPipelineRequest } from "@azure/core-rest-pipeline";
import type { Arm, ArmOptions, ClusterAddress } from "./arm-types.ts";

type Neighbours = Pick<Arm, "locks" | "quotas" | "subnets">;

/** What other providers know of a cluster's surroundings: three reads, through the pipeline of the cluster's own client. */
export function createNeighbours(
  { pipeline }: ContainerServiceClient,
  request: <T>(send: () => Promise<T>) => Promise<T>,
  { subscriptionId }: ClusterAddress,
  { endpoint = "https://management.azure.com", httpClient = createDefaultHttpClient() }: ArmOptions,
): Neighbours {
  const subscription = `/subscriptions/${subscriptionId}`;

  function list<T>(path: string, apiVersion: string): Promise<readonly T[]> {
    return request(async () => {
      const url = `${endpoint.replace(/\/$/, "")}${path}?api-version=${apiVersion}`;
      const headers = createHttpHeaders({ accept: "application/json" });
      const response = await pipeline.sendRequest(httpClient, createPipelineRequest({ url, headers }));
      if (response.status >= 300) throw refusal(response.status, response.bodyAsText ?? "");
      const { value } = JSON.parse(response.bodyAsText ?? "{}") as { value?: readonly T[] };
      return value ?? [];
    });
  }

  return {
    async locks(group) {
      const path = `${subscription}/resourceGroups/${group}/providers/Microsoft.Authorization/locks`;
      const found = await list<LockBody>(path, "2020-05-01");
      return found.map(({ id, name, properties }) => ({
        name,
        level: properties.level,
        scope: id.replace(/\/providers\/Microsoft\.Authorization\/locks\/[^/]+$/i, ""),
      }));
    },
    async quotas(location) {
      const path = `${subscription}/providers/Microsoft.Compute/locations/${location}/usages`;
      const found = await list<UsageBody>(path, "2024-07-01");
      return found.map(({ name, currentValue, limit }) => ({ name: name.value, used: currentValue, limit }));
    },
    async subnets(virtualNetwork) {
      const found = await list<SubnetUsageBody>(`${virtualNetwork}/usages`, "2024-05-01");
      return found.map(({ id, currentValue, limit }) => ({ id, used: currentValue, limit }));
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

interface SubnetUsageBody {
  readonly id: string;
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
