import type { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { createHttpHeaders, createPipelineRequest, type HttpClient } from "@azure/core-rest-pipeline";

/** Management locks on apps: Azure refuses every write below one (ARM docs, lock resources). */
export interface Holds {
  place(resourceId: string): Promise<void>;
  /** Nothing happens when there is none. */
  remove(resourceId: string): Promise<void>;
}

const lockName = "fairway-hold";
const apiVersion = "2020-05-01";

/** Locks have a client library of their own; two requests through the pipeline that is here save it. */
export function createHolds(
  { pipeline }: Pick<ContainerAppsAPIClient, "pipeline">,
  endpoint: string,
  httpClient: HttpClient,
): Holds {
  async function send(method: "PUT" | "DELETE", resourceId: string, body?: unknown): Promise<void> {
    const path = `${resourceId}/providers/Microsoft.Authorization/locks/${lockName}?api-version=${apiVersion}`;
    const request = createPipelineRequest({
      url: `${endpoint.replace(/\/$/, "")}${path}`,
      method,
      headers: createHttpHeaders({ "content-type": "application/json" }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { status, bodyAsText } = await pipeline.sendRequest(httpClient, request);
    if (status >= 300) throw refusal(status, bodyAsText ?? "");
  }
  return {
    place: (resourceId) =>
      send("PUT", resourceId, {
        properties: { level: "ReadOnly", notes: "Fairway: no changes while the platform is maintained." },
      }),
    remove: (resourceId) => send("DELETE", resourceId),
  };
}

/** In the shape of the client's own errors. */
function refusal(statusCode: number, text: string): Error {
  return Object.assign(new Error(`the answer was ${statusCode}`), { statusCode, details: parsed(text) });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
