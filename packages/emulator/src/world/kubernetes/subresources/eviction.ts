import type { EvictionOptions, EvictionResult } from "../../cluster.ts";
import { parseObjectBody } from "../body.ts";
import { type Call, isDryRun, readObject } from "../call.ts";
import { readDeleteOptions } from "../delete.ts";
import { isRecord, recordAt, scalarText, textAt } from "../json.ts";
import type { KubeResponse } from "../request.ts";
import { badRequest, methodNotAllowed, notFound, StatusError } from "../status-error.ts";

/** The eviction subresource of a pod: asks the disruption budgets first. 201, or 429 when a budget forbids it. */
export function evictPod(call: Call): KubeResponse {
  const { cluster, request, type, name, namespace = "" } = call;
  if (request.method !== "POST") throw methodNotAllowed();
  const body = parseObjectBody(request.contentType, request.body);
  checkBody(body, name);
  readObject(call);
  const result: EvictionResult = cluster.evict(namespace, name, evictionOptions(call, body));
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
      const { status, reason, message, details } = result;
      throw new StatusError(status, reason, message, details);
    }
  }
}

function evictionOptions(call: Call, body: unknown): EvictionOptions {
  const { dryRun, ...options } = readDeleteOptions(recordAt(body, "deleteOptions"));
  return { ...options, dryRun: dryRun || isDryRun(call) };
}

const versions: readonly unknown[] = ["policy/v1", "policy/v1beta1", undefined];

function checkBody(body: unknown, name: string): void {
  if (!isRecord(body)) throw badRequest("the object provided is unrecognized (must be of type Eviction)");
  const { apiVersion, kind = "Eviction" } = body;
  if (!versions.includes(apiVersion) || kind !== "Eviction") {
    const version = scalarText(apiVersion).split("/").at(-1) ?? "";
    const why = `converting (${version}.${scalarText(kind)}) to (policy.Eviction): unknown conversion`;
    throw badRequest(
      `${scalarText(kind)} in version ${JSON.stringify(version)} cannot be handled as a Eviction: ${why}`,
    );
  }
  const bodyName = textAt(body, "metadata", "name") ?? "";
  if (bodyName !== name) throw badRequest("name in URL does not match name in Eviction object");
}
