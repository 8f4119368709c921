import { hostnameOf, targetOf } from "./endpoint-facts.ts";
import { endpointPorts } from "./endpoint-ports.ts";
import type { Pod } from "./pod-types.ts";
import { isReady, isTerminating } from "./pods.ts";
import type { EndpointPort, KubeNode, Service, SliceEndpoint } from "./types.ts";

/** What a pod is to a service. */
export interface EndpointMember {
  readonly ports: readonly EndpointPort[];
  readonly endpoint: SliceEndpoint;
}

/** The same object while neither of them changes: of the pods of a service one has changed, and the others are quick to compare. */
export function memberOf(service: Service, pod: Pod, node: KubeNode | undefined): EndpointMember {
  const ofService = members.get(service) ?? new WeakMap<Pod, EndpointMember>();
  members.set(service, ofService);
  const zone = node?.metadata.labels?.["topology.kubernetes.io/zone"];
  const known = ofService.get(pod);
  if (known && known.endpoint.zone === zone) return known;
  const ports = endpointPorts(service, pod);
  const member = { ports, endpoint: sliceEndpoint(service, pod, zone) };
  ofService.set(pod, member);
  return member;
}

const members = new WeakMap<Service, WeakMap<Pod, EndpointMember>>();

function sliceEndpoint(service: Service, pod: Pod, zone: string | undefined): SliceEndpoint {
  const serving = isReady(pod);
  const terminating = isTerminating(pod);
  const ready = (serving && !terminating) || service.spec.publishNotReadyAddresses === true;
  const { nodeName } = pod.spec;
  return {
    addresses: [pod.status?.podIP ?? ""],
    conditions: { ready, serving, terminating },
    ...hostnameOf(service, pod),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    targetRef: targetOf(pod),
  };
}
