import type { Cluster } from "../../cluster.ts";
import type { KubeObject } from "../../objects.ts";
import { at, listAt, numberAt, textAt } from "../json.ts";
import type { Registry } from "../registry.ts";
import { portOf } from "./api-services.ts";

export interface Availability {
  readonly type: "Available";
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** Source: kube-aggregator pkg/controllers/status. No container here answers for an API: the last check always fails. */
export function availabilityOf(cluster: Cluster, registry: Registry, apiService: KubeObject): Availability {
  if (at(apiService, "spec", "service") === undefined) {
    return available("Local", "Local APIServices are always available");
  }
  const group = textAt(apiService, "spec", "group") ?? "";
  const version = textAt(apiService, "spec", "version") ?? "";
  if (registry.ofGroupVersion(group, version).length > 0) return available("Passed", "all checks passed");
  const name = textAt(apiService, "spec", "service", "name") ?? "";
  const namespace = textAt(apiService, "spec", "service", "namespace") ?? "";
  const which = `service/${name} in ${JSON.stringify(namespace)}`;
  const service = cluster.store.get({ group: "", resource: "services" }, namespace, name);
  if (!service) return unavailable("ServiceNotFound", `${which} is not present`);
  const number = portOf(apiService);
  const port = listAt(service, "spec", "ports").find((one) => numberAt(one, "port") === number);
  if (port === undefined) return unavailable("ServicePortError", `${which} is not listening on port ${number}`);
  const slices = cluster.store
    .list({ group: "discovery.k8s.io", resource: "endpointslices" }, namespace)
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name);
  if (slices.length === 0) return unavailable("EndpointsNotFound", `cannot find endpointslices for ${which}`);
  const address = slices.flatMap((slice) => listAt(slice, "endpoints")).find(isReady);
  if (address === undefined) {
    const portName = JSON.stringify(textAt(port, "name") ?? "");
    return unavailable("MissingEndpoints", `endpointslices for ${which} have no addresses with port name ${portName}`);
  }
  const host = `${String(listAt(address, "addresses")[0])}:${number}`;
  const url = `https://${host}/apis/${group}/${version}`;
  return unavailable(
    "FailedDiscoveryCheck",
    `failing or missing response from ${url}: Get "${url}": dial tcp ${host}: connect: connection refused`,
  );
}

function isReady(endpoint: unknown): boolean {
  return at(endpoint, "conditions", "ready") !== false;
}

function available(reason: string, message: string): Availability {
  return { type: "Available", status: "True", reason, message };
}

function unavailable(reason: string, message: string): Availability {
  return { type: "Available", status: "False", reason, message };
}
