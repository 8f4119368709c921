import type { Kept, KeptCall } from "../../../controllers/container-app-kept.ts";
import { invalidResourceType, resourceNotFound } from "../../../world/arm/errors.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { isJson, type Json } from "../../../world/container-apps/json.ts";
import { keptKinds } from "../../../world/container-apps/kept-kinds.ts";
import { keptId } from "./kept-body.ts";
import type { AppProviderOptions } from "./options.ts";

const path = "containerApps/providers/logicApps";
const kind = keptKinds.find((known) => known.path === path);

/** What is below a logic app: its workflows are the files that were deployed to it, and none of them runs. Undefined: the path is of none of these. */
export function handleLogicAppParts(options: AppProviderOptions, request: ArmRequest): ArmResponse | undefined {
  if (!kind || !request.types.join("/").startsWith(`${path.toLowerCase()}/`)) return undefined;
  const { subscription, resourceGroup = "", names } = request;
  const resource = options.apps.kept.find(kind, { subscription, resourceGroup, names: names.slice(0, 3) });
  if (!resource) throw kind.notFound(names.slice(0, 3), resourceGroup);
  const workflow = names[3];
  switch (`${request.method} ${request.types.slice(3).join("/")}`) {
    case "GET workflows":
      if (workflow === undefined) return { status: 200, body: { value: workflowsOf(resource) } };
      return { status: 200, body: workflowNamed(resource, workflow) };
    case "POST deployworkflowartifacts":
      return deploy(options, request, resource);
    case "POST listworkflowsconnections":
      return { status: 200, body: connections(resource) };
    default:
      throw invalidResourceType(request.types.join("/"), "Microsoft.App", request.apiVersion);
  }
}

/** Files are added to those that there are; `filesToDelete` names those that go. */
function deploy({ apps }: AppProviderOptions, { apiVersion, body }: ArmRequest, resource: Kept): ArmResponse {
  const { files, filesToDelete } = isJson(body) ? body : {};
  const named = Array.isArray(filesToDelete) ? filesToDelete.map(String) : [];
  const gone = Object.keys(filesOf(resource)).filter((file) => named.some((name) => isNamedBy(name, file)));
  const removed = Object.fromEntries(gone.map((file) => [file, null]));
  const patch = { files: { ...(isJson(files) ? files : {}), ...removed } };
  const call: KeptCall = { apiVersion, result: () => undefined };
  apps.kept.patch(resource, patch, { kind: "done", status: 200 }, call);
  return { status: 200 };
}

/** A name that ends in `/` is that of everything below it. */
function isNamedBy(name: string, file: string): boolean {
  return name.endsWith("/") ? file.startsWith(name) : file === name;
}

/** `{workflow}/workflow.json`. */
function workflowsOf(resource: Kept): readonly Json[] {
  const names = Object.keys(filesOf(resource)).flatMap((file) => /^([^/]+)\/workflow\.json$/.exec(file)?.[1] ?? []);
  return names.map((name) => workflowBody(resource, name, {}));
}

function workflowNamed(resource: Kept, name: string): Json {
  const files = filesOf(resource);
  const workflow = files[`${name}/workflow.json`];
  if (workflow === undefined) throw resourceNotFound(`${path}/workflows/${name}`, resource.address.resourceGroup);
  const connected = files["connections.json"];
  const shown = { "workflow.json": workflow, ...(connected === undefined ? {} : { "connections.json": connected }) };
  return workflowBody(resource, name, { files: shown });
}

function workflowBody(resource: Kept, name: string, properties: Json): Json {
  const file = filesOf(resource)[`${name}/workflow.json`];
  const workflowKind = isJson(file) && typeof file["kind"] === "string" ? file["kind"] : "Stateful";
  return {
    ...part(resource, name, "workflows", `workflows/${name}`),
    kind: workflowKind,
    properties: { ...properties, flowState: "Enabled", health: { state: "Healthy" } },
  };
}

function connections(resource: Kept): Json {
  const file = filesOf(resource)["connections.json"];
  return {
    ...part(resource, "connections", "workflowsconfiguration", "workflowconfigurations/connections"),
    properties: { files: file === undefined ? {} : { "connections.json": file }, health: { state: "Healthy" } },
  };
}

function part(resource: Kept, name: string, type: string, below: string): Json {
  const owner = resource.address.names[2] ?? "";
  return { id: `${keptId(resource)}/${below}`, name: `${owner}/${name}`, type: `Microsoft.App/logicApps/${type}` };
}

function filesOf({ content }: Kept): Json {
  return isJson(content["files"]) ? content["files"] : {};
}
