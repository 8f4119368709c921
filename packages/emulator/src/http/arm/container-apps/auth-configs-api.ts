import type { ContainerApp } from "../../../controllers/container-app.ts";
import { invalidResourceType, methodNotAllowed } from "../../../world/arm/errors.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { isJson, type Json } from "../../../world/container-apps/json.ts";
import { Refusal } from "../../../world/container-apps/refusal.ts";
import { appId } from "./app-body.ts";

/** Kept and shown; nobody signs in at the gateway. */
export function handleAuthConfigs(request: ArmRequest, app: ContainerApp): ArmResponse {
  const name = request.names[1];
  if (request.types.length > 2) {
    throw invalidResourceType(request.types.join("/"), "Microsoft.App", request.apiVersion);
  }
  if (name === undefined) {
    if (request.method !== "GET") throw methodNotAllowed(request.method);
    return { status: 200, body: { value: [...app.authConfigs].map(([each, content]) => body(app, each, content)) } };
  }
  switch (request.method) {
    case "PUT":
      app.authConfigs.set(name, request.body as Json);
      return { status: 200, body: body(app, name, request.body as Json) };
    case "GET": {
      const content = app.authConfigs.get(name);
      if (content) return { status: 200, body: body(app, name, content) };
      const text = `AuthConfig ${name} was not found under container app ${app.address.name}.`;
      throw new Refusal(404, "AuthConfigNotFound", text);
    }
    case "DELETE":
      return { status: app.authConfigs.delete(name) ? 200 : 204 };
    case "PATCH":
    case "POST":
    case "HEAD":
      throw methodNotAllowed(request.method);
  }
}

function body(app: ContainerApp, name: string, content: Json): Json {
  return {
    id: `${appId(app.address)}/authconfigs/${name}`,
    name,
    type: "Microsoft.App/containerapps/authconfigs",
    properties: isJson(content["properties"]) ? content["properties"] : {},
  };
}
