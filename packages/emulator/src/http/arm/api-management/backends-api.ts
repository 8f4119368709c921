import { type ApiManagement, servicesOf } from "../../../world/api-management/api-management.ts";
import { readBackend } from "../../../world/api-management/backend.ts";
import { methodNotAllowed } from "../../../world/arm/errors.ts";
import type { PlainResource } from "../../../world/arm/plain-resources.ts";
import { ArmError, type ArmRequest, type ArmResponse } from "../../../world/arm/provider.ts";
import type { Json } from "../../../world/arm/read-fields.ts";
import { mergePatch } from "../../../world/container-apps/json.ts";
import { isSame, nameOf } from "../../../world/traffic/published-resources.ts";
import { backendBody } from "./bodies.ts";

/** Backends of a service. Everything is done at once; each has an ETag, which PATCH and DELETE want to hear. */
export function handleBackends(apiManagement: ApiManagement, service: PlainResource, request: ArmRequest): ArmResponse {
  const { resources } = apiManagement;
  const { method, names } = request;
  const name = names[1];
  if (name === undefined) {
    if (method !== "GET") throw methodNotAllowed(method);
    const value = resources.within(`${service.id}/backends/`).map(backendBody);
    return { status: 200, body: { value, count: value.length } };
  }
  if (apiManagement.isCreating(service)) throw notActive(service);
  const id = `${service.id}/backends/${name}`;
  const existing = resources.get(id);
  switch (method) {
    case "GET":
    case "HEAD":
      return shown(200, there(existing));
    case "PUT":
      checkTag(existing, request);
      return shown(existing ? 200 : 201, write(apiManagement, service, id, request.body as Json));
    case "PATCH": {
      const before = there(existing);
      wantTag(request);
      checkTag(before, request);
      const merged = mergePatch({ properties: before.content["properties"] }, request.body) as Json;
      return shown(200, write(apiManagement, service, id, merged));
    }
    case "DELETE":
      wantTag(request);
      if (!existing) return { status: 204 };
      checkTag(existing, request);
      refuseWhileUsed(apiManagement, service, existing);
      apiManagement.remove(id);
      return { status: 200 };
    case "POST":
      throw methodNotAllowed(method);
  }
}

function write(apiManagement: ApiManagement, service: PlainResource, id: string, body: Json): PlainResource {
  const properties = readBackend(body, (member) => apiManagement.kindOf(service.id, member));
  return apiManagement.write(id, { properties });
}

function shown(status: number, backend: PlainResource): ArmResponse {
  return { status, headers: { etag: String(backend.content["etag"]) }, body: backendBody(backend) };
}

function there(backend: PlainResource | undefined): PlainResource {
  if (backend) return backend;
  throw new ArmError(404, "ResourceNotFound", "Backend not found.", { extra: { details: null } });
}

function wantTag({ headers }: ArmRequest): void {
  if (headers["if-match"] !== undefined) return;
  const text = "One or more request headers are missing: If-Match";
  throw new ArmError(400, "ValidationError", text, { extra: { details: null } });
}

function checkTag(backend: PlainResource | undefined, { headers }: ArmRequest): void {
  const wanted = headers["if-match"];
  if (wanted === undefined || wanted === "*" || wanted === backend?.content["etag"]) return;
  const text =
    "Resource was modified since last retrieval, please refresh resource and ETag value and retry the operation.";
  throw new ArmError(412, "PreconditionFailed", text, { extra: { details: null } });
}

function refuseWhileUsed({ resources }: ApiManagement, service: PlainResource, { id }: PlainResource): void {
  const user = resources
    .within(`${service.id}/backends/`)
    .find((one) => servicesOf(one).some((member) => isSame(nameOf(member.id), nameOf(id))));
  if (!user) return;
  const text = `Backend is used by pool '${nameOf(user.id)}' and cannot be deleted.`;
  throw new ArmError(400, "ValidationError", text, { extra: { details: null } });
}

function notActive({ id }: PlainResource): ArmError {
  const text = `API Management service ${nameOf(id)} is not activated yet.`;
  return new ArmError(409, "ServiceNotActivated", text);
}
