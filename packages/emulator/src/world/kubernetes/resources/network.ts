import type { KubeObject } from "../../objects.ts";
import { fill, recordsIn } from "../defaults/fill.ts";
import { allocateAddresses, keepAddresses } from "../defaults/service-addresses.ts";
import { setServiceDefaults } from "../defaults/services.ts";
import { listAt, numberAt, stringMapAt, textAt } from "../json.ts";
import { ageColumn, column, labelsText, orNone, wide } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { validateEndpointSlice, validateEndpointSliceUpdate, validateEndpoints } from "../validation/endpoints.ts";
import { validateService, validateServiceUpdate } from "../validation/services.ts";

export const networkResources: readonly ResourceType[] = [
  defineResource({
    group: "",
    version: "v1",
    kind: "Service",
    plural: "services",
    shortNames: ["svc"],
    categories: ["all"],
    nameRule: "label",
    subresources: ["proxy", "status"],
    typeName: "V1Service",
    setDefaults: setServiceDefaults,
    prepare: allocateAddresses,
    keepAllocated: keepAddresses,
    initialStatus: () => ({ loadBalancer: {} }),
    validate: validateService,
    validateUpdate: validateServiceUpdate,
    selectableFields: {
      "spec.clusterIP": (service) => textAt(service, "spec", "clusterIP") ?? "",
      "spec.type": (service) => textAt(service, "spec", "type") ?? "",
    },
    columns: [
      column("Type", (service) => textAt(service, "spec", "type") ?? ""),
      column("Cluster-IP", (service) => orNone(textAt(service, "spec", "clusterIP"))),
      column("External-IP", externalAddress),
      column("Port(s)", servicePorts),
      ageColumn,
      wide(column("Selector", (service) => labelsText(stringMapAt(service, "spec", "selector")))),
    ],
  }),
  defineResource({
    group: "",
    version: "v1",
    kind: "Endpoints",
    plural: "endpoints",
    singular: "endpoints",
    shortNames: ["ep"],
    typeName: "V1Endpoints",
    validate: validateEndpoints,
    setDefaults: (draft) => {
      for (const subset of recordsIn(draft, "subsets")) {
        for (const port of recordsIn(subset, "ports")) fill(port, { protocol: "TCP" });
      }
    },
    deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    columns: [column("Endpoints", endpointAddresses), ageColumn],
  }),
  defineResource({
    group: "discovery.k8s.io",
    version: "v1",
    kind: "EndpointSlice",
    plural: "endpointslices",
    typeName: "V1EndpointSlice",
    judgesAll: true,
    validate: validateEndpointSlice,
    validateUpdate: validateEndpointSliceUpdate,
    setDefaults: (draft) => {
      for (const port of recordsIn(draft, "ports")) fill(port, { name: "", protocol: "TCP" });
    },
    columns: [
      column("AddressType", (slice) => textAt(slice, "addressType") ?? ""),
      column("Ports", (slice) => firstOf(listAt(slice, "ports").map((port) => String(numberAt(port, "port") ?? "")))),
      column("Endpoints", (slice) =>
        firstOf(listAt(slice, "endpoints").flatMap((endpoint) => listAt(endpoint, "addresses").map(String))),
      ),
      ageColumn,
    ],
  }),
];

function externalAddress(service: KubeObject): string {
  switch (textAt(service, "spec", "type") ?? "") {
    case "LoadBalancer": {
      const addresses = listAt(service, "status", "loadBalancer", "ingress").map(
        (ingress) => textAt(ingress, "ip") ?? textAt(ingress, "hostname") ?? "",
      );
      return addresses.length === 0 ? "<pending>" : addresses.join(",");
    }
    case "ExternalName":
      return textAt(service, "spec", "externalName") ?? "";
    default:
      return orNone(listAt(service, "spec", "externalIPs").join(","));
  }
}

/** `80:30080/TCP,443/TCP`. */
function servicePorts(service: KubeObject): string {
  const ports = listAt(service, "spec", "ports").map((port) => {
    const nodePort = numberAt(port, "nodePort");
    return `${numberAt(port, "port") ?? 0}${nodePort ? `:${nodePort}` : ""}/${textAt(port, "protocol") ?? "TCP"}`;
  });
  return orNone(ports.join(","));
}

function endpointAddresses(endpoints: KubeObject): string {
  const addresses = listAt(endpoints, "subsets").flatMap((subset) => {
    const ips = listAt(subset, "addresses").map((address) => textAt(address, "ip") ?? "");
    const ports = listAt(subset, "ports");
    if (ports.length === 0) return ips;
    return ports.flatMap((port) => ips.map((ip) => `${ip}:${numberAt(port, "port") ?? 0}`));
  });
  return firstOf(addresses);
}

/** As kubectl cuts long lists: the first three. */
function firstOf(items: readonly string[]): string {
  if (items.length === 0) return "<none>";
  return items.length > 3 ? `${items.slice(0, 3).join(",")} + ${items.length - 3} more...` : items.join(",");
}
