import type { Pod } from "./pod-types.ts";
import type { EndpointPort, Service, ServicePort } from "./types.ts";

/** Where the ports of a service lead to in one pod; those that the pod does not have are left out. */
export function endpointPorts({ spec }: Service, pod: Pod): EndpointPort[] {
  return (spec.ports ?? []).flatMap((port) => {
    const target = targetPort(port, pod);
    if (target === undefined) return [];
    const { name = "", protocol = "TCP", appProtocol } = port;
    return [{ name, port: target, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

/** The port of the pod that a port of its service leads to. */
export function targetPort(wanted: ServicePort, pod: Pod | undefined): number | undefined {
  const { port, protocol = "TCP", targetPort: target = port } = wanted;
  if (typeof target === "number") return target;
  const sidecars = (pod?.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  const declared = [...(pod?.spec.containers ?? []), ...sidecars].flatMap(({ ports = [] }) => ports);
  return declared.find((one) => one.name === target && (one.protocol ?? "TCP") === protocol)?.containerPort;
}

/** Equal for equal ports, whatever their order. */
export function portsKey(ports: readonly EndpointPort[]): string {
  const key = keys.get(ports) ?? newKey(ports);
  keys.set(ports, key);
  return key;
}

const keys = new WeakMap<readonly EndpointPort[], string>();

function newKey(ports: readonly EndpointPort[]): string {
  const texts = ports.map(({ name, port, protocol, appProtocol }) => [name ?? "", port, protocol, appProtocol ?? ""]);
  return JSON.stringify(texts.map((text) => JSON.stringify(text)).toSorted());
}
