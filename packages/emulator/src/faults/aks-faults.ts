import { afterNodes, cluster, duration, image, integer, pool, text, texts } from "./fields.ts";
import type { FaultDefinition, FaultKind } from "./parameter-types.ts";

const budget = {
  ...cluster,
  namespace: text("Namespace of the budget."),
  selector: texts("Labels of the pods. Default: every pod of the namespace."),
  ...duration,
};

/** Faults of AKS. Source: its troubleshooting pages, its changelog, and the issues that are named. */
export const aksFaults = {
  "pdb-blocks-drain": {
    description: "A disruption budget that is never met, as charts ship them hidden.",
    trigger: "a drain by an upgrade or a scale-in, until the drain timeout",
    visible: ["eviction 429", "UpgradeFailed", "provisioningState Failed"],
    source: "Azure/AKS 4783, 3384",
    fields: budget,
  },
  "pdb-precheck": {
    description: "A disruption budget that allows nothing, anywhere in the cluster.",
    trigger: "an upgrade of any pool, before it starts",
    visible: ["UnsatisfiablePDB"],
    source: "Azure/AKS 4805, 4839, 4860",
    fields: budget,
  },
  "state-drift": {
    description: "An upgrade of a pool fails in the middle: the resource shows the new version, nodes run the old one.",
    trigger: "an upgrade of the pool",
    visible: ["InternalOperationError", "provisioningState Failed", "orchestratorVersion newer than kubelets"],
    source: "Azure/AKS 3558",
    fields: { ...cluster, ...pool, ...afterNodes, ...duration },
  },
  "leftover-cordon": {
    description: "An upgrade of a pool fails and leaves a node cordoned and its surge node behind.",
    trigger: "an upgrade of the pool",
    visible: ["InternalOperationError", "SchedulingDisabled", "one node too many"],
    source: "Azure/AKS 3439",
    fields: { ...cluster, ...pool, ...afterNodes, ...duration },
  },
  "quota-surge": {
    description: "The subscription may use no more than so many vCPUs of a family.",
    trigger: "a create, a scale-out, or the surge of an upgrade",
    visible: ["ErrCode_InsufficientVCPUQuota", "QuotaExceeded"],
    source: "Azure/AKS 799, 4425, 4818",
    fields: {
      vcpus: integer("The limit.", 0, 1_000_000, true),
      family: text("Quota family, as usages name it. Default: every family.", false),
      ...duration,
    },
  },
  "zonal-capacity": {
    description: "The size is out of stock, although quota is free.",
    trigger: "a machine of the pool is made or redeployed: scale-out, surge, repair",
    visible: ["AllocationFailed", "ZonalAllocationFailed", "OverconstrainedZonalAllocationRequest", "SkuNotAvailable"],
    source: "Azure/AKS 5059, 1272",
    fields: {
      ...cluster,
      ...pool,
      code: text("Default ZonalAllocationFailed.", false, [
        "AllocationFailed",
        "ZonalAllocationFailed",
        "OverconstrainedZonalAllocationRequest",
        "SkuNotAvailable",
      ]),
      ...duration,
    },
  },
  "subnet-full": {
    description: "The subnet has no addresses left for new nodes.",
    trigger: "a PUT of the cluster or of one of its pools",
    visible: ["SubnetIsFull", "InsufficientSubnetSize"],
    source: "Azure/AKS 3221",
    fields: {
      ...cluster,
      code: text("Default InsufficientSubnetSize.", false, ["InsufficientSubnetSize", "SubnetIsFull"]),
      ...duration,
    },
  },
  "cni-ip-starvation": {
    description: "The network plugin has no address for new pods.",
    trigger: "a pod starts: after a drain, a rollout, a scale-out",
    visible: ["ContainerCreating", "event FailedCreatePodSandBox"],
    source: "Azure/azure-container-networking 2999; Azure/AKS 2532, 673",
    fields: { ...cluster, ...image, ...duration },
  },
  "controlplane-stuck": {
    description:
      "The control plane's upgrade fails at its end. Its version may be the new one already; a PUT repairs it.",
    trigger: "an upgrade of the control plane",
    visible: ["ControlPlaneProvisioningInternalError", "ProvisioningControlPlaneError", "provisioningState Failed"],
    source: "Azure/AKS 962, 4022, 3231",
    fields: {
      ...cluster,
      code: text("Default ControlPlaneProvisioningInternalError.", false, [
        "ControlPlaneProvisioningInternalError",
        "ProvisioningControlPlaneError",
      ]),
      ...duration,
    },
  },
  "apiserver-gap": {
    description: "Nobody reaches the API server for a while; workloads go on. Default five minutes.",
    trigger: "at once",
    visible: ["connection refused", "workloads go on"],
    source: "Azure/AKS 2150, 1506",
    fields: { ...cluster, ...duration },
  },
  "konnectivity-broken": {
    description: "The tunnel from the API server to the nodes is down: logs and exec fail while workloads serve.",
    trigger: "kubectl logs, exec, attach, port-forward, proxy",
    visible: ["500 error dialing backend"],
    source: "Azure/AKS 2452, 626, 232",
    fields: { ...cluster, ...duration },
  },
  "webhook-deadlock": {
    description: "A fail-closed admission webhook whose pods are down. Deleting its configuration recovers.",
    trigger: "a create or update by a client outside of kube-system",
    visible: ["500 InternalError failed calling webhook"],
    source: "kyverno/kyverno 4453; open-policy-agent/gatekeeper 3183; Azure/AKS 4326",
    fields: { ...cluster, webhook: text("Default validate.policy.fairway.test.", false), ...duration },
  },
  "removed-api": {
    description: "A workload still uses an API that the target version has removed.",
    trigger: "an upgrade of the cluster to another minor, without force",
    visible: ["UpgradeBlockedOnDeprecatedAPIUsage"],
    source: "helm/helm 12803; AKS docs: stop upgrades on breaking API changes",
    fields: { ...cluster, api: text("Such as policy/v1beta1."), ...duration },
  },
  "dns-broken": {
    description: "Names of services are not found from inside the cluster.",
    trigger: "a request between apps of the cluster",
    visible: ["name not found", "503 from a dependency"],
    source: "Azure/AKS 3162, 2052, 1320",
    fields: { ...cluster, ...duration },
  },
  "identity-lost": {
    description: "Nodes have lost the identity that images are pulled with.",
    trigger: "a container starts",
    visible: ["ErrImagePull", "ImagePullBackOff", "401 Unauthorized"],
    source: "Azure/AKS 1650, 2951, 4593",
    fields: { ...cluster, ...image, ...duration },
  },
  "volume-stuck": {
    description: "A disk is still attached to another node.",
    trigger: "a pod starts",
    visible: ["ContainerCreating", "event FailedAttachVolume"],
    source: "Azure/AKS 1278, 477, 884",
    fields: { ...cluster, ...image, ...duration },
  },
  throttled: {
    description: "Azure Resource Manager, or a provider behind it, answers 429.",
    trigger: "any call",
    visible: ["429 Throttled", "429 SubscriptionRequestsThrottled", "429 TooManyRequests", "Retry-After"],
    source: "Azure/AKS 1187, 1413; kubernetes/autoscaler 2817",
    fields: {
      provider: text("Namespace, such as Microsoft.ContainerService. Default: every call.", false),
      code: text("Default SubscriptionRequestsThrottled.", false, [
        "SubscriptionRequestsThrottled",
        "Throttled",
        "TooManyRequests",
      ]),
      retryAfterSeconds: integer("Default 30; divided by the time scale.", 1, 3_600),
      ...duration,
    },
  },
  "behaviour-change": {
    description: "After an upgrade an app needs more memory than it may have: it is killed some time after its start.",
    trigger: "a container starts",
    visible: ["OOMKilled", "exit code 137", "CrashLoopBackOff"],
    source: "Azure/AKS 3443, 3729, 4154",
    fields: {
      image: text("Image of the containers, with its tag; * stands for any text."),
      afterMs: integer("Time that the container lives, in milliseconds, not scaled.", 0, 86_400_000, true),
      ...duration,
    },
  },
} as const satisfies Partial<Record<FaultKind, FaultDefinition>>;
