import { deviates, type ParityArea, works } from "./row.ts";

const client = "container-service-client.test.ts";
const resources = "container-service-resources.test.ts";
const operations = "container-service-operations.test.ts";
const upgrade = "container-service-upgrade.test.ts";
const drain = "container-service-drain.test.ts";
const rollback = "container-service-rollback.test.ts";
const blueGreen = "container-service-blue-green.test.ts";
const preflight = "container-service-preflight.test.ts";
const autoscaler = "container-service-autoscaler.test.ts";
const repair = "container-service-repair.test.ts";
const locks = "arm-locks.test.ts";
const actions = "container-service-actions.test.ts";
const recorded = "container-service-recorded.test.ts";
const az = "container-service-az.test.ts";
const versions = "container-service-versions.test.ts";

export const aks: ParityArea = {
  title: "AKS through ARM",
  rows: [
    works(
      "PUT, GET, DELETE managedClusters",
      "AKS REST API",
      client,
      "creates a cluster, reads it, upgrades it and deletes it",
    ),
    works(
      "PUT, GET, DELETE agentPools; upgradeNodeImageVersion; tags; credentials; kubernetesVersions",
      "AKS REST API",
      client,
      "adds, scales and re-images a pool, changes tags, and gets credentials and versions",
    ),
    works("POST abort of a cluster", "AKS REST API", client, "aborts an upgrade and sees it canceled"),
    works("POST abort of a pool", "AKS REST API", operations, "of one pool leaves the others alone"),
    works(
      "codes of refused writes",
      "AKS troubleshooting",
      client,
      "is told why a write is refused, with the code of AKS",
    ),
    works(
      "phases of a create",
      "AKS REST API",
      resources,
      "answers 201 with Creating and the operation's header, and shows the phases of a create",
    ),
    works(
      "defaults filled in",
      "AKS REST API",
      resources,
      "ends with every default filled in, and without a single null",
    ),
    works("ETags by the table of ARM", "AKS docs: ETags", resources, "guard writes by the table of ARM"),
    works("kubeconfigs of both users", "AKS REST API", resources, "gives kubeconfigs in base64, for both users"),
    works("GET upgradeProfiles", "AKS REST API", resources, "of a cluster and of its pools"),
    works(
      "GET machines, POST deleteMachines",
      "AKS REST API",
      operations,
      "are listed, and deleted by name with the count going down",
    ),
    works(
      "one write at a time",
      "AKS troubleshooting",
      operations,
      "refuses a second write on the cluster and on its pools, and says what runs",
    ),
    works("scale a pool", "AKS REST API", operations, "adds nodes, and removes the newest"),
    works(
      "vCPU quota of creates and scale-outs",
      "AKS docs: quotas and throttling",
      operations,
      "refuses what it has no vCPUs for",
    ),
    works(
      "vCPU quota of surge nodes",
      "AKS docs: node pool upgrade",
      operations,
      "stops an upgrade whose surge it has no vCPUs for, before it starts",
    ),
    works(
      "surge falls back to one from 1.35 on",
      "AKS docs: node pool upgrade",
      operations,
      "leaves a surge of one to Kubernetes 1.35 and later",
    ),
    works(
      "buckets of the resource provider",
      "AKS docs: quotas and throttling",
      operations,
      "are throttled for one cluster or pool, until the bucket has filled again",
    ),
    works(
      "control plane first, then pools",
      "AKS docs: upgrade options",
      upgrade,
      "takes the control plane first, then one pool after the other",
    ),
    works(
      "control plane only",
      "AKS docs: upgrade options",
      upgrade,
      "goes no further than the control plane when the pools' versions stay as they are",
    ),
    works(
      "surge, drain, soak, reimage",
      "AKS docs: node pool upgrade",
      upgrade,
      "goes surge node, drain, soak, reimage, and ends with the surge node's removal",
    ),
    works(
      "maxSurge and maxUnavailable at every moment",
      "AKS docs: node pool upgrade",
      upgrade,
      "never has more nodes at work, nor more extra nodes, than its settings say",
    ),
    works(
      "rounding of maxSurge",
      "AKS docs: node pool upgrade",
      "container-service-surge.test.ts",
      "round percentages up",
    ),
    works(
      "node image upgrade",
      "AKS docs: node image upgrade",
      upgrade,
      "moves to the node image of the week, without a new version",
    ),
    works(
      "budgets hold through a drain",
      "AKS docs: node pool upgrade",
      drain,
      "keeps a budget at every moment, and goes on as soon as it allows",
    ),
    works(
      "undrainable node behaviour Cordon",
      "AKS docs: node pool upgrade",
      drain,
      "sets the node aside in Cordon mode, keeps a surge node for it, goes on, and fails in the end",
    ),
    works(
      "force upgrade until its time",
      "AKS docs: upgrade options",
      drain,
      "is overridden by a force that has not run out",
    ),
    works(
      "a later PUT goes on after a failure",
      "AKS docs: upgrade options",
      drain,
      "goes on where it stopped at the next PUT, with what is not upgraded yet",
    ),
    works("one minor at a time", "AKS docs: supported versions", versions, "goes one minor at a time"),
    works("skew of pools", "AKS docs: supported versions", versions, "lets a pool lag by three minors, and never lead"),
    works(
      "long-term support skips minors",
      "AKS docs: supported versions",
      versions,
      "skips minors with long-term support",
    ),
    works("POST start and stop", "AKS REST API", actions, "stops a cluster, is refused upgrades, and starts it"),
    works(
      "rotation of certificates and keys, reset of profiles",
      "AKS REST API",
      actions,
      "rotates certificates and keys, and resets profiles without telling secrets",
    ),
    works("POST runCommand, GET commandResults", "AKS REST API", actions, "runs a command and reads its result"),
    works(
      "admin and monitoring credentials, accessProfiles, addresses of machines",
      "AKS REST API",
      actions,
      "reads credentials in every way, machines, and what there is none of",
    ),
    works(
      "maintenanceConfigurations",
      "AKS REST API",
      actions,
      "keeps maintenance configurations, and refuses bad ones",
    ),
    works(
      "pools that stop and start",
      "AKS REST API",
      actions,
      "stops and starts a user pool, which takes its upgrade when it starts",
    ),
    works(
      "headers and fields of recorded exchanges, clusters",
      "AKS REST API",
      recorded,
      "nothing is missing from the life of a cluster",
    ),
    works(
      "headers and fields of recorded exchanges, pools",
      "AKS REST API",
      recorded,
      "nothing is missing from the life of a pool",
    ),
    works(
      "az aks: create, show, list, upgrade, scale, stop, start",
      "Azure CLI",
      az,
      "upgrades, scales, stops and starts it",
    ),
    works("az aks nodepool", "Azure CLI", az, "adds, changes, upgrades and deletes a pool"),
    deviates(
      "commands of runCommand",
      "AKS REST API",
      "only kubectl, the one of the machine that the emulator runs on; other programs end with 127, files are refused",
    ),
    deviates(
      "certificate rotation",
      "AKS REST API",
      "cuts the control plane off for its time, and leaves the nodes as they are",
    ),
    works(
      "rollback of a pool within seven days",
      "AKS docs: roll back",
      rollback,
      "brings version and image of before back, once",
    ),
    works("window of the rollback", "AKS docs: roll back", rollback, "is possible for seven days"),
    works(
      "rollback of a node image",
      "AKS docs: roll back",
      rollback,
      "takes a node image back alone, and no image that was never there",
    ),
    works(
      "blue-green upgrade of a pool",
      "AKS docs: blue-green",
      blueGreen,
      "adds as many green nodes, drains the blue ones in batches with soaks, and deletes them at the end",
    ),
    works(
      "pause of a blue-green upgrade",
      "AKS docs: blue-green",
      blueGreen,
      "pauses when it is aborted, and goes on at the next PUT",
    ),
    works(
      "blue-green: back from the last soak",
      "AKS docs: blue-green",
      blueGreen,
      "goes back to its blue nodes from the last soak, and from nowhere else",
    ),
    works(
      "UpgradeBlockedOnDeprecatedAPIUsage",
      "AKS docs: API breaking changes",
      preflight,
      "is refused while an API that goes with it was called in the last twelve hours",
    ),
    works(
      "InsufficientSubnetSize",
      "AKS troubleshooting",
      preflight,
      "must have an address for each node, surge node and pod with flat addresses",
    ),
    works(
      "locks on the group of the nodes",
      "AKS issues",
      locks,
      "on the group of a cluster's nodes stop upgrades and scaling before they start",
    ),
    works(
      "node auto-repair: reboot, reimage and their events",
      "AKS docs: node auto-repair",
      repair,
      "reboots a node that was silent for ten minutes, and reimages it when that was in vain",
    ),
    works(
      "node auto-repair: three rounds at most",
      "AKS docs: node auto-repair",
      repair,
      "gives up after three rounds with a node that never joins",
    ),
    works(
      "node auto-repair: not during upgrades",
      "AKS docs: node auto-repair",
      repair,
      "leaves a node to the upgrade of its pool, and to those who mark it",
    ),
    deviates(
      "node auto-repair: redeploy, errors, node auto-drain",
      "AKS docs: node auto-repair",
      "a redeployed machine keeps its disk's image and its name; of errors only a lack of capacity is reported; nothing is drained before scheduled events",
      [repair, "says why a redeployment failed for which there was no place, and tries again"],
    ),
    works(
      "cluster autoscaler: nodes for pending pods, and away again",
      "AKS docs: cluster autoscaler",
      autoscaler,
      "orders as many nodes as pending pods need, and takes them away when they are not needed any more",
    ),
    works(
      "cluster autoscaler: bounds and their events",
      "AKS docs: cluster autoscaler",
      autoscaler,
      "stops at the maximum and tells the pods why",
    ),
    works(
      "cluster autoscaler: budgets",
      "AKS docs: cluster autoscaler",
      autoscaler,
      "empties a node that is hardly used, unless a budget keeps its pods",
    ),
    works(
      "cluster autoscaler: back-off",
      "AKS docs: cluster autoscaler",
      autoscaler,
      "pauses after a scale-up that its quota does not allow",
    ),
    works(
      "autoScalerProfile",
      "AKS docs: cluster autoscaler",
      autoscaler,
      "fills its profile in, and refuses bad bounds and profiles",
    ),
    deviates(
      "expander priority, balance-similar-node-groups, total-unready limits",
      "AKS docs: cluster autoscaler",
      "priority chooses at random; groups are not balanced; unready nodes never stop the autoscaler",
    ),
    deviates(
      "sizes of subnets",
      "AKS troubleshooting",
      "have to be given by whoever starts the provider; startAzure gives none",
    ),
    deviates(
      "calendar of versions",
      "AKS docs: supported versions",
      "stands still at August 2026; the number of patches per minor is assumed",
    ),
  ],
};
