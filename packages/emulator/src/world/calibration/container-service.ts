import {
  type Chance,
  chance,
  type Duration,
  fixed,
  lognormal,
  ofPlatform,
  recorded,
  uniform,
  withTail,
} from "./entry.ts";

/** Microsoft.ContainerService: clusters, node pools and their machines. */
export const containerServiceDurations = {
  "managedClusters.create": ofPlatform(
    withTail(lognormal(310, 515), uniform(1_015, 3_431), 5, 216),
    "A",
    recorded("managedClusters.create", 216, "5 of them with transient errors, which made them slow"),
  ),
  "managedClusters.update.settings": ofPlatform(
    withTail(lognormal(112, 190), uniform(193, 522), 1, 96),
    "A",
    recorded("managedClusters.update.settings", 96),
  ),
  "managedClusters.updateTags": ofPlatform(
    lognormal(7.9, 22),
    "D",
    "as agentPools.update.settings, which replaces no node either",
  ),
  "managedClusters.delete": ofPlatform(lognormal(240, 420), "D", "never recorded to its end, assumed"),
  "managedClusters.abort": ofPlatform(fixed(5.1), "B", recorded("managedClusters.abort", 1)),
  "managedClusters.stop": ofPlatform(lognormal(105, 122), "B", recorded("managedClusters.stop", 2)),
  "managedClusters.start": ofPlatform(
    lognormal(90, 120),
    "B",
    recorded("managedClusters.start, 170 to 345 s", 2, "less the time in which its nodes come up"),
  ),
  "managedClusters.rotateCertificates": ofPlatform(
    lognormal(900, 1_800),
    "D",
    "AKS docs, certificate rotation: up to 30 minutes of downtime",
  ),
  "managedClusters.runCommand": ofPlatform(
    lognormal(10, 30),
    "D",
    "never recorded: the pod of the command has to start, assumed",
  ),
  "controlPlane.upgrade": ofPlatform(
    lognormal(480, 1_200),
    "D",
    `practitioners' reports: 5 to 15 minutes; fits ${recorded("managedClusters.upgrade.full of one or two nodes, 867 and 917 s", 2)}`,
  ),
  "controlPlane.unreachable": ofPlatform(
    lognormal(30, 90),
    "D",
    "AKS docs name no figure; practitioners report seconds, one 300 s",
  ),
  "agentPools.create": ofPlatform(lognormal(180, 296), "A", recorded("agentPools.create of Linux", 34)),
  "agentPools.update.settings": ofPlatform(lognormal(7.9, 22), "A", recorded("agentPools.update.settings", 14)),
  "agentPools.delete": ofPlatform(lognormal(37, 49), "B", recorded("agentPools.delete", 2)),
  "agentPools.stop": ofPlatform(fixed(52), "B", recorded("agentPools.stop", 1)),
  "agentPools.bestEffortDrain": ofPlatform(
    fixed(300),
    "D",
    "how long a failed upgrade waits for its surge nodes to drain, assumed",
  ),
  "nodes.provision": ofPlatform(
    lognormal(75, 190),
    "C",
    "phases of recorded creates: nodes are there 30 to 125 s after their pools were begun; practitioners' reports of surge nodes: 150 s, 300 s at the slow end; less the join",
  ),
  "nodes.provisioningTimeout": ofPlatform(fixed(1_200), "C", "reports: a failed join shows after 5 to 20 minutes"),
  "nodes.join": ofPlatform(
    lognormal(30, 70),
    "D",
    "practitioners' reports: reimage and join together take 180 s, 420 s at the slow end; share of the join assumed",
  ),
  "nodes.reimage": ofPlatform(
    lognormal(150, 350),
    "D",
    "practitioners' reports: reimage and join together take 180 s, 420 s at the slow end; less the join",
  ),
  "nodes.repairPatience": ofPlatform(
    fixed(600),
    "A",
    "AKS docs, node auto-repair: a node that says NotReady, or nothing, for 10 minutes",
  ),
  "nodes.repairInterval": ofPlatform(
    fixed(300),
    "B",
    "AKS docs, node auto-repair: NotReady for 5 minutes more, up to an hour in all; events of a repair of May 2026 are 5 minutes apart, 1 sample",
  ),
  "nodes.reboot": ofPlatform(lognormal(60, 120), "D", "a reboot of a node until its kubelet is back, assumed"),
  "nodes.delete": ofPlatform(
    lognormal(37, 49),
    "B",
    recorded("agentPools.scale.in and agentPools.deleteMachines, 34 to 40 s", 2),
  ),
  "drain.evictionRetry": ofPlatform(
    fixed(5),
    "A",
    "Kubernetes docs: kubectl drain tries a refused eviction again after 5 s",
  ),
  "maintenance.lookAgain": ofPlatform(
    fixed(300),
    "D",
    "how long AKS waits in an open window before it looks again, assumed",
  ),
} as const satisfies Record<string, Duration>;

const unknownShare =
  "the recordings are of tests that passed, and Azure publishes no failure rates: set it from your own activity log";

/** Asked at the moment at which it could happen. */
export const containerServiceChances = {
  /** For each machine that is made or reimaged: its node never becomes Ready. */
  "nodes.joinFails": chance(0, "D", unknownShare),
  /** For each machine that is ordered: there is no place for it (`AllocationFailed`). */
  "nodes.allocationFails": chance(0, "D", unknownShare),
  /** At the end of a control plane's upgrade (`ControlPlaneProvisioningInternalError`). */
  "controlPlane.upgradeFails": chance(0, "D", unknownShare),
} as const satisfies Record<string, Chance>;
