import type { ObjectStore } from "../../world/store.ts";
import { configMaps, getObject, listObjects, secrets, services } from "./kinds.ts";
import type { ContainerManifest, EnvironmentSource, EnvironmentVariable, KeyReference, Pod } from "./pod-types.ts";
import { cpuMillicores, memoryBytes } from "./quantities.ts";

export type Environment =
  | { readonly kind: "resolved"; readonly variables: Variables }
  /** Something that it refers to is not there: reason `CreateContainerConfigError`. */
  | { readonly kind: "incomplete"; readonly message: string };

/**
 * Variables that a container starts with. Of hundreds of service links hardly any container asks for one: they are put
 * beside its own only for who wants to see all.
 */
export class Variables {
  readonly #links: Record<string, string>;
  readonly #own: Readonly<Record<string, string>>;
  #all: Readonly<Record<string, string>> | undefined;

  constructor(links: Readonly<Record<string, string>>, own: Readonly<Record<string, string>>) {
    this.#links = links;
    this.#own = own;
  }

  get all(): Readonly<Record<string, string>> {
    this.#all ??= { ...this.#links, ...this.#own };
    return this.#all;
  }

  value(name: string): string | undefined {
    return valueIn(this.#own, name) ?? valueIn(this.#links, name);
  }
}

function valueIn(variables: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}

/** What the pod's own fields are once it runs (`fieldRef`). */
export interface PodPlace {
  readonly podIp: string;
  readonly hostIp: string;
}

/** The environment of a container: service links, then `envFrom`, then `env`, the later winning. */
export function resolveEnvironment(
  store: ObjectStore,
  pod: Pod,
  container: ContainerManifest,
  place: PodPlace,
): Environment {
  const links = pod.spec.enableServiceLinks === false ? {} : linksOfNamespace(store, pod.metadata.namespace ?? "");
  const own: Record<string, string> = {};
  const soFar = new Variables(links, own);
  for (const source of container.envFrom ?? []) {
    const data = sourceData(store, pod, source);
    if (typeof data === "string") return { kind: "incomplete", message: data };
    for (const [key, value] of Object.entries(data)) own[`${source.prefix ?? ""}${key}`] = value;
  }
  for (const variable of container.env ?? []) {
    const value = variableValue(store, pod, container, { variable, place, soFar });
    if ("missing" in value) return { kind: "incomplete", message: value.missing };
    if (value.text !== undefined) own[variable.name] = value.text;
  }
  return { kind: "resolved", variables: soFar };
}

/** Of all services of a namespace, until one of the cluster changes: hundreds of pods start between two changes. */
const linksOf = new WeakMap<ObjectStore, Map<string, Readonly<Record<string, string>>>>();

function linksOfNamespace(store: ObjectStore, namespace: string): Readonly<Record<string, string>> {
  const known = linksOf.get(store) ?? new Map<string, Readonly<Record<string, string>>>();
  if (!linksOf.has(store)) store.subscribe(() => known.clear(), services.resource);
  linksOf.set(store, known);
  const links = known.get(namespace) ?? serviceLinks(store, namespace);
  known.set(namespace, links);
  return links;
}

/** `<SERVICE>_SERVICE_HOST` and `_PORT` of each service of the namespace, as they are when the container starts. */
function serviceLinks(store: ObjectStore, namespace: string): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { metadata, spec } of listObjects(store, services, namespace)) {
    const host = spec.clusterIP;
    const port = spec.ports?.[0]?.port;
    if (!host || host === "None" || port === undefined) continue;
    const name = metadata.name.toUpperCase().replaceAll("-", "_");
    env[`${name}_SERVICE_HOST`] = host;
    env[`${name}_SERVICE_PORT`] = String(port);
  }
  return env;
}

