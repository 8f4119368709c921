import { createHash } from "node:crypto";
import { type GroupVersion, inOrder } from "./aggregation/api-services.ts";
import type { JsonRecord } from "./json.ts";
import { parseAccept } from "./negotiation.ts";
import type { Registry } from "./registry.ts";
import type { KubeResponse } from "./request.ts";
import { apiVersionOf, type ResourceType, type SubresourceName } from "./resource-type.ts";
import { pathNotFound } from "./status-error.ts";

/** What the API serves: `/api`, `/apis`, `/api/v1`, `/apis/GROUP`, `/apis/GROUP/VERSION`. */
export function discover(
  registry: Registry,
  elsewhere: readonly GroupVersion[],
  segments: readonly string[],
  accept: string,
): KubeResponse {
  const [root, first, second, ...tooMany] = segments;
  if (tooMany.length > 0) throw pathNotFound();
  const aggregated = segments.length === 1 ? aggregatedVersion(accept) : undefined;
  const versions = versionsOf(registry, elsewhere);
  if (root === "api" && first === undefined) {
    return aggregated ? aggregate(registry, new Map([["", ["v1"]]]), aggregated) : coreVersions();
  }
  if (root === "apis" && first === undefined) {
    if (aggregated) return aggregate(registry, versions, aggregated);
    return json({ kind: "APIGroupList", apiVersion: "v1", groups: [...versions].map(groupOf) });
  }
  if (root === "apis" && first !== undefined && second === undefined) {
    const found = versions.get(first);
    if (!found) throw pathNotFound();
    return json({ ...groupOf([first, found]), apiVersion: "v1", kind: "APIGroup" });
  }
  return root === "api" ? resourceList(registry, "", first ?? "") : resourceList(registry, first ?? "", second ?? "");
}

/** Versions of the named groups in the order of their priorities, those that nobody answers for among them. */
function versionsOf(registry: Registry, elsewhere: readonly GroupVersion[]): ReadonlyMap<string, readonly string[]> {
  const own = registry.groups();
  const other = Map.groupBy(elsewhere, ({ group }) => group);
  const names = new Set([...own.keys(), ...other.keys()].filter((group) => group !== ""));
  return new Map(
    inOrder([...names]).map((group) => [
      group,
      [...(own.get(group) ?? []), ...(other.get(group) ?? []).map(({ version }) => version)],
    ]),
  );
}

const aggregatedKind = "APIGroupDiscoveryList";

function aggregatedVersion(accept: string): string | undefined {
  const wanted = parseAccept(accept).find(
    ({ parameters }) => parameters["g"] === "apidiscovery.k8s.io" && parameters["as"] === aggregatedKind,
  );
  return wanted?.parameters["v"];
}

function aggregate(registry: Registry, groups: ReadonlyMap<string, readonly string[]>, version: string): KubeResponse {
  return {
    ...json({
      kind: aggregatedKind,
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items: [...groups].map(([group, versions]) => ({
        metadata: group === "" ? {} : { name: group },
        versions: versions.map((one) => {
          const resources = byName(registry.ofGroupVersion(group, one)).map(aggregatedResource);
          return resources.length > 0
            ? { version: one, resources, freshness: "Current" }
            : { version: one, freshness: "Stale" };
        }),
      })),
    }),
    contentType: `application/json;g=apidiscovery.k8s.io;v=${version};as=${aggregatedKind}`,
  };
}

function aggregatedResource(type: ResourceType): JsonRecord {
  return {
    resource: type.plural,
    responseKind: { group: type.group, version: type.version, kind: type.kind },
    scope: type.namespaced ? "Namespaced" : "Cluster",
    singularResource: type.singular,
    verbs: type.verbs,
    ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
    ...(type.categories.length > 0 ? { categories: type.categories } : {}),
    ...(type.subresources.length > 0
      ? {
          subresources: type.subresources.map((name) => {
            const { group, version, kind, verbs } = subresourceOf(type, name);
            return { subresource: name, responseKind: { group, version, kind }, verbs };
          }),
        }
      : {}),
  };
}

function coreVersions(): KubeResponse {
  return json({ kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] });
}

function groupOf([name, served]: readonly [string, readonly string[]]): JsonRecord {
  const versions = served.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function resourceList(registry: Registry, group: string, version: string): KubeResponse {
  const types = byName(registry.ofGroupVersion(group, version));
  if (types.length === 0) throw pathNotFound();
  const resources = types.flatMap((type) => [
    resourceEntry(type),
    ...type.subresources.map((name) => subresourceEntry(type, name)),
  ]);
  return json({ kind: "APIResourceList", apiVersion: "v1", groupVersion: apiVersionOf({ group, version }), resources });
}

function byName(types: readonly ResourceType[]): readonly ResourceType[] {
  return types.toSorted((a, b) => (a.plural < b.plural ? -1 : 1));
}

function resourceEntry(type: ResourceType): JsonRecord {
  return {
    name: type.plural,
    singularName: type.singular,
    namespaced: type.namespaced,
    kind: type.kind,
    verbs: type.verbs,
    ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
    ...(type.categories.length > 0 ? { categories: type.categories } : {}),
    ...(isStored(type) ? { storageVersionHash: storageVersionHash(type) } : {}),
  };
}

function isStored(type: ResourceType): boolean {
  return type.computed === undefined && type.verbs.includes("list");
}

/** Of the version that objects are kept in (apiserver: endpoints/discovery/storageversionhash.go). */
function storageVersionHash(type: ResourceType): string {
  const { group, version, kind, stored } = type;
  const own = { apiVersion: apiVersionOf(type), kind, metadata: { name: "" } };
  const kept = stored ? stored.toStored(own).apiVersion : `${group}/${version}`;
  const text = `${kept.includes("/") ? kept : `/${kept}`}/${kind}`;
  return createHash("sha256").update(text).digest().subarray(0, 8).toString("base64");
}

function subresourceEntry(type: ResourceType, name: SubresourceName): JsonRecord {
  const { group, version, kind, verbs } = subresourceOf(type, name);
  const own = group === type.group && version === type.version;
  return {
    name: `${type.plural}/${name}`,
    singularName: "",
    namespaced: type.namespaced,
    ...(own ? {} : { group, version }),
    kind,
    verbs,
  };
}

const connectKinds = {
  attach: "PodAttachOptions",
  exec: "PodExecOptions",
  portforward: "PodPortForwardOptions",
} as const;

interface Subresource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

function subresourceOf({ group, version, kind }: ResourceType, name: SubresourceName): Subresource {
  switch (name) {
    case "status":
    case "approval":
    case "ephemeralcontainers":
    case "resize":
      return { group, version, kind, verbs: ["get", "patch", "update"] };
    case "scale":
      return { group: "autoscaling", version: "v1", kind: "Scale", verbs: ["get", "patch", "update"] };
    case "eviction":
      return { group: "policy", version: "v1", kind: "Eviction", verbs: ["create"] };
    case "attach":
    case "exec":
    case "portforward":
      return { group, version, kind: connectKinds[name], verbs: ["create", "get"] };
    case "proxy":
      return { group, version, kind: `${kind}ProxyOptions`, verbs: ["create", "delete", "get", "patch", "update"] };
    case "log":
      return { group, version, kind, verbs: ["get"] };
    case "binding":
      return { group, version, kind: "Binding", verbs: ["create"] };
    case "finalize":
      return { group, version, kind, verbs: ["update"] };
    case "token":
      return { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest", verbs: ["create"] };
  }
}

function json(body: JsonRecord): Extract<KubeResponse, { kind: "json" }> {
  return { kind: "json", status: 200, body };
}
