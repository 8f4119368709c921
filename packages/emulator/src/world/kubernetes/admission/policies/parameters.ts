import type { Cluster } from "../../../cluster.ts";
import type { GroupResource, KubeObject } from "../../../objects.ts";
import { definitionOf } from "../../custom/definition-of.ts";
import { at, isRecord, textAt } from "../../json.ts";
import { type ResourceType, storedResource } from "../../resource-type.ts";
import { selectsLabels } from "../../validation/workloads.ts";
import type { BoundPolicy } from "./matching.ts";

/** Kinds that the server has by itself. */
export type BuiltInKind = (apiVersion: string, kind: string) => ResourceType | undefined;

/** What a policy is asked with; undefined: without parameters. A sentence instead, when it cannot be asked at all. */
export function parametersOf(
  { store }: Pick<Cluster, "store">,
  { policy, binding }: BoundPolicy,
  namespace: string | undefined,
  builtIn: BuiltInKind,
): readonly (KubeObject | undefined)[] | string {
  const kind = at(policy, "spec", "paramKind");
  const reference = at(binding, "spec", "paramRef");
  if (!isRecord(kind)) return [undefined];
  const source = sourceOf(store, textAt(kind, "apiVersion") ?? "", textAt(kind, "kind") ?? "", builtIn);
  if (!source)
    return `failed to configure policy: failed to find resource referenced by paramKind: '${kindText(kind)}'`;
  if (!isRecord(reference)) return [undefined];
  const named = textAt(reference, "namespace") || undefined;
  if (!source.namespaced && named !== undefined) {
    return "failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`";
  }
  const within = named ?? namespace;
  if (source.namespaced && within === undefined) {
    return "failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources";
  }
  const found = store
    .list(source.resource, source.namespaced ? within : undefined)
    .filter((object) => isMeant(reference, object))
    .map((object) => ({ ...object, apiVersion: textAt(kind, "apiVersion") ?? "", kind: textAt(kind, "kind") ?? "" }));
  if (found.length > 0 || textAt(reference, "parameterNotFoundAction") !== "Deny") return found;
  return "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction";
}

function kindText(kind: unknown): string {
  const [group = "", version] = (textAt(kind, "apiVersion") ?? "").split("/");
  const name = textAt(kind, "kind") ?? "";
  return version === undefined ? `/${group}, Kind=${name}` : `${group}/${version}, Kind=${name}`;
}

function isMeant(reference: unknown, { metadata }: KubeObject): boolean {
  const name = textAt(reference, "name");
  return name ? metadata.name === name : selectsLabels(at(reference, "selector"), metadata.labels ?? {});
}

function sourceOf(
  store: Cluster["store"],
  apiVersion: string,
  kind: string,
  builtIn: BuiltInKind,
): { readonly resource: GroupResource; readonly namespaced: boolean } | undefined {
  const type = builtIn(apiVersion, kind);
  if (type) return { resource: storedResource(type), namespaced: type.namespaced };
  const [group = ""] = apiVersion.split("/");
  const definition = definitionOf(store, group, kind);
  if (!definition) return undefined;
  const resource = { group, resource: textAt(definition, "spec", "names", "plural") ?? "" };
  return { resource, namespaced: textAt(definition, "spec", "scope") === "Namespaced" };
}
