import type { AppContainer, AppReplica } from "../../../controllers/container-app-replica.ts";
import type { Json } from "../../../world/container-apps/json.ts";

/** `properties` of a replica. `pathOf`: below it are a container's log stream and its shell. */
export function replicaProperties(
  replica: AppReplica,
  baseUrl: string,
  pathOf: (container: AppContainer) => string,
): Json {
  const body = (container: AppContainer): Json => containerBody(container, baseUrl, pathOf(container));
  return {
    createdTime: `${new Date(replica.createdAtMs).toISOString().slice(0, 19)}Z`,
    runningState: isRunning(replica) ? "Running" : "NotRunning",
    runningStateDetails: "",
    containers: replica.containers("containers").map(body),
    initContainers: replica.containers("initContainers").map(body),
  };
}

function isRunning(replica: AppReplica): boolean {
  return replica.containers("containers").every((container) => container.replica?.state.kind === "running");
}

function containerBody({ template, replica }: AppContainer, baseUrl: string, path: string): Json {
  return {
    name: template.name,
    containerId: replica?.containerId ?? "",
    ready: replica?.ready ?? false,
    started: replica?.started ?? false,
    restartCount: replica?.restartCount ?? 0,
    runningState: containerState(replica?.state.kind),
    runningStateDetails: replica?.state.kind === "waiting" ? replica.state.reason : "",
    logStreamEndpoint: `${baseUrl}${path}/logstream`,
    execEndpoint: `${baseUrl.replace("https:", "wss:")}${path}/exec`,
    debugEndpoint: `${baseUrl.replace("https:", "wss:")}${path}/debug`,
  };
}

export function containerState(kind: "waiting" | "running" | "terminated" | undefined): string {
  switch (kind) {
    case "running":
      return "Running";
    case "terminated":
      return "Terminated";
    case "waiting":
    case undefined:
      return "Waiting";
  }
}
