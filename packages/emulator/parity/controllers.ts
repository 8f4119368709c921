import { type ParityArea, works } from "./row.ts";

const endpoints = "controllers-endpoints.test.ts";
const arithmetic = "controllers-arithmetic.test.ts";
const disruption = "controllers-disruption.test.ts";
const nodes = "controllers-nodes.test.ts";
const rollout = "controllers-rollout.test.ts";
const probes = "controllers-probes.test.ts";
const traffic = "controllers-traffic.test.ts";
const recorded = "kubernetes-recorded.test.ts";

export const controllers: ParityArea = {
  title: "Kubernetes controllers",
  rows: [
    works(
      "rounding of maxSurge and maxUnavailable",
      "Kubernetes workloads",
      arithmetic,
      "defaults: surge rounds up, unavailability down",
    ),
    works(
      "rolling update between floor and ceiling",
      "Kubernetes workloads",
      rollout,
      "a rollout stays between its floor and its ceiling at every event",
    ),
    works(
      "replication controllers",
      "Kubernetes workloads",
      "kubernetes-controller-pods.test.ts",
      "are kept by replication controllers as by replica sets",
    ),
    works(
      "endpoint slices of a hundred endpoints, by ports",
      "Kubernetes services",
      endpoints,
      "a slice holds a hundred endpoints, and what leaves makes room for what comes",
    ),
    works(
      "mirrored endpoints",
      "Kubernetes services",
      endpoints,
      "endpoints that somebody writes for a service without a selector are mirrored as a slice",
    ),
    works(
      "progress deadline and roll back",
      "Kubernetes workloads",
      rollout,
      "an image that does not exist stops at the floor, times out, and is rolled back",
    ),
    works("Recreate", "Kubernetes workloads", rollout, "Recreate starts nothing new before the last old pod is gone"),
    works(
      "proportional scaling",
      "Kubernetes workloads",
      rollout,
      "scaling in the middle of a rollout grows both versions, as the Kubernetes documentation has it",
    ),
    works("revision history limit", "Kubernetes workloads", rollout, "old replica sets beyond the history limit go"),
    works(
      "status, conditions and events in the form of 1.36",
      "Kubernetes workloads",
      recorded,
      "a deployment: conditions in order, no zeros, a set that is made at its size",
    ),
    works(
      "adoption of what nobody controls",
      "Kubernetes workloads",
      recorded,
      "a pod that nobody controls is taken by the set that selects it",
    ),
    works(
      "budgets over owners without a scale",
      "Kubernetes workloads",
      recorded,
      "a budget over a daemon set: there is no scale",
    ),
    works(
      "eviction 429",
      "Kubernetes eviction",
      disruption,
      "an eviction beyond the budget is refused with the API server's words",
    ),
    works(
      "eviction with two budgets: 500",
      "Kubernetes eviction",
      disruption,
      "two budgets over one pod cannot be resolved",
    ),
    works(
      "disrupted pods are remembered for two minutes",
      "Kubernetes disruptions",
      disruption,
      "an evicted pod that is not gone yet counts as gone for two minutes",
    ),
    works(
      "unhealthyPodEvictionPolicy",
      "Kubernetes disruptions",
      disruption,
      "is held while the budget is not fulfilled, unless the policy is AlwaysAllow",
    ),
    works(
      "silent node: grace, NotReady, evictions",
      "Kubernetes nodes",
      nodes,
      "under %s has a grace of %i s from its last lease, looked at every 5 s",
    ),
    works(
      "scheduler: requests and reasons",
      "Kubernetes scheduling",
      nodes,
      "fills the nodes, then says why a pod must wait, and places it when there is room",
    ),
    works(
      "topology spread",
      "Kubernetes scheduling",
      nodes,
      "spreads hard over zones and refuses what would break the skew",
    ),
    works("anti-affinity", "Kubernetes scheduling", nodes, "keeps pods apart that want no company"),
    works(
      "liveness against slow start",
      "Kubernetes pod lifecycle",
      probes,
      "is killed by its liveness probe for ever",
    ),
    works("startup probe", "Kubernetes pod lifecycle", probes, "lives when a startup probe waits for it"),
    works(
      "crash-loop back-off",
      "Kubernetes pod lifecycle",
      arithmetic,
      "first at once, then 10 s doubled up to 300 s",
    ),
    works(
      "preStop and termination grace",
      "Kubernetes pod lifecycle",
      traffic,
      "waits for its preStop sleep before SIGTERM, inside the grace",
    ),
    works(
      "endpoint propagation",
      "Kubernetes services",
      traffic,
      "a killed pod still gets traffic until the data plane has learned of it",
    ),
    works(
      "events of the kubelet: images, containers, back-off, probes",
      "Kubernetes pod lifecycle",
      "controllers-kubelet-events.test.ts",
      "it fetches the image, makes the container and starts it",
    ),
    works(
      "events of nodes",
      "Kubernetes pod lifecycle",
      "controllers-kubelet-events.test.ts",
      "that it came, is ready, and is cordoned and freed",
    ),
    works("HTTPRoute weights", "Gateway API", traffic, "divides a host by weight between services"),
    works(
      "cron trigger",
      "KEDA",
      "controllers-autoscaling.test.ts",
      "follows a cron window up, and down to zero after the cooldown",
    ),
    works(
      "outage of the control plane",
      "AKS issues",
      "controllers-outage.test.ts",
      "workloads and their traffic go on, and nothing is written",
    ),
  ],
};
