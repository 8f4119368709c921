import type { Cluster } from "../../cluster.ts";
import type { KubeObject } from "../../objects.ts";
import { listAt, recordAt, textAt } from "../json.ts";
import { fill, recordIn, recordsIn } from "./fill.ts";

/** Defaults of kubernetes: pkg/apis/core/v1/defaults.go. */
export function setServiceDefaults(draft: KubeObject): void {
  const spec = recordIn(draft, "spec");
  fill(spec, { type: "ClusterIP", sessionAffinity: "None" });
  for (const port of recordsIn(spec, "ports")) {
    fill(port, { protocol: "TCP" });
    port["targetPort"] ||= port["port"];
  }
  if (spec["type"] === "ExternalName") return;
  fill(spec, { internalTrafficPolicy: "Cluster" });
  if (spec["type"] === "NodePort" || spec["type"] === "LoadBalancer") fill(spec, { externalTrafficPolicy: "Cluster" });
  if (spec["type"] === "LoadBalancer") fill(spec, { allocateLoadBalancerNodePorts: true });
}

const services = { group: "", resource: "services" };

/** Gives a new service its address and node ports. */
export function allocateAddresses(service: KubeObject, cluster: Cluster): KubeObject {
  const spec = recordAt(service, "spec");
  if (spec["type"] === "ExternalName") return service;
  const clusterIP = textAt(spec, "clusterIP") || freeAddress(cluster);
  const opensNodePorts = spec["type"] === "NodePort" || spec["type"] === "LoadBalancer";
  return {
    ...service,
    spec: {
      ...spec,
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ...(opensNodePorts ? { ports: withNodePorts(spec, cluster) } : {}),
    },
  };
}

/** An update that leaves out address and node ports keeps them (registry/core/service: patchAllocatedValues). */
export function keepAddresses(next: KubeObject, previous: KubeObject): KubeObject {
  const spec = recordAt(next, "spec");
  const before = recordAt(previous, "spec");
  if (spec["type"] === "ExternalName" || before["type"] === "ExternalName") return next;
  const kept = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"].filter((name) => !spec[name]);
  const opensNodePorts = spec["type"] === "NodePort" || spec["type"] === "LoadBalancer";
  return {
    ...next,
    spec: {
      ...spec,
      ...Object.fromEntries(kept.map((name) => [name, before[name]])),
      ...(opensNodePorts ? { ports: listAt(spec, "ports").map((port) => withNodePortOf(port, before)) } : {}),
    },
  };
}

function withNodePortOf(port: unknown, before: Record<string, unknown>): unknown {
  const own = recordAt(port);
  const same = recordsIn(before, "ports").find(
    (one) => one["port"] === own["port"] && one["protocol"] === (own["protocol"] ?? "TCP"),
  );
  return own["nodePort"] === undefined && same?.["nodePort"] !== undefined
    ? { ...own, nodePort: same["nodePort"] }
    : port;
}

/** Of 10.0.0.0/16, AKS' default; the first 256 are kept for the system. */
function freeAddress(cluster: Cluster): string {
  const taken = new Set(cluster.store.list(services).map((service) => textAt(service, "spec", "clusterIP")));
  const random = randomOf(cluster, "cluster-ip");
  for (;;) {
    const address = `10.0.${1 + random.below(255)}.${1 + random.below(254)}`;
    if (!taken.has(address)) return address;
  }
}

/** Of 30000 to 32767. */
function withNodePorts(spec: Record<string, unknown>, cluster: Cluster): unknown[] {
  const taken = new Set(
    cluster.store
      .list(services)
      .flatMap((service) => recordsIn(recordAt(service, "spec"), "ports").map((port) => port["nodePort"])),
  );
  const random = randomOf(cluster, "node-port");
  return listAt(spec, "ports").map((port) => {
    let nodePort = recordAt(port)["nodePort"];
    while (nodePort === undefined || (recordAt(port)["nodePort"] === undefined && taken.has(nodePort))) {
      nodePort = 30_000 + random.below(2_768);
    }
    taken.add(nodePort);
    return { ...recordAt(port), nodePort };
  });
}

function randomOf({ world, name, store }: Cluster, purpose: string): Cluster["world"]["random"] {
  return world.random.stream(`kubernetes/${name}/${purpose}/${store.version}`);
}
