import type { Cluster } from "../../cluster.ts";
import type { KubeObject } from "../../objects.ts";
import { listAt, recordAt, sameJson, textAt } from "../json.ts";
import { recordsIn } from "./fill.ts";

const services = { group: "", resource: "services" };

/** Gives a new service its address and node ports. */
export function allocateAddresses(service: KubeObject, cluster: Cluster): KubeObject {
  const spec = recordAt(service, "spec");
  if (spec["type"] === "ExternalName") return service;
  const clusterIP = textAt(spec, "clusterIP") || freeAddress(cluster);
  return {
    ...service,
    spec: {
      ...spec,
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ...(opensNodePorts(spec) ? { ports: withNodePorts(spec, cluster) } : {}),
    },
  };
}

/**
 * An update that leaves out address and node ports keeps them, one that has no use for them any more gives them back, and
 * one that needs them now gets them (registry/core/service: patchAllocatedValues, dropTypeDependentFields).
 */
export function keepAddresses(next: KubeObject, previous: KubeObject, cluster: Cluster): KubeObject {
  const before = recordAt(previous, "spec");
  const spec = withFirstAddress(withoutUnneeded(recordAt(next, "spec"), before), before);
  const status = spec["type"] === "LoadBalancer" ? {} : { status: { ...recordAt(next, "status"), loadBalancer: {} } };
  if (spec["type"] === "ExternalName" || before["type"] === "ExternalName") {
    return allocateAddresses({ ...next, ...status, spec }, cluster);
  }
  const kept = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"].filter((name) => !spec[name]);
  const ports = listAt(spec, "ports").map((port) => withNodePortOf(port, before));
  return {
    ...next,
    ...status,
    spec: {
      ...spec,
      ...Object.fromEntries(kept.map((name) => [name, before[name]])),
      ...(opensNodePorts(spec) ? { ports: withNodePorts({ ports }, cluster) } : {}),
    },
  };
}

/** Who changes the one address alone means the first of the list, too. */
function withFirstAddress(spec: Record<string, unknown>, before: Record<string, unknown>): Record<string, unknown> {
  const { clusterIP } = spec;
  const isOther = Boolean(clusterIP) && clusterIP !== before["clusterIP"];
  return isOther && sameJson(spec["clusterIPs"], before["clusterIPs"]) ? { ...spec, clusterIPs: [clusterIP] } : spec;
}

/** Fields that the type of before had use for, unless somebody has changed them as well. */
function withoutUnneeded(spec: Record<string, unknown>, before: Record<string, unknown>): Record<string, unknown> {
  const unneeded = new Set<string>();
  if (before["type"] !== "ExternalName" && spec["type"] === "ExternalName") {
    for (const name of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) unneeded.add(name);
  }
  if (opensNodePorts(before) && !opensNodePorts(spec)) unneeded.add("externalTrafficPolicy");
  if (before["type"] === "LoadBalancer" && spec["type"] !== "LoadBalancer") {
    for (const name of ["allocateLoadBalancerNodePorts", "loadBalancerClass", "healthCheckNodePort"])
      unneeded.add(name);
  }
  const left = Object.entries(spec).filter(([name, value]) => !unneeded.has(name) || !sameJson(value, before[name]));
  const next = Object.fromEntries(left);
  return opensNodePorts(before) && !opensNodePorts(spec) ? withoutNodePorts(next, before) : next;
}

function withoutNodePorts(spec: Record<string, unknown>, before: Record<string, unknown>): Record<string, unknown> {
  const known = new Set(recordsIn(before, "ports").map((port) => port["nodePort"]));
  const ports = recordsIn(spec, "ports");
  if (ports.some(({ nodePort }) => nodePort && !known.has(nodePort))) return spec;
  return { ...spec, ports: ports.map(withoutNodePort) };
}

function withoutNodePort(port: Record<string, unknown>): Record<string, unknown> {
  const { nodePort: _, ...kept } = port;
  return kept;
}

function opensNodePorts(spec: Record<string, unknown>): boolean {
  return spec["type"] === "NodePort" || spec["type"] === "LoadBalancer";
}

function withNodePortOf(port: unknown, before: Record<string, unknown>): unknown {
  const own = recordAt(port);
  const same = recordsIn(before, "ports").find(
    (one) => one["port"] === own["port"] && one["protocol"] === (own["protocol"] ?? "TCP"),
  );
  return !own["nodePort"] && same?.["nodePort"] !== undefined ? { ...own, nodePort: same["nodePort"] } : port;
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
    const own = recordAt(port)["nodePort"];
    let nodePort = own;
    while (!nodePort || (!own && taken.has(nodePort))) {
      nodePort = 30_000 + random.below(2_768);
    }
    taken.add(nodePort);
    return { ...recordAt(port), nodePort };
  });
}

function randomOf({ world, name, store }: Cluster, purpose: string): Cluster["world"]["random"] {
  return world.random.stream(`kubernetes/${name}/${purpose}/${store.version}`);
}
