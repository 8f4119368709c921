import type { ContainerApp } from "../../../controllers/container-app.ts";
import type { Revision } from "../../../controllers/container-app-revision.ts";
import { invalidResourceType, methodNotAllowed } from "../../../world/arm/errors.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { Refusal } from "../../../world/container-apps/refusal.ts";
import type { AppProviderOptions } from "./options.ts";
import { replicaBody, revisionBody } from "./revision-body.ts";

export function handleRevisions(options: AppProviderOptions, request: ArmRequest, app: ContainerApp): ArmResponse {
  const [, name, replica] = request.names;
  const action = request.types[2];
  if (name === undefined) return listRevisions(request, app);
  if (action === undefined) return readOnly(request, revisionBody(app, options.apps.revision(app, name)));
  if (action === "replicas") return replicas(options, request, app, { revision: name, replica });
  if (request.method !== "POST" || request.types.length > 3) throw unknownAction(request);
  return act(options, app, name, request);
}

/** `$filter=properties/active eq true` is the only filter that clients were seen to send. */
function listRevisions(request: ArmRequest, app: ContainerApp): ArmResponse {
  const filter = request.query.get("$filter");
  const wanted = filter && /active\s+eq\s+(true|false)/i.exec(filter)?.[1]?.toLowerCase();
  const listed = app.revisions.filter(({ active }) => !wanted || String(active) === wanted);
  return readOnly(request, { value: listed.map((revision) => revisionBody(app, revision)) });
}

function act({ apps }: AppProviderOptions, app: ContainerApp, revision: string, request: ArmRequest): ArmResponse {
  const action = request.types[2] ?? "";
  switch (action) {
    case "activate":
    case "deactivate":
    case "restart": {
      apps.actOnRevision(app, revision, action);
      // The command line parses the answer as JSON.
      return { status: 200, body: `${action.charAt(0).toUpperCase()}${action.slice(1)} succeeded` };
    }
    default:
      throw unknownAction(request);
  }
}

function replicas(
  { apps, tokens }: AppProviderOptions,
  request: ArmRequest,
  app: ContainerApp,
  names: { readonly revision: string; readonly replica: string | undefined },
): ArmResponse {
  const context = { baseUrl: request.baseUrl, tenantId: tokens.tenantId };
  const revision = apps.revision(app, names.revision);
  if (names.replica === undefined) {
    return readOnly(request, { value: revision.living.map((replica) => replicaBody(app, replica, context)) });
  }
  return readOnly(request, replicaBody(app, findReplica(revision, names.replica), context));
}

function findReplica(revision: Revision, name: string): Revision["replicas"][number] {
  const replica = revision.replicas.find(({ spec }) => spec.name.toLowerCase() === name.toLowerCase());
  if (replica) return replica;
  throw new Refusal(404, "ReplicaNotFound", `Replica with name '${name}' was not found.`);
}

function readOnly(request: ArmRequest, body: unknown): ArmResponse {
  if (request.method !== "GET") throw methodNotAllowed(request.method);
  return { status: 200, body };
}

function unknownAction(request: ArmRequest): Error {
  return invalidResourceType(request.types.join("/"), "Microsoft.App", request.apiVersion);
}
