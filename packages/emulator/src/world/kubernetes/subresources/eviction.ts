import type { EvictionResult } from "../../cluster.ts";
import { parseObjectBody } from "../body.ts";
import { type Call, isDryRun, readObject } from "../call.ts";
import { isRecord, textAt } from "../json.ts";
import type { KubeResponse } from "../request.ts";
import { badRequest, methodNotAllowed, notFound, StatusError } from "../status-error.ts";

/** The eviction subresource of a pod: asks the disruption budgets first. 201, or 429 when a budget forbids it. */
export function evictPod(call: Call): KubeResponse {
  const { cluster, request, type, name, namespace = "" } = call;
  if (request.method !== "POST") throw methodNotAllowed();
  const body = parseObjectBody(request.contentType, request.body);
  checkBody(body, name);
  readObject(call);
  const dryRun = isDryRun(call);
  const result: EvictionResult = dryRun ? { kind: "evicted" } : cluster.evict(namespace, name);
  switch (result.kind) {
    case "evicted":
      return {
        kind: "json",
        status: 201,
        body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 },
      };
    case "not-found":
      throw notFound(type, name);
    case "refused": {
      const { status, reason, message, causes, retryAfterSeconds } = result;
      throw new StatusError(status, reason, message, {
        causes,
        ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      });
    }
  }
}

const versions: readonly unknown[] = ["policy/v1", "policy/v1beta1", undefined];

function checkBody(body: unknown, name: string): void {
  if (!isRecord(body) || !versions.includes(body["apiVersion"])) {
    throw badRequest("the object provided is unrecognized (must be of type Eviction)");
  }
  const bodyName = textAt(body, "metadata", "name") ?? "";
  if (bodyName !== name) throw badRequest("name in URL does not match name in Eviction object");
}
