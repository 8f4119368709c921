import type { ContainerApp } from "../../../controllers/container-app.ts";
import type { Job } from "../../../controllers/container-app-job.ts";
import { methodNotAllowed } from "../../../world/arm/errors.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { type Environment, environmentId } from "../../../world/container-apps/environment.ts";
import type { Json } from "../../../world/container-apps/json.ts";
import { Refusal } from "../../../world/container-apps/refusal.ts";
import { appId } from "./app-body.ts";
import { jobId } from "./job-body.ts";
import type { AppProviderOptions } from "./options.ts";

/** What a diagnostic looks at, as a table of one level each. */
interface Detector {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly Column[];
  /** Of its only table. */
  rows(): readonly (readonly unknown[])[];
}

type Column = readonly [name: string, type: "String" | "DateTime" | "Double"];

/** Of detectors that watch a number. */
const metricColumns = [
  ["TimeStamp", "DateTime"],
  ["Metric", "String"],
  ["Average", "Double"],
] as const;

const owners = {
  app: "containerapps",
  job: "jobs",
  environment: "managedEnvironments",
} as const;

export function appDetectors(options: AppProviderOptions, request: ArmRequest, app: ContainerApp): ArmResponse {
  const { dataPlane } = options.world;
  const requests = () =>
    app.revisions.flatMap(({ name }) => app.hosts.map((host) => dataPlane.stats(host, name).requests));
  return detectors(request, appId(app.address), owners.app, [
    metric(options, "cappcontainerappnetworkIO", "Container App Network Inbound and Outbound", () => ({
      metric: "Requests",
      value: sum(requests()),
    })),
    {
      name: "containerappsrevisions",
      title: "Revision failures",
      columns: texts("Revision", "Active", "Failure"),
      rows: () => app.revisions.map(({ name, active, failure }) => [name, active, failure ?? ""]),
    },
    {
      name: "containerappscontainerexitevents",
      title: "Container restarts",
      columns: texts("Replica", "Restarts"),
      rows: () =>
        app.revisions.flatMap(({ living }) => living.map(({ spec, restartCount }) => [spec.name, restartCount])),
    },
  ]);
}

export function jobDetectors(options: AppProviderOptions, request: ArmRequest, job: Job): ArmResponse {
  return detectors(request, jobId(job.address), owners.job, [
    metric(options, "containerappjobnetworkIO", "Container App Job Network Inbound and Outbound", () => ({
      metric: "Executions",
      value: job.executions.length,
    })),
    {
      name: "containerappjobexecutions",
      title: "Executions",
      columns: texts("Execution", "Status"),
      rows: () => job.executions.map(({ name, status }) => [name, status.kind]),
    },
  ]);
}

export function environmentDetectors(
  options: AppProviderOptions,
  request: ArmRequest,
  environment: Environment,
): ArmResponse {
  return detectors(request, environmentId(environment), owners.environment, [
    metric(options, "ManagedEnvAvailabilityMetrics", "Managed Environment availability", () => ({
      metric: "Apps",
      value: options.apps.appsOf(environment).length,
    })),
  ]);
}

function metric(
  { world }: AppProviderOptions,
  name: string,
  title: string,
  read: () => { readonly metric: string; readonly value: number },
): Detector {
  const row = () => {
    const { metric: what, value } = read();
    return [new Date(world.clock.now()).toISOString().slice(0, 19), what, value];
  };
  return { name, title, columns: metricColumns, rows: () => [row()] };
}

function texts(...names: readonly string[]): readonly Column[] {
  return names.map((name) => [name, "String"] as const);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
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

function detectorBody({ name, title, columns, rows }: Detector, id: string, owner: string): Json {
  return {
    id,
    name,
    type: `Microsoft.App/${owner}/detectors`,
    properties: {
      metadata: {
        id: name,
        name: title,
        author: "",
        description: `This detector shows: ${title}.`,
        category: "Availability and Performance",
        supportTopicList: [],
        analysisTypes: [],
        type: "Detector",
        score: 0,
      },
      dataset: [
        {
          table: {
            tableName: "",
            columns: columns.map(([columnName, dataType]) => ({ columnName, dataType, columnType: null })),
            rows: rows(),
          },
          renderingProperties: { type: 0, title, description: "", isVisible: true },
        },
      ],
      status: { message: null, statusId: 3 },
      dataProviderMetadata: null,
    },
  };
}
