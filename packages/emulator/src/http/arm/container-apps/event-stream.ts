import type { ServerResponse } from "node:http";
import type { TraceRecord } from "@fairway/kernel";
import type { ContainerApp } from "../../../controllers/container-app.ts";
import type { World } from "../../../world/world.ts";

/** System logs of apps as JSON, one event a line: the last `tail`, and with `follow` every later one. */
export function streamEvents(
  world: World,
  apps: readonly ContainerApp[],
  response: ServerResponse,
  { follow, tail }: { readonly follow: boolean; readonly tail: number },
): void {
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-cache" });
  const linesOf = (record: TraceRecord): readonly string[] => apps.flatMap((app) => eventLine(app, record));
  const past = tail === 0 ? [] : world.trace.records().flatMap(linesOf).slice(-tail);
  for (const line of past) response.write(line);
  if (!follow) {
    response.end();
    return;
  }
  response.flushHeaders();
  const stop = world.trace.follow((record) => {
    for (const line of linesOf(record)) response.write(line);
  });
  response.once("close", stop);
}

interface Told {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly text: string;
}

/** None, when it is not of this app or nobody tells it. Reasons as Container Apps docs, system logs. */
function eventLine(app: ContainerApp, { kind, timeMs, data }: TraceRecord): readonly string[] {
  const revision = textOf(data["revision"]);
  const told = tell(kind, revision, data);
  if (!told || !revision.startsWith(`${app.address.name}--`)) return [];
  const event = {
    TimeStamp: `${new Date(timeMs).toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`,
    Type: told.type,
    ContainerAppName: app.address.name,
    RevisionName: revision,
    ReplicaName: textOf(data["replica"]),
    Msg: told.text,
    Reason: told.reason,
    EventSource: "ContainerAppController",
    Count: 1,
  };
  return [`${JSON.stringify(event)}\n`];
}

function tell(kind: string, revision: string, data: TraceRecord["data"]): Told | undefined {
  switch (kind) {
    case "revision.created":
      return { type: "Normal", reason: "RevisionCreation", text: `Creating revision ${revision}` };
    case "revision.ready":
      return { type: "Normal", reason: "RevisionReady", text: `Successfully provisioned revision '${revision}'` };
    case "revision.failed":
      return {
        type: "Warning",
        reason: "RevisionFailed",
        text: `Revision '${revision}' failed: ${textOf(data["failure"])}`,
      };
    case "revision.activated":
      return { type: "Normal", reason: "RevisionActivated", text: `Activated revision '${revision}'` };
    case "revision.deactivated":
      return { type: "Normal", reason: "RevisionDeactivated", text: `Deactivated revision '${revision}'` };
    case "revision.scaled":
      return {
        type: "Normal",
        reason: "KEDAScaleTargetActivated",
        text: `Scaled revision '${revision}' from ${String(data["from"])} to ${String(data["to"])} replicas`,
      };
    case "replica.created":
      return {
        type: "Normal",
        reason: "AssigningReplica",
        text: `Replica '${textOf(data["replica"])}' has been scheduled`,
      };
    default:
      return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
