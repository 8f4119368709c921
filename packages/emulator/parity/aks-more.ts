import { deviates, missing, type ParityArea, works } from "./row.ts";

const maintenance = "container-service-maintenance.test.ts";
const children = "container-service-children.test.ts";
const versions = "container-service-api-versions.test.ts";
const previews = "container-service-previews.test.ts";

export const aksMore: ParityArea = {
  title: "AKS: planned maintenance, and what stands beside clusters and pools",
  rows: [
    works(
      "schedules of maintenance windows, dates that are not allowed, offsets",
      "AKS docs: planned maintenance",
      maintenance,
      "are %s",
    ),
    works(
      "auto-upgrade channels patch, stable, rapid, node-image, in their window",
      "AKS docs: auto-upgrade",
      maintenance,
      "by the channel %s goes from %s to %s in its window, and not before",
    ),
    works(
      "node OS channel NodeImage, in its window",
      "AKS docs: auto-upgrade",
      maintenance,
      "renews node images by the channel of the node OS, in its own window",
    ),
    works(
      "refused upgrades are tried again until the window closes",
      "AKS docs: planned maintenance",
      maintenance,
      "is refused by what would refuse a client, and tries again until the window closes",
    ),
    deviates(
      "auto-upgrade without a maintenance configuration",
      "AKS docs: auto-upgrade",
      "never happens: Azure chooses a time of its own, here only a configured window opens; `default` opens for nothing, Unmanaged and SecurityPatch change no node image",
    ),
    deviates(
      "maintenance windows in compressed time",
      "AKS docs: planned maintenance",
      "open and close by the clock, whatever the time scale is; what happens in them goes as much faster",
    ),
    works("snapshots of pools", "AKS REST API", children, "keep version and image, and make pools of them"),
    works("pools brought to a snapshot", "AKS REST API", children, "bring a pool to what they have kept"),
    works(
      "private clusters: names, private links, endpoint connections",
      "AKS REST API",
      children,
      "shows its private name, its link and the connection of its nodes",
    ),
    deviates(
      "reach of private clusters",
      "AKS REST API",
      "the API server of a private cluster is reached as any other: there are no virtual networks here",
    ),
    works(
      "trustedAccessRoles, trustedAccessRoleBindings",
      "AKS REST API",
      children,
      "trusted access is bound by roles and source",
    ),
    works("identityBindings", "AKS REST API", children, "identity bindings name the identity that they look up"),
    works(
      "managedNamespaces: namespace, quota, network policy",
      "AKS REST API",
      children,
      "a managed namespace is one in the cluster, with its quota and policy",
    ),
    works(
      "meshRevisionProfiles, meshUpgradeProfiles",
      "AKS REST API",
      children,
      "the mesh has revisions, and upgrades where it is on",
    ),
    works(
      "outboundNetworkDependenciesEndpoints; operations",
      "AKS REST API",
      children,
      "says where its nodes have to get to, and what can be allowed to somebody",
    ),
    works(
      "outbound types and their addresses",
      "AKS REST API",
      children,
      "choose a way out of the cluster, and see its addresses",
    ),
    works("Windows pools", "AKS REST API", children, "add pools of Windows nodes"),
    deviates(
      "what is only kept and shown",
      "AKS REST API",
      "add-ons, the mesh, identity bindings, trusted access, proxies, encryption and the like: taken and shown as Azure does, nothing of it runs",
    ),
    works(
      "clusters without an identity",
      "AKS REST API",
      versions,
      "is a cluster without an identity: it gets one of its own",
    ),
    works(
      "properties by version of the API: what a version does not have is not shown",
      "AKS REST API",
      versions,
      "is of %s what it has, and nothing that came later or stayed in preview",
    ),
    works("properties that a version does not have are refused: UnmarshalError", "AKS REST API", versions, "is not %s"),
    deviates(
      "AKS Automatic (sku.name Automatic)",
      "AKS REST API",
      "taken and shown with what it turns on; no nodes are made for pods that find none",
    ),
    deviates("pools of type VirtualMachines", "AKS REST API", "machines of one size, the first that is named", [
      "container-service-recorded.test.ts",
      "shows the issuer, the identities of add-ons and pools of single machines as Azure does",
    ]),
    deviates("managedClusterSnapshots", "AKS REST API", "kept and shown; no cluster can be made of one", [
      "container-service-recorded.test.ts",
      "nothing is missing from bindings that go and from snapshots of clusters",
    ]),
    deviates("loadBalancers", "AKS REST API", "kept and shown; services stay where they are", [
      "container-service-recorded.test.ts",
      "shows the issuer, the identities of add-ons and pools of single machines as Azure does",
    ]),
    works(
      "operations of clusters and pools, guardrailsVersions, safeguardsVersions",
      "AKS REST API",
      "container-service-operations.test.ts",
      "is listed, newest first, and the latest can be asked for",
    ),
    works("jwtAuthenticators, meshMemberships", "AKS REST API", versions, "are %s, written and read as other children"),
    works("rebalanceLoadBalancers", "AKS REST API", versions, "is the balancing of load balancers"),
    works(
      "completeUpgrade of a blue-green upgrade",
      "AKS REST API",
      "container-service-blue-green.test.ts",
      "ends its last soak when a client completes it",
    ),
    works("machines in previews", "AKS REST API", versions, "tells more of machines in its previews"),
    works(
      "PUT of machines in pools of mode Machines",
      "AKS REST API",
      previews,
      "is made in a pool that has none by itself, changed, and shown with its node",
    ),
    deviates("pools of modes Gateway and ManagedSystem", "AKS REST API", "pools like the others, by another name", [
      previews,
      "are one of ManagedSystem, and gateways",
    ]),
    deviates("deploymentSafeguards", "AKS REST API", "kept and shown; nothing is held to them", [
      previews,
      "are an extension of the cluster that is put, listed and taken back",
    ]),
    deviates("localDNSProfile", "AKS REST API", "checked, filled in and shown; names are resolved as before", [
      previews,
      "are told with the usual zones where none are given",
    ]),
    works(
      "OS SKU migration between kinds of Linux",
      "AKS REST API",
      previews,
      "can move to another Linux, whose image they get",
    ),
    works(
      "ephemeral OS disks where the machine has a disk of its own",
      "AKS REST API",
      previews,
      "keep their system on the disk of the machine, where it has one",
    ),
    works(
      "what an older preview had is still taken: its clients go on sending it",
      "AKS REST API",
      versions,
      "is what older previews had, from a preview that comes after them",
    ),
    works(
      "advancedNetworking, filled in",
      "AKS REST API",
      previews,
      "say of advanced networking what is not said as of the whole",
    ),
    works(
      "hostedSystemProfile: clusters without pools",
      "AKS REST API",
      previews,
      "need no pool of their own when AKS hosts their system",
    ),
    works(
      "httpProxyConfig with effectiveNoProxy; nodes go to no proxy here",
      "AKS REST API",
      previews,
      "tell what goes around a proxy, and keep it when it is switched off",
    ),
    works(
      "identity of application routing; auto-upgrade of long-term support",
      "AKS REST API",
      previews,
      "have an identity for application routing, and a channel with long-term support",
    ),
    works("vmSkus", "AKS REST API", "arm-lists.test.ts", "lists sizes of one region with what they have"),
    missing("nodeImageVersions and other previews", "AKS REST API", "InvalidResourceType"),
  ],
};
