import type { FindingCode } from "@fairway/model";

/** What docs/findings.md says of every code: why it matters, then what to do. As Markdown. */
export const findingTexts: Readonly<Record<FindingCode, string>> = {
  FW001:
    "AKS goes one minor version at a time, never back, and only to versions that it has; a node pool may lag three minors behind the control plane. `fairway upgrade` lists where the cluster can go.",
  FW002:
    "The object is there and works. The file or chart that made it names an API version that the API server no longer serves, so that its next deployment fails with `no matches for kind`. Required when the target version is the one that removes it; recommended when an earlier one has. Old releases of Helm count too: `helm mapkubeapis` rewrites them.",
  FW003:
    "Somebody has called it since the API server started: its metric `apiserver_requested_deprecated_apis` tells which APIs, but not when or who. AKS refuses the upgrade when that was in the last 12 hours (`UpgradeBlockedOnDeprecatedAPIUsage`), and its error has the callers. Whoever may not read `/metrics` gets no finding.",
  FW004:
    "`maxUnavailable: 0` and `minAvailable: 100%` forbid every eviction for ever. AKS refuses the upgrade (`UnsatisfiablePDB`), or a drain waits until its timeout.",
  FW005:
    "The budget keeps as many pods as there are: with 2 replicas and `minAvailable: 2` none may go. One replica more, or one pod fewer in the budget.",
  FW006:
    "The budget would allow a disruption if all of its pods were healthy. Until the pod that is not becomes ready, or `unhealthyPodEvictionPolicy: AlwaysAllow` lets it go, every drain waits.",
  FW007:
    "The eviction API answers 500 when more than one budget covers a pod, whatever they allow. A drain never gets past it.",
  FW008: "Most often the labels of the workload have changed, and nobody noticed that nothing is guarded any more.",
  FW009: "Without a budget a drain may take all replicas at once. The fix is a budget of one.",
  FW010:
    "AKS looks at the budgets of the whole cluster before it upgrades any pool. A budget that can never be satisfied blocks also the pools on which its pods do not run.",
  FW011:
    "A chart or an add-on brought a budget that allows nothing, often with a single replica behind it. Deleting it helps until the chart comes again: change its values.",
  FW012:
    "The replica ends before the next one is ready elsewhere. For what callers wait for, run two; for what may be away for a minute, ignore the finding with a reason.",
  FW013:
    "A replica counts as available only after `minReadySeconds`; a budget waits for that at each node. Required from 15 minutes on, half of the time that a drain has by default.",
  FW014:
    "A pod without a readiness probe is ready when its process has started. Budgets count it, and traffic comes, before it can serve: this is how an upgrade goes on over an app that is down.",
  FW015:
    "0 kills the process in the middle of its work. A grace period longer than the drain timeout of the pool makes the drain fail while the pod does what it was told to do.",
  FW016: "A budget keeps them from going together, but a node that fails takes them all.",
  FW017:
    "Selectors, affinity, taints or a zonal disk tie the pods to one pool. Recommended as a hint that this pool needs a spare one; required when the simulated upgrade finds no node at all for the replacement at some moment.",
  FW018: "The scheduler counts them as nothing and packs more onto the upgraded nodes than these hold.",
  FW019: "It stands at its maximum already: replicas that a drain takes are not made up for elsewhere.",
  FW020:
    "Surge nodes count against the vCPU quota of the region and of the family, all of them at once. Without room AKS refuses, or the upgrade stops half-way. From 1.35 on it falls back to a single surge node when there is room for that.",
  FW022:
    "A surge node takes an address of its subnet, and with flat Azure CNI one more for each pod that it may have: `(nodes + maxSurge) x (1 + maxPods)`. Without them AKS refuses (`SubnetIsFull`, `InsufficientSubnetSize`), or the upgrade stops half-way. What others have in the subnet counts too.",
  FW024:
    "A cluster whose certificate has expired cannot be reached, and a node that joins with an expired secret has no identity: it comes up, and nothing on it can start.",
  FW025:
    "The upgrade makes and deletes machines in the node resource group. A lock there (or above) ends it in the middle.",
  FW026:
    "Every new node fetches packages and images and calls the API server through that route. What the firewall blocks shows only when the first surge node does not join.",
  FW027:
    "While the pods of the webhook are drained nothing can be created, their own replacements included. Required when fewer than two nodes answer it.",
  FW028:
    "Availability sets are rolled machine by machine without surge, and are retired. Azure refuses every write to a resource with more than 50 tags, the upgrade's own too.",
  FW029: "ingress-nginx has had no fixes since March 2026, and nobody tests it against newer versions of Kubernetes.",
  FW030: "AKS has retired the add-on; it does not come along to newer versions, or stops working on them.",
  FW031:
    "AKS has no node image of this operating system for the target version: the pool cannot be upgraded, only replaced.",
  FW032: "Nodes run containerd and have no such socket: the pod does not start on a new node.",
  FW033: "IPVS is deprecated in Kubernetes 1.35 and removed in 1.36.",
  FW034:
    "The upgrade counts on the node for the pods of the others. A node that somebody cordoned and forgot makes the rest too small.",
  FW035:
    "A bare pod does not come back. An emptyDir volume starts empty on the next node. A running Job starts over. `safe-to-evict: false` keeps the autoscaler away, not the drain of an upgrade.",
  FW036: "When that pod moves, the service answers nobody until the next one is ready.",
  FW037:
    "A stopped cluster takes no upgrade, a busy one neither. After a failed operation any write reconciles it, the upgrade too: find out first why it failed.",
  FW038:
    "Without a window the platform does what it must at any hour, and an auto-upgrade channel upgrades in the middle of the day. Required with such a channel.",
  FW039: "A check of the rules file ended with another code than 0.",
  FW040:
    "What has begun in the window goes on after its end, into the hours that the window was to keep free. The estimate takes every pool one after another.",
  FW041:
    "The upgrade was played through: surge nodes came, nodes were cordoned, pods were evicted as their budgets allow, replacements found a place or did not. At this node nothing moves any more. With `undrainableNodeBehavior: Schedule` the upgrade ends there as failed, half done; with `Cordon` the node is set aside. Recommended where it would only take too long: pods that leave one node one after another, each when the one before is ready.",
  FW042:
    "The scale rule counts the messages of the queue for each active revision, and every one of them consumes: also the one that was to wait for its turn.",
  FW043: "Nothing can wake an app that has no ingress, no rule and no replica.",
  FW044:
    "Maintenance replaces replicas. With one, the app is away for as long as the next one takes to start; with `minReplicas: 0` that may be any moment.",
  FW045: "Sticky sessions hold within one revision only. With several active ones callers are moved with the weights.",
  FW046:
    "Weights and labels are state of the running app. A template that does not name them resets them at its next deployment, to 100 % for the latest revision.",
  FW047:
    "An active revision without traffic still takes messages from its queue or topic: half of the work is done by it.",
  FW048:
    "The sidecar is told to end together with the app, and is gone after 5 seconds. Whatever the app publishes or saves after that is lost.",
  FW049:
    "A window (at least 8 hours) keeps planned maintenance out of the busy time; critical fixes come at any time. Environments with Consumption only take none.",
  FW050: "Reminders and timers of actors need a replica to run in.",
};