/** Its data, or what is missing. */
function sourceData(store: ObjectStore, pod: Pod, source: EnvironmentSource): Record<string, string> | string {
  const kind = source.configMapRef ? "configmap" : "secret";
  const reference = source.configMapRef ?? source.secretRef;
  if (!reference?.name) return {};
  const data = dataOf(store, pod, kind, reference.name);
  return data ?? (reference.optional ? {} : `${kind} "${reference.name}" not found`);
}

function dataOf(
  store: ObjectStore,
  pod: Pod,
  kind: "configmap" | "secret",
  name: string,
): Record<string, string> | undefined {
  const { namespace } = pod.metadata;
  if (kind === "configmap") {
    const found = getObject(store, configMaps, namespace, name);
    return found && (found.data ?? {});
  }
  const found = getObject(store, secrets, namespace, name);
  if (!found) return undefined;
  const entries = Object.entries(found.data ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]));
}

interface VariableContext {
  readonly variable: EnvironmentVariable;
  readonly place: PodPlace;
  /** For `$(NAME)`. */
  readonly soFar: Variables;
}

function variableValue(
  store: ObjectStore,
  pod: Pod,
  container: ContainerManifest,
  { variable, place, soFar }: VariableContext,
): { text: string | undefined } | { missing: string } {
  const { valueFrom } = variable;
  if (!valueFrom) return { text: expand(variable.value ?? "", soFar) };
  if (valueFrom.configMapKeyRef) return keyValue(store, pod, "configmap", valueFrom.configMapKeyRef);
  if (valueFrom.secretKeyRef) return keyValue(store, pod, "secret", valueFrom.secretKeyRef);
  if (valueFrom.fieldRef) return { text: fieldValue(pod, valueFrom.fieldRef.fieldPath, place) };
  if (valueFrom.resourceFieldRef) return { text: resourceValue(container, valueFrom.resourceFieldRef.resource) };
  return { text: "" };
}

function keyValue(
  store: ObjectStore,
  pod: Pod,
  kind: "configmap" | "secret",
  { name = "", key, optional }: KeyReference,
): { text: string | undefined } | { missing: string } {
  const data = dataOf(store, pod, kind, name);
  if (data && Object.hasOwn(data, key)) return { text: data[key] };
  if (optional) return { text: undefined };
  const title = kind === "configmap" ? "ConfigMap" : "Secret";
  const owner = `${pod.metadata.namespace ?? ""}/${name}`;
  return { missing: data ? `couldn't find key ${key} in ${title} ${owner}` : `${kind} "${name}" not found` };
}

/** `$(NAME)` of an earlier variable, `$$(NAME)` for itself; unknown names stay. */
export function expand(text: string, variables: Variables): string {
  return text.replaceAll(/\$(\$\(|\(([^)]+)\))/g, (whole, escaped: string, name: string | undefined) => {
    if (escaped === "$(") return "$(";
    return (name === undefined ? undefined : variables.value(name)) ?? whole;
  });
}

function fieldValue(pod: Pod, path: string, place: PodPlace): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed) return pod.metadata[keyed[1] === "labels" ? "labels" : "annotations"]?.[keyed[2] ?? ""] ?? "";
  const fields: Record<string, string | undefined> = {
    "metadata.name": pod.metadata.name,
    "metadata.namespace": pod.metadata.namespace,
    "metadata.uid": pod.metadata.uid,
    "spec.nodeName": pod.spec.nodeName,
    "spec.serviceAccountName": pod.spec.serviceAccountName,
    "status.podIP": place.podIp,
    "status.podIPs": place.podIp,
    "status.hostIP": place.hostIp,
    "status.hostIPs": place.hostIp,
  };
  return fields[path] ?? "";
}

/** CPU in whole cores rounded up, memory in bytes: the default divisor 1. */
function resourceValue({ resources }: ContainerManifest, resource: string): string {
  const [scope, name = ""] = resource.split(".");
  const quantity = scope === "requests" ? resources?.requests?.[name] : resources?.limits?.[name];
  return String(name === "cpu" ? Math.ceil(cpuMillicores(quantity) / 1_000) : memoryBytes(quantity));
}
