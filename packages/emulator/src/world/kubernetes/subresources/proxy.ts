import type { KubeObject } from "../../objects.ts";
import { type Call, readObject } from "../call.ts";
import { isRecord, type JsonRecord, listAt, numberAt, recordAt, textAt } from "../json.ts";
import type { KubeResponse } from "../request.ts";
import { badRequest, StatusError } from "../status-error.ts";

interface Target {
  readonly scheme: string;
  readonly host: string;
  /** "" where nobody names one. */
  readonly port: string;
  readonly podUid: string | undefined;
}

/**
 * The proxy of a pod or a service: the request goes on to a port of the pod (kubernetes: pkg/registry/core/pod/strategy.go
 * and service/storage, ResourceLocation). A node has no port that anybody reaches.
 */
export function proxyTo(call: Call): KubeResponse {
  const { request, type } = call;
  const behind = pathBehind(request.path);
  if (type.kind === "Node") throw dialFailed(nodeAddress(readObject({ ...call, name: partsOf(call).name })), "10250");
  const target = type.kind === "Service" ? serviceTarget(call) : podTarget(call);
  if (behind === "") return redirect(`${request.path}/${request.query.size > 0 ? `?${request.query.toString()}` : ""}`);
  const port = target.port === "" ? (target.scheme === "https" ? "443" : "80") : target.port;
  const address = target.podUid === undefined ? undefined : call.cluster.podAddress?.(target.podUid, Number(port));
  if (!address) throw dialFailed(target.host, port);
  return {
    kind: "proxy",
    address,
    isTls: target.scheme === "https",
    host: target.port === "" ? target.host : `${target.host}:${target.port}`,
    path: behind,
    prefix: request.path.slice(0, request.path.length - behind.length),
  };
}

/** What follows the word proxy in a path, "" for nothing at all. */
function pathBehind(path: string): string {
  return /^(?:\/[^/]+)*?\/(?:pods|services|nodes)\/[^/]+\/proxy(.*)$/.exec(path)?.[1] ?? "";
}

function redirect(location: string): KubeResponse {
  return { kind: "forwarded", status: 301, headers: { location }, body: new Uint8Array() };
}

/** `scheme:name:port`, `name:port` or `name`. */
function partsOf({ name, type }: Call): { scheme: string; name: string; port: string } {
  const parts = name.split(":");
  const [scheme = "", own = "", port = ""] = parts.length === 3 ? parts : ["", ...parts, ""];
  const isKnown = ["", "http", "https"].includes(scheme) && own !== "" && parts.length <= 3;
  if (!isKnown) throw badRequest(`invalid ${type.kind.toLowerCase()} request ${JSON.stringify(name)}`);
  return { scheme, name: own, port };
}

function podTarget(call: Call): Target {
  const { scheme, name, port } = partsOf(call);
  const pod = readObject({ ...call, name });
  const host = textAt(pod, "status", "podIP") ?? "";
  if (host === "" || /^(127|169\.254|0)\./.test(host)) throw badRequest("address not allowed");
  const first = listAt(pod, "spec", "containers").map((one) => numberAt(listAt(one, "ports")[0], "containerPort"));
  const declared = first.find((one) => one !== undefined);
  return { scheme, host, port: port || String(declared ?? ""), podUid: pod.metadata.uid };
}

function serviceTarget(call: Call): Target {
  const { scheme, name, port } = partsOf(call);
  const portName = /^\d+$/.test(port) ? nameOfPort(readObject({ ...call, name }), Number(port)) : port;
  const { store } = call.cluster;
  const endpoints = store.get({ group: "", resource: "endpoints" }, call.namespace, name);
  if (!endpoints) readObject({ ...call, name });
  const subsets = listAt(endpoints, "subsets").map((subset) => recordAt(subset));
  if (subsets.length === 0) throw unavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  for (const subset of subsets) {
    const found = listAt(subset, "ports").find((one) => (textAt(one, "name") ?? "") === portName);
    const [point] = listAt(subset, "addresses").filter(isRecord);
    if (found && point) return pointTarget(call, scheme, point, String(numberAt(found, "port") ?? ""));
  }
  throw unavailable(`no endpoints available for service ${JSON.stringify(call.name)}`);
}

function nameOfPort(service: KubeObject, port: number): string {
  const found = listAt(service, "spec", "ports").find((one) => numberAt(one, "port") === port);
  const { name } = service.metadata;
  if (!found) throw unavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  return textAt(found, "name") ?? "";
}

function pointTarget({ cluster, namespace }: Call, scheme: string, point: JsonRecord, port: string): Target {
  const host = textAt(point, "ip") ?? "";
  const name = textAt(point, "targetRef", "name");
  const pod = name === undefined ? undefined : cluster.store.get({ group: "", resource: "pods" }, namespace, name);
  return { scheme, host, port, podUid: pod?.metadata.uid };
}

function nodeAddress(node: KubeObject): string {
  const internal = listAt(node, "status", "addresses").find((one) => textAt(one, "type") === "InternalIP");
  return textAt(internal, "address") ?? node.metadata.name;
}

function unavailable(message: string): StatusError {
  return new StatusError(503, "ServiceUnavailable", message);
}

/** Nobody is there to take the call (apimachinery: pkg/util/proxy). */
export function dialFailed(host: string, port: string, why = "connect: connection refused"): StatusError {
  return unavailable(`error trying to reach service: dial tcp ${host}:${port}: ${why}`);
}
