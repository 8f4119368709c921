import { statusWord, ticks } from "../../../world/arm/operation-endpoints.ts";
import type { ArmOperation } from "../../../world/arm/operations.ts";
import type { ArmResponse } from "../../../world/arm/provider.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import type { AgentPool, ManagedCluster } from "../../../world/container-service/state.ts";
import { clusterId, poolId } from "../../../world/container-service/views.ts";

/** `operations[/{id}]` of a cluster, or of one of its pools: what was done with it, newest first. `latest` stands for the newest. */
export function operationsEndpoint(
  { operations }: ContainerService,
  cluster: ManagedCluster,
  pool: AgentPool | undefined,
  id: string | undefined,
): ArmResponse {
  const owner = pool ? poolId(cluster, pool.name) : clusterId(cluster);
  const all = operations
    .list()
    .filter(({ about }) => about === owner || (!pool && about?.startsWith(`${owner}/`)))
    .toReversed();
  if (id === undefined) return { status: 200, body: { value: all.map(operationBody) } };
  const found = id.toLowerCase() === "latest" ? all[0] : all.find((one) => one.id === id.toLowerCase());
  if (!found) throw refusal(404, "NotFound", `Could not find the operation '${id}'.`);
  return { status: 200, body: operationBody(found) };
}

function operationBody(operation: ArmOperation): Record<string, unknown> {
  const { about = "", id, status, startMs } = operation;
  const done = status.kind === "running" ? /(\d+)\/(\d+)/.exec(status.phase) : undefined;
  const [, part = 0, whole = 1] = (done ?? []).map(Number);
  return {
    id: `${about}/operations/${id}`,
    resourceId: about,
    name: id,
    // What it is at is told at its own address alone.
    status: status.kind === "running" ? "InProgress" : statusWord(operation),
    startTime: `${ticks(startMs)}Z`,
    ...(status.kind === "running"
      ? { percentComplete: Math.round((part / whole) * 100) }
      : { endTime: `${ticks(status.endMs)}Z` }),
    ...(status.kind !== "succeeded" && status.error ? { error: status.error } : {}),
  };
}
