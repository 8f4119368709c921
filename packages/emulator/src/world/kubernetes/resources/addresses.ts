import { isIP } from "node:net";
import type { Cluster } from "../../cluster.ts";
import type { KubeObject } from "../../objects.ts";
import { at, listAt, textAt } from "../json.ts";
import { ageColumn, column } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { notFound } from "../status-error.ts";
import { validateServiceRange, validateServiceRangeUpdate } from "../validation/addresses.ts";

const networking = { group: "networking.k8s.io", version: "v1", namespaced: false, addedIn: "1.33" } as const;

/** Where the addresses of services come from, and which are in use. */
export const addressResources: readonly ResourceType[] = [
  defineResource({
    ...networking,
    kind: "IPAddress",
    plural: "ipaddresses",
    shortNames: ["ip"],
    verbs: ["get", "list"],
    typeName: "V1IPAddress",
    computed: {
      list: serviceAddresses,
      notFound: (_cluster, _namespace, name) => notFound({ ...networking, plural: "ipaddresses", kind: "" }, name),
    },
    columns: [column("ParentRef", parentText), ageColumn],
  }),
  defineResource({
    ...networking,
    kind: "ServiceCIDR",
    plural: "servicecidrs",
    subresources: ["status"],
    typeName: "V1ServiceCIDR",
    initialStatus: () => ({}),
    validate: validateServiceRange,
    validateUpdate: validateServiceRangeUpdate,
    columns: [column("CIDRs", (object) => listAt(object, "spec", "cidrs").join(",")), ageColumn],
  }),
];

function serviceAddresses({ store }: Cluster): readonly KubeObject[] {
  return store.list({ group: "", resource: "services" }).flatMap((service) =>
    listAt(service, "spec", "clusterIPs")
      .filter((address) => isIP(String(address)) !== 0)
      .map((address) => addressOf(service, String(address))),
  );
}

function addressOf({ metadata }: KubeObject, address: string): KubeObject {
  const { uid, resourceVersion, creationTimestamp, namespace, name } = metadata;
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "IPAddress",
    metadata: {
      name: address,
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(creationTimestamp ? { creationTimestamp } : {}),
      labels: {
        "ipaddress.kubernetes.io/ip-family": `IPv${isIP(address)}`,
        "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
      },
    },
    spec: { parentRef: { resource: "services", ...(namespace ? { namespace } : {}), name } },
  };
}

function parentText(object: KubeObject): string {
  const parent = at(object, "spec", "parentRef");
  if (parent === undefined) return "<none>";
  const group = textAt(parent, "group");
  const resource = `${textAt(parent, "resource") ?? ""}${group ? `.${group}` : ""}`.toLowerCase();
  return [resource, textAt(parent, "namespace"), textAt(parent, "name")].filter((part) => part).join("/");
}
