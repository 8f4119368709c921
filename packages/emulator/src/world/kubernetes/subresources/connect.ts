import type { KubeObject } from "../../objects.ts";
import { type Call, readObject } from "../call.ts";
import { listAt, textAt } from "../json.ts";
import type { KubeResponse } from "../request.ts";
import { badRequest, methodNotAllowed, StatusError } from "../status-error.ts";

/** Where the kubelet of a node listens. */
const kubeletPort = 10_250;

/**
 * exec, attach and port-forward of a pod. The model has no containers to reach into: what a client asks wrongly is
 * refused as ever, and for the rest the node is away.
 */
export function connectToPod(call: Call): KubeResponse {
  if (call.request.method !== "GET" && call.request.method !== "POST") throw methodNotAllowed();
  const pod = readObject(call);
  if (call.subresource !== "portforward") checkContainer(call, pod);
  const nodeName = textAt(pod, "spec", "nodeName");
  if (!nodeName) throw badRequest(`pod ${call.name} does not have a host assigned`);
  const node = call.cluster.store.get({ group: "", resource: "nodes" }, undefined, nodeName);
  throw dialError(node === undefined ? nodeName : addressOf(node), kubeletPort);
}

function checkContainer({ request, name }: Call, pod: KubeObject): void {
  const names = ["containers", "initContainers", "ephemeralContainers"].map((member) =>
    listAt(pod, "spec", member).map((one) => textAt(one, "name") ?? ""),
  );
  const wanted = request.query.get("container");
  const [containers = []] = names;
  if (wanted) {
    if (!names.flat().includes(wanted)) throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  } else if (containers.length > 1) {
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${containers.join(" ")}]`);
  }
}

function addressOf(node: KubeObject): string {
  const internal = listAt(node, "status", "addresses").find((one) => textAt(one, "type") === "InternalIP");
  return textAt(internal, "address") ?? node.metadata.name;
}

function dialError(address: string, port: number): StatusError {
  const message = `error dialing backend: dial tcp ${address}:${port}: connect: connection refused`;
  return new StatusError(500, "", message);
}
