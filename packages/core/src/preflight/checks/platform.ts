import type { Finding } from "@fairway/model";
import { type ClusterCheck, isPlatform } from "../check.ts";
import { estimateUpgrade } from "../estimate.ts";

/** FW037: stopped, failed, or busy with something else. */
export const checkState: ClusterCheck = (facts) => {
  if (facts.isStopped) {
    return [state("required", "the cluster", "it is stopped", "az aks start --resource-group GROUP --name CLUSTER")];
  }
  const cluster = settled(facts.provisioningState) ? [] : [stateOf("the cluster", facts.provisioningState)];
  const pools = facts.pools
    .filter((pool) => !settled(pool.provisioningState))
    .map((pool) => stateOf(`node pool ${pool.name}`, pool.provisioningState));
  return [...cluster, ...pools];
};

function settled(provisioningState: string): boolean {
  return provisioningState === "Succeeded";
}

/** A failed or cancelled one is repaired by the next write, which the upgrade is; a busy one takes none. */
function stateOf(subject: string, provisioningState: string): Finding {
  if (provisioningState === "Failed" || provisioningState === "Canceled") {
    return state(
      "recommended",
      subject,
      `its last operation ended ${provisioningState}`,
      "Find out why, then let Azure reconcile: az aks update --resource-group GROUP --name CLUSTER",
    );
  }
  return state(
    "required",
    subject,
    `it is ${provisioningState}`,
    "Wait for the end of the operation, or: fairway upgrade abort",
  );
}

function state(severity: Finding["severity"], subject: string, evidence: string, fix: string): Finding {
  return { code: "FW037", severity, subject, evidence, fix };
}

/** FW024: within this time somebody must renew it. */
const soonDays = 30;

export const checkCredentials: ClusterCheck = ({ settings, takenAt }) => {
  const findings: Finding[] = [];
  const { certificateExpiresAt, usesServicePrincipal } = settings;
  if (certificateExpiresAt !== undefined) {
    const days = Math.floor((Date.parse(certificateExpiresAt) - Date.parse(takenAt)) / 86_400_000);
    if (days < soonDays) {
      const evidence =
        days < 0 ? `expired on ${certificateExpiresAt}` : `expires in ${days} days, on ${certificateExpiresAt}`;
      const fix =
        "az aks rotate-certs --resource-group GROUP --name CLUSTER (the API server is away for up to 30 minutes)";
      findings.push({
        code: "FW024",
        severity: days < 1 ? "required" : "recommended",
        subject: "cluster certificate",
        evidence,
        fix,
      });
    }
  }
  if (usesServicePrincipal) {
    findings.push({
      code: "FW024",
      severity: "recommended",
      subject: "service principal",
      evidence: "the cluster signs in with a secret that expires; a node that joins after that has no identity",
      fix: "az aks update --resource-group GROUP --name CLUSTER --enable-managed-identity, or az ad app credential list --id APP to see the date",
    });
  }
  return findings;
};

/** FW025: AKS writes into the group of the nodes. */
export const checkLocks: ClusterCheck = ({ settings }) =>
  settings.locks.map(({ name, level, scope }) => ({
    code: "FW025",
    severity: "required",
    subject: `lock ${name}`,
    evidence: `${level} on ${scope}: ${level === "ReadOnly" ? "no surge node can be made" : "no surge node can be removed again"}`,
    fix: `az lock delete --ids ${scope}/providers/Microsoft.Authorization/locks/${name}`,
  }));

/** FW026 */
export const checkOutbound: ClusterCheck = ({ settings }) => {
  const { outboundType } = settings;
  if (outboundType !== "userDefinedRouting" && outboundType !== "none") return [];
  return [
    {
      code: "FW026",
      severity: "recommended",
      subject: "outbound traffic",
      evidence: `outboundType ${outboundType}: every new node must reach the API server, the registry and the package servers through it`,
      fix: "Compare the rules of the firewall with the AKS docs, outbound network rules, then add one node as a trial: az aks nodepool scale --resource-group GROUP --cluster-name CLUSTER --name POOL --node-count N",
    },
  ];
};

/** FW028: availability sets are rolled without surge, and Azure refuses a write beyond 50 tags (Azure docs, tags). */
export const checkShape: ClusterCheck = ({ pools, settings }) => [
  ...pools
    .filter(({ usesAvailabilitySet }) => usesAvailabilitySet)
    .map(
      ({ name }): Finding => ({
        code: "FW028",
        severity: "recommended",
        subject: `node pool ${name}`,
        evidence: "its machines are an availability set, which is rolled machine by machine and is retired",
        fix: "Move the workloads to a pool of type VirtualMachineScaleSets.",
      }),
    ),
  ...(settings.tagCount > mostTags - ownTags
    ? [
        {
          code: "FW028" as const,
          severity: settings.tagCount > mostTags ? ("required" as const) : ("recommended" as const),
          subject: "tags",
          evidence: `${settings.tagCount} tags: every machine gets them and some ${ownTags} of AKS's own, and takes ${mostTags}`,
          fix: "Remove tags from the cluster and its pools: az aks update --resource-group GROUP --name CLUSTER --tags …",
        },
      ]
    : []),
];

