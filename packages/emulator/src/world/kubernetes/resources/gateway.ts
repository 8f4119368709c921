import { isRecord, listAt, textAt } from "../json.ts";
import { ageColumn, column, conditionStatus } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { setHttpRouteDefaults, validateGateway, validateHttpRoute } from "../validation/gateway.ts";

const gateway = {
  group: "gateway.networking.k8s.io",
  version: "v1",
  categories: ["gateway-api"],
  custom: true,
  subresources: ["status"],
} as const;

export const gatewayResources: readonly ResourceType[] = [
  defineResource({
    ...gateway,
    kind: "GatewayClass",
    plural: "gatewayclasses",
    shortNames: ["gc"],
    namespaced: false,
    typeName: "GatewayClass",
    initialStatus: () => undefined,
    columns: [
      column("Controller", (object) => textAt(object, "spec", "controllerName") ?? ""),
      column("Accepted", (object) => conditionStatus(object, "Accepted") ?? ""),
      ageColumn,
    ],
  }),
  defineResource({
    ...gateway,
    kind: "Gateway",
    plural: "gateways",
    shortNames: ["gtw"],
    typeName: "Gateway",
    initialStatus: () => undefined,
    validate: validateGateway,
    columns: [
      column("Class", (object) => textAt(object, "spec", "gatewayClassName") ?? ""),
      column("Address", (object) =>
        listAt(object, "status", "addresses")
          .filter(isRecord)
          .map((address) => String(address["value"]))
          .join(","),
      ),
      column("Programmed", (object) => conditionStatus(object, "Programmed") ?? ""),
      ageColumn,
    ],
  }),
  defineResource({
    ...gateway,
    kind: "HTTPRoute",
    plural: "httproutes",
    typeName: "HTTPRoute",
    initialStatus: () => undefined,
    setDefaults: setHttpRouteDefaults,
    validate: validateHttpRoute,
    columns: [column("Hostnames", (object) => JSON.stringify(listAt(object, "spec", "hostnames"))), ageColumn],
  }),
];
