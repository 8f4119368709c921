import type { Cluster } from "../cluster.ts";
import type { KubeObject } from "../objects.ts";
import { timestamp } from "../store.ts";
import type { ServiceAccountTokens } from "./access/service-account-tokens.ts";
import type { BuiltInKind } from "./admission/policies/parameters.ts";
import type { Writer } from "./apply/managers.ts";
import { withOwners } from "./apply/pending-owners.ts";
import type { KubeRequest } from "./request.ts";
import { type ResourceType, storedResource } from "./resource-type.ts";
import { notFound } from "./status-error.ts";

/** One call on one kind, after routing. */
export interface Call {
  readonly cluster: Cluster;
  readonly request: KubeRequest;
  readonly type: ResourceType;
  /** Undefined: a cluster-scoped kind, or all namespaces. */
  readonly namespace: string | undefined;
  /** "" for collections. */
  readonly name: string;
  /** "" for the object itself. */
  readonly subresource: string;
  readonly tokens: ServiceAccountTokens;
  /** What the client is told beside the answer. */
  readonly warn: (text: string) => void;
  /** Whether the server has such a kind at all. */
  readonly knowsKind: (apiVersion: string, kind: string) => boolean;
  /** The kinds that the server has by itself. */
  readonly builtIn: BuiltInKind;
}

/** The named object in the form of the called version, or 404. */
export function readObject(call: Call): KubeObject {
  const found = findObject(call);
  if (found) return found;
  const { type, cluster, namespace, name } = call;
  throw type.computed?.notFound(cluster, namespace, name) ?? notFound(type, name);
}

export function findObject({ cluster, type, namespace, name }: Call): KubeObject | undefined {
  if (type.computed) return type.computed.list(cluster, namespace).find(({ metadata }) => metadata.name === name);
  const stored = cluster.store.get(storedResource(type), namespace, name);
  return stored && fromStored(type, stored);
}

/** With its managed fields. */
export function fromStored(type: ResourceType, stored: KubeObject): KubeObject {
  return withOwners(type, formOf(type, stored));
}

/** In the form of the version, for those who do not ask who manages it. */
export function formOf(type: ResourceType, stored: KubeObject): KubeObject {
  return type.stored ? type.stored.fromStored(stored) : stored;
}

export function toStored(type: ResourceType, object: KubeObject): KubeObject {
  return type.stored ? type.stored.toStored(object) : object;
}

/** True with `dryRun=All`: everything is checked, nothing is written. */
export function isDryRun({ request }: Call): boolean {
  return request.query.getAll("dryRun").includes("All");
}

/** `fieldManager`, or what the client calls itself, as managed fields name it. */
export function writerOf(call: Call): Writer {
  const fallback = call.request.userAgent.split("/", 1)[0] || "unknown";
  return {
    manager: (call.request.query.get("fieldManager") || fallback).slice(0, 128),
    subresource: call.subresource,
    time: timestamp(call.cluster.world.clock.now()),
  };
}

/** As apimachinery reads a flag of the query: anything but these is true. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}
