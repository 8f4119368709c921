import type { ArmRequest, ArmResponse } from "../arm/provider.ts";
import { retryAfter } from "../arm/retry-after.ts";
import { timestamp } from "../store.ts";
import { durationMs } from "../world.ts";
import { refuseWhileBusy } from "./concurrency.ts";
import type { CommandRunner, ContainerService } from "./environment.ts";
import { refusal } from "./errors.ts";
import { invalidParameter, missingParameter, RequestBody } from "./request-body.ts";
import type { CommandRun, ManagedCluster } from "./state.ts";
import { clusterId } from "./views.ts";

/** Where nobody can run commands: as in an image without kubectl. */
export const noCommands: CommandRunner = ({ cluster, line }, done) => {
  const result = { exitCode: 127, logs: `sh: ${line.trim().split(/\s/, 1)[0]}: command not found\n` };
  cluster.cluster.world.clock.after(0, () => done(result));
};

/** `POST …/runCommand`: 202; its Location answers with the result in the end. */
export function runCommand(service: ContainerService, cluster: ManagedCluster, request: ArmRequest): ArmResponse {
  refuseWhileBusy(cluster, undefined, service.world.clock.now());
  const body = new RequestBody(request.body);
  const line = body.text("command");
  if (line === undefined || line.trim() === "") throw missingParameter("command");
  if (body.text("context"))
    throw invalidParameter("context", "must be empty: files for commands are not available here");
  const id = cluster.random.text(32, "0123456789abcdef");
  const startMs = service.world.clock.now();
  cluster.commands.set(id, { kind: "running", startMs });
  service.world.clock.after(durationMs(service.world, "managedClusters.runCommand", cluster.random), () =>
    service.runCommand({ cluster, line }, (result) =>
      cluster.commands.set(id, { kind: "ended", startMs, endMs: service.world.clock.now(), result }),
    ),
  );
  return { status: 202, headers: pollHeaders(service, cluster, id, request) };
}

/** `GET …/commandResults/{id}`: 202 while it runs, with a body (recorded) that the Azure CLI waits by. */
export function commandResult(service: ContainerService, cluster: ManagedCluster, request: ArmRequest): ArmResponse {
  const id = request.names[1] ?? "";
  const run = cluster.commands.get(id);
  if (!run) throw refusal(404, "NotFound", `Could not find the command '${id}' in cluster '${cluster.name}'.`);
  if (run.kind === "running") {
    const body = { id, properties: { provisioningState: "Running" } };
    return { status: 202, headers: pollHeaders(service, cluster, id, request), body };
  }
  return { status: 200, body: { id, properties: resultView(run) } };
}

function resultView({ startMs, endMs, result }: Extract<CommandRun, { kind: "ended" }>): Record<string, unknown> {
  return {
    provisioningState: "Succeeded",
    exitCode: result.exitCode,
    startedAt: timestamp(startMs),
    finishedAt: timestamp(endMs),
    logs: result.logs,
  };
}

function pollHeaders(
  service: ContainerService,
  cluster: ManagedCluster,
  id: string,
  { baseUrl, apiVersion, headers }: ArmRequest,
): Record<string, string> {
  const location = `${baseUrl}${clusterId(cluster)}/commandResults/${id}?api-version=${apiVersion}`;
  return { location, "retry-after": retryAfter(service.world, 5, headers["user-agent"]) };
}