/** Azure docs, limits of tags. */
const mostTags = 50;
/** `aks-managed-…` on a scale set, as AKS docs show one; how many there are differs. */
const ownTags = 10;

/** FW029: no fixes since March 2026 (Kubernetes blog, ingress NGINX retirement). */
export const checkIngress: ClusterCheck = ({ pods }) => {
  const pod = pods.find(
    ({ namespace, containers }) =>
      !isPlatform(namespace) &&
      containers.some(({ image }) => /ingress-nginx\/controller|nginx-ingress-controller/.test(image)),
  );
  if (!pod) return [];
  return [
    {
      code: "FW029",
      severity: "recommended",
      subject: `Pod ${pod.namespace}/${pod.name}`,
      evidence: `${pod.containers.map(({ image }) => image).join(", ")}: retired, nobody tests it against newer versions`,
      fix: "Move to the Gateway API: Application Gateway for Containers, or the application routing add-on.",
    },
  ];
};

/** FW030: add-ons that AKS has retired (AKS release notes). */
export const checkAddons: ClusterCheck = ({ settings }) =>
  settings.addons
    .filter((name) => retiredAddons[name] !== undefined)
    .map((name) => ({
      code: "FW030",
      severity: "recommended",
      subject: `add-on ${name}`,
      evidence: "AKS has retired it: it is not brought along to newer versions",
      fix: retiredAddons[name] ?? "",
    }));

const retiredAddons: Readonly<Record<string, string>> = {
  httpApplicationRouting:
    "Use the application routing add-on, then: az aks disable-addons --resource-group GROUP --name CLUSTER --addons http_application_routing",
  kubeDashboard: "az aks disable-addons --resource-group GROUP --name CLUSTER --addons kube-dashboard",
  openServiceMesh:
    "Use the Istio add-on, then: az aks disable-addons --resource-group GROUP --name CLUSTER --addons open-service-mesh",
  podIdentity:
    "Use workload identity, then: az aks update --resource-group GROUP --name CLUSTER --disable-pod-identity",
};

/** FW027: while its pods are drained nothing can be made in the cluster, and the drain goes on needing that. */
export const checkWebhooks: ClusterCheck = ({ webhooks, pods, services }) =>
  webhooks.flatMap((webhook): readonly Finding[] => {
    const { service } = webhook;
    if (webhook.failurePolicy !== "Fail" || !webhook.coversPods || !service || isPlatform(service.namespace)) return [];
    const selector = services.find(
      ({ namespace, name }) => namespace === service.namespace && name === service.name,
    )?.selector;
    const answering = pods.filter(
      (pod) =>
        selector !== undefined &&
        pod.namespace === service.namespace &&
        pod.isReady &&
        Object.entries(selector).every(([key, value]) => pod.labels[key] === value),
    );
    const nodes = new Set(answering.map(({ node }) => node));
    return [
      {
        code: "FW027",
        severity: nodes.size < 2 ? "required" : "recommended",
        subject: `${webhook.kind} ${webhook.configuration}`,
        evidence: `${webhook.name} refuses pods when ${service.namespace}/${service.name} does not answer within ${webhook.timeoutSeconds} s; ${answering.length} pods on ${nodes.size} nodes answer`,
        fix: "Run two replicas on different nodes with a budget, exclude kube-system, or set failurePolicy: Ignore for the time of the upgrade.",
      },
    ];
  });

/** FW038 and FW040 */
export const checkWindows: ClusterCheck = (facts, upgrade) => {
  const { maintenance, autoUpgradeChannel } = facts.settings;
  const window = maintenance.find(({ name }) => name === "aksManagedAutoUpgradeSchedule") ?? maintenance[0];
  if (!window) {
    const isAutomatic = autoUpgradeChannel !== "" && autoUpgradeChannel !== "none";
    const evidence = isAutomatic
      ? `channel ${autoUpgradeChannel} upgrades the cluster at any hour`
      : "there is no maintenance window: what Azure must do it does at any hour";
    const fix =
      "az aks maintenanceconfiguration add --resource-group GROUP --cluster-name CLUSTER --name aksManagedAutoUpgradeSchedule --schedule-type Weekly --day-of-week Tuesday --start-time 01:00 --duration 4 …";
    return [
      {
        code: "FW038",
        severity: isAutomatic ? "required" : "recommended",
        subject: "maintenance window",
        evidence,
        fix,
      },
    ];
  }
  const { p95Minutes } = estimateUpgrade(facts, upgrade);
  if (p95Minutes <= window.durationHours * 60) return [];
  return [
    {
      code: "FW040",
      severity: "recommended",
      subject: `maintenance window ${window.name}`,
      evidence: `it is open for ${window.durationHours} h; the upgrade takes up to ${Math.ceil(p95Minutes / 6) / 10} h (95 of 100 times)`,
      fix: "Raise maxSurge of the large pools, or upgrade them on several evenings: fairway upgrade run --pool NAME",
    },
  ];
};
