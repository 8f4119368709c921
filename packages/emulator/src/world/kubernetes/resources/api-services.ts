import type { KubeObject } from "../../objects.ts";
import { fill, recordIn } from "../defaults/fill.ts";
import { at, isRecord, listAt, textAt } from "../json.ts";
import { ageColumn, column } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { validateApiService } from "../validation/api-services.ts";

export const apiServiceResources: readonly ResourceType[] = [
  defineResource({
    group: "apiregistration.k8s.io",
    version: "v1",
    kind: "APIService",
    plural: "apiservices",
    categories: ["api-extensions"],
    namespaced: false,
    subresources: ["status"],
    typeName: "V1APIService",
    setDefaults(draft) {
      const spec = recordIn(draft, "spec");
      if (isRecord(spec["service"])) fill(spec["service"], { port: 443 });
    },
    initialStatus: () => ({}),
    validate: validateApiService,
    columns: [
      column("Service", serviceText, "The reference to the service that hosts this API endpoint."),
      column("Available", availableText, "Whether this service is available."),
      ageColumn,
    ],
  }),
];

function serviceText(object: KubeObject): string {
  const service = at(object, "spec", "service");
  return service === undefined ? "Local" : `${textAt(service, "namespace") ?? ""}/${textAt(service, "name") ?? ""}`;
}

/** `True`, `False (ServiceNotFound)`. */
function availableText(object: KubeObject): string {
  const found = listAt(object, "status", "conditions").find((condition) => textAt(condition, "type") === "Available");
  const status = textAt(found, "status") ?? "Unknown";
  return status === "True" || found === undefined ? status : `${status} (${textAt(found, "reason") ?? ""})`;
}
