import type { TraceRecord } from "@fairway/kernel";
import type { Faults } from "../../faults/faults.ts";
import { faultDefinitions } from "../../faults/kinds.ts";
import { FaultError } from "../../faults/parameters.ts";
import { parseScenario, startScenario } from "../../faults/scenario.ts";
import type { ArmResponse } from "../../world/arm/provider.ts";
import type { ManagedCluster } from "../../world/container-service/state.ts";
import type { World } from "../../world/world.ts";
import { clusterSummary } from "./cluster-summary.ts";
import { type MetricDoor, setMetric } from "./metrics.ts";
import { problem } from "./problem.ts";

export interface ControlDoorOptions {
  readonly world: World;
  readonly faults: Faults;
  /** Every access token so far is refused from now on. */
  readonly revokeTokens?: () => void;
  readonly clusters: () => readonly ManagedCluster[];
  /** What the summary shows of Container Apps: plain JSON. */
  readonly environments?: () => readonly unknown[];
  readonly apps?: () => readonly unknown[];
  /** Replaces every replica of an environment. False when there is no such environment. */
  readonly startMaintenance?: (environment: string) => boolean;
  /** What scale rules of Container Apps read. */
  readonly metrics?: MetricDoor;
}

const prefix = "/_emulator";

/** Records of the trace per answer; the rest is asked for with `next`. */
const traceLimit = 10_000;

/**
 * What experiments do to the embedded Azure that no client of Azure could: faults, maintenance, the trace. Undefined for
 * paths that are not its own.
 */
export function createControlDoor(
  options: ControlDoorOptions,
): (method: string, path: string, query: URLSearchParams, body: unknown) => ArmResponse | undefined {
  return (method, path, query, body) => {
    if (path !== prefix && !path.startsWith(`${prefix}/`)) return undefined;
    const route = path.slice(prefix.length).replace(/\/$/, "");
    try {
      return answer(options, { method, route, query, body });
    } catch (error) {
      if (error instanceof FaultError) return problem(400, error);
      throw error;
    }
  };
}

interface Call {
  readonly method: string;
  readonly route: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

function answer(options: ControlDoorOptions, { method, route, query, body }: Call): ArmResponse {
  const faultId = /^\/faults\/([\w-]{1,40})$/.exec(route)?.[1];
  switch (`${method} ${faultId === undefined ? route : "/faults/{id}"}`) {
    case "GET ":
      return { status: 200, body: summary(options) };
    case "GET /faults":
      return { status: 200, body: { faults: options.faults.list(), kinds: faultDefinitions } };
    case "POST /faults":
      return { status: 201, body: options.faults.inject(body) };
    case "DELETE /faults":
      for (const { id } of options.faults.list()) options.faults.clear(id);
      return { status: 204 };
    case "POST /scenario":
      return scenario(options.faults, body);
    case "GET /faults/{id}":
      return { status: 200, body: faultOf(options, faultId ?? "") };
    case "DELETE /faults/{id}":
      options.faults.clear(faultOf(options, faultId ?? "").id);
      return { status: 204 };
    case "GET /trace":
      return { status: 200, body: tracePage(options.world.trace.records(), query.get("since")) };
    case "POST /maintenance":
      return maintenance(options, body);
    case "GET /metrics":
      return { status: 200, body: { metrics: options.metrics?.list() ?? [] } };
    case "PUT /metrics":
      return setMetric(options.metrics, body);
    case "POST /tokens/revoke":
      options.revokeTokens?.();
      return { status: 204 };
    case "POST /nodes/lose":
      return { status: 201, body: options.faults.inject({ kind: "node-lost", parameters: body ?? {} }) };
    default:
      return problem(404, {
        field: "path",
        message: `There is no ${method} ${prefix}${route}.`,
        hint: `Use GET ${prefix}, GET, POST or DELETE ${prefix}/faults, GET ${prefix}/trace, POST ${prefix}/maintenance, POST ${prefix}/nodes/lose, POST ${prefix}/tokens/revoke, GET or PUT ${prefix}/metrics, POST ${prefix}/scenario.`,
      });
  }
}

/** `{ text }`: the scenario as YAML. */
function scenario(faults: Faults, body: unknown): ArmResponse {
  const text = (body as { text?: unknown } | undefined)?.text;
  if (typeof text !== "string")
    throw new FaultError("text", "text is missing.", "Send { text } with the scenario as YAML.");
  const steps = parseScenario(text);
  startScenario(faults, steps);
  return { status: 202, body: { faults: steps.length } };
}

function summary({ world, clusters, faults, environments, apps }: ControlDoorOptions): Record<string, unknown> {
  return {
    timeMs: world.clock.now(),
    timeScale: world.timeScale,
    gateway: world.dataPlane.address(),
    clusters: clusters().map(clusterSummary),
    environments: environments?.() ?? [],
    apps: apps?.() ?? [],
    faults: faults.list(),
    traceRecords: world.trace.records().length,
  };
}

function faultOf({ faults }: ControlDoorOptions, id: string): { readonly id: string } {
  const fault = faults.get(id);
  if (fault) return fault;
  throw new FaultError("id", `There is no fault ${id}.`, `GET ${prefix}/faults lists those that there are.`);
}

/** `since` is the `next` of an earlier answer: the number of records that the caller has. */
function tracePage(records: readonly TraceRecord[], since: string | null): Record<string, unknown> {
  const first = since === null ? 0 : Number(since);
  if (!Number.isInteger(first) || first < 0) {
    throw new FaultError(
      "since",
      `since must be an integer from 0, not ${since}.`,
      "Send the `next` of the last answer.",
    );
  }
  const page = records.slice(first, first + traceLimit);
  return { records: page, next: Math.min(first, records.length) + page.length };
}

function maintenance({ startMaintenance }: ControlDoorOptions, body: unknown): ArmResponse {
  const environment = (body as { environment?: unknown } | undefined)?.environment;
  if (typeof environment !== "string" || environment === "") {
    throw new FaultError("environment", "environment is missing.", "Send { environment } with the name of one.");
  }
  if (startMaintenance?.(environment)) return { status: 202, body: { environment } };
  const hint = `GET ${prefix} lists the environments that there are.`;
  throw new FaultError("environment", `There is no environment ${environment}.`, hint);
}
