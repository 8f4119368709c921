import { sameJson } from "../../../world/same-json.ts";
import type { Deployment } from "./deployment.ts";
import { isObject } from "./functions.ts";
import { NotYetKnown } from "./problem.ts";
import { bodyOf, type Engine, resourcesOf } from "./run-deployment.ts";
import { surroundingsOf } from "./surroundings.ts";
import type { PlannedResource } from "./template.ts";

/** What a deployment would change. Members that only the service fills in are no change. Source: ARM REST API, what-if. */
export function whatIf(engine: Engine, deployment: Deployment): Record<string, unknown> {
  const { scope, mode, plan, correlationId } = deployment;
  const changes = plan.resources
    .filter(({ isExisting }) => !isExisting)
    .map((one) => changeOf(engine, deployment, one));
  const named = new Set(plan.resources.map(({ id }) => id.toLowerCase()));
  const others = scope.group
    ? engine
        .resourcesAt(`/subscriptions/${scope.subscription}/resourceGroups/${scope.group.name}`)
        .filter((id) => !named.has(id.toLowerCase()))
    : [];
  const rest = others.map((resourceId) => ({
    resourceId,
    changeType: mode === "Complete" ? "Delete" : "Ignore",
    before: engine.send("GET", resourceId, "").body,
  }));
  return { status: "Succeeded", properties: { correlationId, changes: [...changes, ...rest] } };
}

function changeOf(engine: Engine, deployment: Deployment, resource: PlannedResource): Record<string, unknown> {
  const { id: resourceId, type, name, apiVersion } = resource;
  const found = engine.send("GET", resourceId, apiVersion);
  const body = predicted(engine, deployment, resource);
  if (!body) {
    const unsupportedReason = "The resource refers to what is only known when the deployment runs.";
    return { resourceId, changeType: "Unsupported", unsupportedReason };
  }
  const after = { apiVersion, id: resourceId, name: name.split("/").at(-1), type, ...body };
  if (found.status !== 200 || !isObject(found.body)) return { resourceId, changeType: "Create", before: null, after };
  const delta = differences(found.body, body, "");
  return { resourceId, changeType: delta.length > 0 ? "Modify" : "NoChange", before: found.body, after, delta };
}

/** Undefined: it cannot be told before. */
function predicted(
  engine: Engine,
  deployment: Deployment,
  resource: PlannedResource,
): Record<string, unknown> | undefined {
  const { scope, template, parameters, plan } = deployment;
  try {
    return bodyOf(resource, surroundingsOf(scope, template, parameters, undefined));
  } catch (error) {
    if (!(error instanceof NotYetKnown)) throw error;
  }
  try {
    return bodyOf(resource, surroundingsOf(scope, template, parameters, resourcesOf(engine, plan)));
  } catch {
    return undefined;
  }
}

function differences(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  at: string,
): unknown[] {
  return Object.entries(after).flatMap(([name, wanted]) => {
    const path = at === "" ? name : `${at}.${name}`;
    const key = Object.keys(before).find((one) => one.toLowerCase() === name.toLowerCase());
    const now = key === undefined ? undefined : before[key];
    if (sameValue(now, wanted)) return [];
    if (isObject(now) && isObject(wanted)) return differences(now, wanted, path);
    const before_ = now === undefined ? null : now;
    return [
      {
        path,
        propertyChangeType: now === undefined ? "Create" : "Modify",
        before: before_,
        after: wanted,
        children: null,
      },
    ];
  });
}

/** Places and words of closed sets come back in another spelling. */
function sameValue(now: unknown, wanted: unknown): boolean {
  if (sameJson(now, wanted) || (wanted === null && now === undefined)) return true;
  if (typeof now === "string" && typeof wanted === "string") return plain(now) === plain(wanted);
  if (!Array.isArray(now) || !Array.isArray(wanted)) return false;
  return now.length === wanted.length && wanted.every((item: unknown, index) => sameItem(now[index], item));
}

function sameItem(now: unknown, wanted: unknown): boolean {
  return isObject(now) && isObject(wanted) ? differences(now, wanted, "").length === 0 : sameValue(now, wanted);
}

function plain(text: string): string {
  return text.replaceAll(" ", "").toLowerCase();
}
