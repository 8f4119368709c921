import type { ContainerApp } from "../../../controllers/container-app.ts";
import type { LabelRecord } from "../../../controllers/container-app-labels.ts";
import { invalidResourceType, methodNotAllowed } from "../../../world/arm/errors.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import type { Json } from "../../../world/container-apps/json.ts";
import { Refusal } from "../../../world/container-apps/refusal.ts";
import { appId } from "./app-body.ts";
import { offsetTime } from "./shared-bodies.ts";

/** Which revisions a label has been on, newest first. */
export function handleLabelHistories(request: ArmRequest, app: ContainerApp): ArmResponse {
  const label = request.names[1];
  const { histories } = app.labels;
  if (request.types.length > 2) {
    throw invalidResourceType(request.types.join("/"), "Microsoft.App", request.apiVersion);
  }
  if (label === undefined) {
    if (request.method !== "GET") throw methodNotAllowed(request.method);
    return { status: 200, body: { value: [...histories].map(([name, records]) => historyBody(app, name, records)) } };
  }
  if (request.method === "DELETE") return { status: app.labels.forget(label) ? 200 : 204 };
  if (request.method !== "GET") throw methodNotAllowed(request.method);
  const records = histories.get(label);
  if (!records) throw new Refusal(404, "LabelHistoryNotFound", `Label history with name '${label}' was not found.`);
  return { status: 200, body: historyBody(app, label, records) };
}

function historyBody(app: ContainerApp, label: string, records: readonly LabelRecord[]): Json {
  return {
    id: `${appId(app.address)}/labelHistory/${label}`,
    name: label,
    type: "Microsoft.App/containerApps/labelHistory",
    properties: {
      records: records.map(({ revision, startedAtMs, stoppedAtMs, status }) => ({
        revision,
        start: offsetTime(startedAtMs),
        ...(stoppedAtMs === undefined ? {} : { stop: offsetTime(stoppedAtMs) }),
        status,
      })),
    },
  };
}
