import type { ContainerApp } from "../../../controllers/container-app.ts";
import type { Job } from "../../../controllers/container-app-job.ts";
import { methodNotAllowed } from "../../../world/arm/errors.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import type { Json } from "../../../world/container-apps/json.ts";
import { Refusal } from "../../../world/container-apps/refusal.ts";
import { appId } from "./app-body.ts";
import { jobId } from "./job-body.ts";

/** What a diagnostic looks at, as a table of one level each. */
interface Detector {
  readonly name: string;
  readonly title: string;
  readonly category: string;
  /** Columns and rows of its only table. */
  readonly columns: readonly string[];
  rows(): readonly (readonly unknown[])[];
}

export function appDetectors(request: ArmRequest, app: ContainerApp): ArmResponse {
  return detectors(request, appId(app.address), "containerapps", [
    {
      name: "containerappsrevisions",
      title: "Revision failures",
      category: "Availability and Performance",
      columns: ["Revision", "Active", "Failure"],
      rows: () => app.revisions.map(({ name, active, failure }) => [name, active, failure ?? ""]),
    },
    {
      name: "containerappscontainerexitevents",
      title: "Container restarts",
      category: "Availability and Performance",
      columns: ["Replica", "Restarts"],
      rows: () =>
        app.revisions.flatMap(({ living }) => living.map(({ spec, restartCount }) => [spec.name, restartCount])),
    },
  ]);
}

export function jobDetectors(request: ArmRequest, job: Job): ArmResponse {
  return detectors(request, jobId(job.address), "jobs", [
    {
      name: "containerappjobnetworkIO",
      title: "Executions",
      category: "Availability and Performance",
      columns: ["Execution", "Status"],
      rows: () => job.executions.map(({ name, status }) => [name, status.kind]),
    },
  ]);
}

function detectors(request: ArmRequest, id: string, owner: string, all: readonly Detector[]): ArmResponse {
  if (request.method !== "GET") throw methodNotAllowed(request.method);
  const name = request.names[1];
  const body = (detector: Detector): Json => detectorBody(detector, `${id}/detectors/${detector.name}`, owner);
  if (name === undefined) return { status: 200, body: { value: all.map(body) } };
  const found = all.find((detector) => detector.name.toLowerCase() === name.toLowerCase());
  if (!found) throw new Refusal(404, "DetectorNotFound", `Detector '${name}' was not found.`);
  return { status: 200, body: body(found) };
}

function detectorBody({ name, title, category, columns, rows }: Detector, id: string, owner: string): Json {
  return {
    id,
    name,
    type: `Microsoft.App/${owner}/detectors`,
    properties: {
      metadata: {
        id: name,
        name: title,
        author: "",
        description: "",
        category,
        supportTopicList: [],
        analysisTypes: [],
        type: "Detector",
        score: 0,
      },
      dataset: [
        {
          table: {
            tableName: "",
            columns: columns.map((columnName) => ({ columnName, dataType: "String", columnType: null })),
            rows: rows(),
          },
          renderingProperties: { type: 0, title: null, description: null, isVisible: true },
        },
      ],
      status: { message: null, statusId: 4 },
      dataProviderMetadata: null,
    },
  };
}
