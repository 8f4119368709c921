import type { Fault } from "../../faults/faults.ts";
import type { ArmOperation } from "../../world/arm/operations.ts";
import type { ManagedCluster } from "../../world/container-service/state.ts";
import type { ExtraRoute } from "../arm/server.ts";
import { clusterSummary } from "./cluster-summary.ts";
import { cell, table } from "./html.ts";

export interface StatusPageOptions {
  readonly title: string;
  readonly clusters: () => readonly ManagedCluster[];
  readonly environments: () => readonly EnvironmentRow[];
  readonly apps: () => readonly AppRow[];
  /** Newest last. */
  readonly operations: () => readonly ArmOperation[];
  readonly faults: () => readonly Fault[];
  readonly now: () => number;
}

export interface EnvironmentRow {
  readonly name: string;
  readonly location: string;
  readonly provisioningState: string;
}

export interface AppRow {
  readonly name: string;
  readonly environment: string;
  readonly provisioningState: string;
  readonly revisions: readonly { name: string; active: boolean; ready: number; wanted: number; weight: number }[];
}

/** `GET /`: what there is, as one page without scripts that reloads itself every five seconds. */
export function statusPageRoute(options: StatusPageOptions): ExtraRoute {
  return {
    matches: (path) => path === "/",
    handle(request, response) {
      request.resume();
      const known = request.method === "GET" || request.method === "HEAD";
      response.writeHead(known ? 200 : 405, {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
      });
      response.end(known && request.method === "GET" ? page(options) : "");
    },
  };
}

const style = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1b2430;background:#fff}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #dde3ea;vertical-align:top}th{font-weight:600;color:#51606f}
.good{color:#0a6b3d}.bad{color:#b3261e;font-weight:600}.none{color:#51606f}
@media(prefers-color-scheme:dark){body{background:#12171d;color:#e3e9ef}th,.none{color:#9aa9b8}th,td{border-color:#2b3540}.good{color:#6fd3a0}.bad{color:#ff8a80}}`;

function page(options: StatusPageOptions): string {
  const parts = [clusters, pools, nodes, environments, apps, revisions, operations, faults];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5">
<title>${cell(options.title)}</title><style>${style}</style></head>
<body><h1>${cell(options.title)}</h1><p class="none">${new Date(options.now()).toISOString()}</p>
${parts.map((part) => part(options)).join("\n")}
</body></html>
`;
}

function clusters(options: StatusPageOptions): string {
  const head = ["cluster", "region", "version", "state", "API server", "pods"];
  const rows = options.clusters().map(clusterSummary);
  return table(
    "Clusters",
    head,
    rows.map((one) => [one.name, one.location, one.kubernetesVersion, one.provisioningState, one.apiServer, one.pods]),
  );
}

function pools(options: StatusPageOptions): string {
  const rows = options
    .clusters()
    .map(clusterSummary)
    .flatMap((cluster) =>
      cluster.pools.map((pool) => [cluster.name, pool.name, pool.count, pool.version, pool.provisioningState]),
    );
  return table("Node pools", ["cluster", "pool", "count", "version", "state"], rows);
}

function nodes(options: StatusPageOptions): string {
  const rows = options
    .clusters()
    .map(clusterSummary)
    .flatMap((cluster) =>
      cluster.pools.flatMap((pool) =>
        pool.machines.map((machine) => [machine.name, pool.name, machine.version, machine.role, machine.state]),
      ),
    );
  return table("Nodes", ["node", "pool", "version", "role", "state"], rows);
}

function environments(options: StatusPageOptions): string {
  const rows = options.environments().map((one) => [one.name, one.location, one.provisioningState]);
  return table("Container Apps environments", ["environment", "region", "state"], rows);
}

function apps(options: StatusPageOptions): string {
  const rows = options.apps().map((one) => [one.name, one.environment, one.provisioningState]);
  return table("Container apps", ["app", "environment", "state"], rows);
}

function revisions(options: StatusPageOptions): string {
  const rows = options
    .apps()
    .flatMap((app) =>
      app.revisions.map((one) => [
        app.name,
        one.name,
        one.active ? "active" : "inactive",
        `${one.ready}/${one.wanted}`,
        `${one.weight} %`,
      ]),
    );
  return table("Revisions", ["app", "revision", "", "ready", "weight"], rows);
}

/** The page shows the last ones. */
const shownOperations = 20;

function operations(options: StatusPageOptions): string {
  const rows = options
    .operations()
    .slice(-shownOperations)
    .toReversed()
    .map(({ provider, startMs, status, id }) => [
      new Date(startMs).toISOString().slice(11, 19),
      provider,
      status.kind === "running" ? status.phase : status.kind,
      status.kind === "failed" || status.kind === "canceled" ? `${status.error.code}: ${status.error.message}` : id,
    ]);
  return table("Operations", ["started", "provider", "state", ""], rows);
}

function faults(options: StatusPageOptions): string {
  const rows = options.faults().map(({ id, kind, state, parameters }) => [id, kind, state, JSON.stringify(parameters)]);
  return table("Faults", ["id", "fault", "state", "parameters"], rows);
}
