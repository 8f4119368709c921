import { type ClusterFacts, checkCluster } from "@fairway/core";
import type { FindingCode } from "@fairway/model";
import { expect, test } from "vitest";
import { budget, node, pod, pool, soundCluster, workload } from "./cluster-facts.ts";

const to = (version = "1.35.1", pools: readonly string[] = ["pool1"]) => ({ version, pools });

test("a sound cluster has nothing to find", () => {
  expect(checkCluster(soundCluster(), to())).toEqual([]);
});

interface Case {
  readonly code: FindingCode;
  readonly severity?: "required" | "recommended";
  readonly what: string;
  readonly facts: Partial<ClusterFacts>;
  readonly to?: ReturnType<typeof to>;
  readonly evidence: RegExp;
}

const { settings } = soundCluster();
const [first, second] = [pod("api-1", "a"), pod("api-2", "b")];
const container = first.containers[0];
const webhook = {
  kind: "ValidatingWebhookConfiguration",
  configuration: "policy",
  name: "check.policy",
  failurePolicy: "Fail",
  timeoutSeconds: 10,
  service: { namespace: "shop", name: "api" },
  coversPods: true,
} as const;
const twoPools = {
  pools: [pool("pool1"), pool("gpu", { count: 1, vmSize: "Standard_NC4" })],
  nodes: [node("a"), node("b"), node("c"), node("g", { pool: "gpu" })],
};

const cases: readonly Case[] = [
  { code: "FW001", what: "skips a minor", facts: {}, to: to("1.36.1"), evidence: /no minor version is skipped/ },
  { code: "FW001", what: "is lower", facts: {}, to: to("1.33.1"), evidence: /never back/ },
  { code: "FW001", what: "does not exist", facts: {}, to: to("1.35.9"), evidence: /no such version/ },
  { code: "FW001", what: "is no version", facts: {}, to: to("newest"), evidence: /no Kubernetes version/ },
  {
    code: "FW001",
    what: "leaves a pool too far behind",
    facts: { pools: [pool("pool1"), pool("old", { version: "1.31.5", count: 0 })] },
    evidence: /more than 3 minor versions behind/,
  },
  {
    code: "FW002",
    what: "an API that the version removes",
    facts: { version: "1.36.1", reachable: ["1.37.0"], writes: [write("networking.k8s.io/v1beta1", "ServiceCIDR")] },
    to: to("1.37.0"),
    evidence: /1\.37 removes/,
  },
  {
    code: "FW002",
    severity: "recommended",
    what: "an API that is gone already",
    facts: { writes: [write("policy/v1beta1", "PodDisruptionBudget")] },
    evidence: /helm wrote it as policy\/v1beta1, which 1\.25 has removed/,
  },
  {
    code: "FW004",
    what: "maxUnavailable 0",
    facts: { budgets: [budget({ maxUnavailable: "0" })] },
    evidence: /2 of 2/,
  },
  { code: "FW004", what: "100 %", facts: { budgets: [budget({ minAvailable: "100%" })] }, evidence: /2 of 2/ },
  {
    code: "FW005",
    what: "as many as there are",
    facts: { budgets: [budget({ minAvailable: "2" })] },
    evidence: /2 of 2/,
  },
  {
    code: "FW006",
    what: "one that is not ready",
    facts: { pods: [first, { ...second, isReady: false }] },
    evidence: /not ready: api-2/,
  },
  {
    code: "FW007",
    what: "two budgets",
    facts: { budgets: [budget(), budget({ name: "other" })] },
    evidence: /api, other/,
  },
  {
    code: "FW008",
    severity: "recommended",
    what: "nobody",
    facts: {
      budgets: [budget(), budget({ name: "lost", selector: { matchLabels: { app: "gone" }, matchExpressions: [] } })],
    },
    evidence: /matches no pod/,
  },
  {
    code: "FW009",
    severity: "recommended",
    what: "no budget",
    facts: { budgets: [] },
    evidence: /all of its 2 replicas/,
  },
  {
    code: "FW010",
    what: "a pool beside",
    facts: { ...twoPools, budgets: [budget({ maxUnavailable: "0" })] },
    to: to("1.35.1", ["gpu"]),
    evidence: /2 of 2/,
  },
  {
    code: "FW011",
    what: "a chart",
    facts: { budgets: [budget({ minAvailable: "2", labels: { "app.kubernetes.io/managed-by": "Helm" } })] },
    evidence: /2 of 2/,
  },
  {
    code: "FW012",
    severity: "recommended",
    what: "one replica",
    facts: { workloads: [workload({ replicas: 1 })], pods: [first], budgets: [], services: [] },
    evidence: /only replica/,
  },
  {
    code: "FW013",
    severity: "recommended",
    what: "a minute",
    facts: { workloads: [workload({ minReadySeconds: 60 })] },
    evidence: /minReadySeconds 60/,
  },
  { code: "FW013", what: "an hour", facts: { workloads: [workload({ minReadySeconds: 3_600 })] }, evidence: /3600/ },
  {
    code: "FW014",
    severity: "recommended",
    what: "no probe",
    facts: {
      pods: [{ ...first, containers: [{ ...container, hasReadiness: false }] }, second] as ClusterFacts["pods"],
    },
    evidence: /api: the drain goes on/,
  },
  {
    code: "FW015",
    severity: "recommended",
    what: "no time",
    facts: { pods: [{ ...first, graceSeconds: 0 }, second] },
    evidence: /grace period 0/,
  },
  {
    code: "FW041",
    severity: "recommended",
    what: "pods that leave a node one after another for longer than a drain may take",
    facts: {
      pools: [pool("pool1", { drainTimeoutMinutes: 5 })],
      pods: ["1", "2", "3", "4", "5"].map((name) =>
        pod(`api-${name}`, name === "5" ? "b" : "a", { startSeconds: 101 }),
      ),
      workloads: [workload({ replicas: 5 })],
    },
    evidence: /^4 pods leave it 1 at a time \(shop\/api\), and each takes 101 s .* 303 s, .* 300 s$/,
  },
  { code: "FW015", what: "an hour", facts: { pods: [{ ...first, graceSeconds: 3_600 }, second] }, evidence: /1800 s/ },
  {
    code: "FW016",
    severity: "recommended",
    what: "one node",
    facts: { pods: [first, { ...second, node: "a" }] },
    evidence: /all 2 replicas are on a/,
  },
  {
    code: "FW017",
    severity: "recommended",
    what: "one pool",
    facts: {
      ...twoPools,
      pods: [first, second].map((one) => ({ ...one, nodeSelector: { "kubernetes.azure.com/agentpool": "pool1" } })),
    },
    evidence: /only pool1 takes it/,
  },
  {
    code: "FW018",
    severity: "recommended",
    what: "no requests",
    facts: { pods: [{ ...first, containers: [{ ...container, hasRequests: false }] }, second] as ClusterFacts["pods"] },
    evidence: /no CPU or no memory/,
  },
  {
    code: "FW019",
    severity: "recommended",
    what: "the maximum",
    facts: { autoscalers: soundCluster().autoscalers.map((one) => ({ ...one, maxReplicas: 2 })) },
    evidence: /2 of 2/,
  },
  {
    code: "FW003",
    what: "calls of an old API",
    facts: { deprecatedCalls: [{ apiVersion: "flowcontrol/v1", resource: "flowschemas", removedIn: "1.35" }] },
    evidence: /1\.35 removes it/,
  },
  {
    code: "FW022",
    what: "a flat network without room",
    facts: {
      pools: [pool("pool1", { maxSurge: "2", subnet: "/vnet/a", addressesPerNode: 31 })],
      settings: { ...settings, subnets: [{ id: "/VNET/a", used: 200, limit: 251 }] },
    },
    evidence: /2 surge nodes need 62 addresses, 51 of 251/,
  },
  {
    code: "FW020",
    what: "no vCPUs",
    facts: { settings: { ...settings, quotas: [{ name: "standardDSv5Family", used: 12, limit: 14 }] } },
    evidence: /1 surge nodes of Standard_D4s_v5 need 4 vCPUs, 2 of 14/,
  },
  {
    code: "FW020",
    severity: "recommended",
    what: "vCPUs for one node of two",
    facts: {
      pools: [pool("pool1", { maxSurge: "2" })],
      settings: { ...settings, quotas: [{ name: "cores", used: 12, limit: 16 }] },
    },
    evidence: /2 surge nodes .* need 8 vCPUs, 4 of 16 cores/,
  },
  {
    code: "FW024",
    what: "the past",
    facts: { settings: { ...settings, certificateExpiresAt: "2026-11-01T00:00:00.000Z" } },
    evidence: /expired/,
  },
  {
    code: "FW024",
    severity: "recommended",
    what: "a service principal",
    facts: { settings: { ...settings, usesServicePrincipal: true } },
    evidence: /secret that expires/,
  },
  {
    code: "FW025",
    what: "read only",
    facts: { settings: { ...settings, locks: [{ name: "keep", level: "ReadOnly", scope: "/subscriptions/1" }] } },
    evidence: /no surge node can be made/,
  },
  {
    code: "FW026",
    severity: "recommended",
    what: "a firewall",
    facts: { settings: { ...settings, outboundType: "userDefinedRouting" } },
    evidence: /userDefinedRouting/,
  },
  {
    code: "FW027",
    severity: "recommended",
    what: "two answer",
    facts: { webhooks: [webhook] },
    evidence: /2 pods on 2 nodes/,
  },
  {
    code: "FW027",
    what: "one answers",
    facts: { webhooks: [webhook], pods: [first, { ...second, labels: {} }] },
    evidence: /1 pods on 1 nodes/,
  },
  { code: "FW028", what: "51 tags", facts: { settings: { ...settings, tagCount: 51 } }, evidence: /51 tags/ },
  {
    code: "FW028",
    severity: "recommended",
    what: "an availability set",
    facts: { pools: [pool("pool1", { usesAvailabilitySet: true })] },
    evidence: /availability set/,
  },
  {
    code: "FW029",
    severity: "recommended",
    what: "ingress-nginx",
    facts: {
      pods: [
        first,
        { ...second, containers: [{ ...container, image: "registry.k8s.io/ingress-nginx/controller:v1.12" }] },
      ] as ClusterFacts["pods"],
    },
    evidence: /ingress-nginx/,
  },
  {
    code: "FW030",
    severity: "recommended",
    what: "an old add-on",
    facts: { settings: { ...settings, addons: ["openServiceMesh"] } },
    evidence: /retired/,
  },
  {
    code: "FW031",
    what: "an old Windows",
    facts: { pools: [pool("pool1", { osSku: "Windows2019" })] },
    evidence: /Windows2019/,
  },
  {
    code: "FW032",
    what: "the socket",
    facts: { pods: [{ ...first, hostPaths: ["/var/run/docker.sock"] }, second] },
    evidence: /docker\.sock/,
  },
  {
    code: "FW033",
    severity: "recommended",
    what: "IPVS at 1.35",
    facts: { settings: { ...settings, kubeProxyMode: "ipvs" } },
    evidence: /deprecated/,
  },
  {
    code: "FW033",
    what: "IPVS at 1.36",
    facts: { version: "1.35.1", reachable: ["1.36.1"], settings: { ...settings, kubeProxyMode: "ipvs" } },
    to: to("1.36.1"),
    evidence: /removed/,
  },
  {
    code: "FW034",
    severity: "recommended",
    what: "a cordon",
    facts: { nodes: [node("a"), node("b"), node("c", { isSchedulable: false })] },
    evidence: /cordoned/,
  },
  {
    code: "FW034",
    what: "a lost node",
    facts: { nodes: [node("a"), node("b"), node("c", { isReady: false })] },
    evidence: /not ready/,
  },
  { code: "FW035", what: "a bare pod", facts: { pods: [first, second, bare()] }, evidence: /deletes it for good/ },
  {
    code: "FW035",
    severity: "recommended",
    what: "a scratch volume",
    facts: { pods: [{ ...first, scratchVolumes: ["cache"] }, second] },
    evidence: /cache starts empty/,
  },
  {
    code: "FW036",
    severity: "recommended",
    what: "one endpoint",
    facts: {
      pods: [first, { ...second, labels: { app: "api", tier: "x" } }],
      services: [{ namespace: "shop", name: "x", selector: { tier: "x" } }],
    },
    evidence: /api-2 alone/,
  },
  { code: "FW037", what: "stopped", facts: { isStopped: true }, evidence: /stopped/ },
  { code: "FW037", what: "busy", facts: { provisioningState: "Upgrading" }, evidence: /Upgrading/ },
  {
    code: "FW037",
    severity: "recommended",
    what: "failed",
    facts: { pools: [pool("pool1", { provisioningState: "Failed" })] },
    evidence: /ended Failed/,
  },
  {
    code: "FW038",
    severity: "recommended",
    what: "no window",
    facts: { settings: { ...settings, maintenance: [] } },
    evidence: /no maintenance window/,
  },
  {
    code: "FW038",
    what: "a channel without a window",
    facts: { settings: { ...settings, maintenance: [], autoUpgradeChannel: "stable" } },
    evidence: /channel stable/,
  },
  {
    code: "FW040",
    severity: "recommended",
    what: "60 nodes one by one",
    facts: { pools: [pool("pool1", { count: 60 })] },
    evidence: /open for 4 h; the upgrade takes up to 4\.\d h/,
  },
];

test.for(cases)("$code is found: $what", ({ code, severity = "required", facts, to: target = to(), evidence }) => {
  const found = checkCluster(soundCluster(facts), target).filter((finding) => finding.code === code);
  expect(found).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ code, severity, evidence: expect.stringMatching(evidence) as unknown }),
    ]),
  );
  for (const { subject, fix } of found) expect([subject, fix]).not.toContain("");
});

test("findings come in one order, required ones first", () => {
  const facts = soundCluster({ isStopped: true, budgets: [], settings: { ...settings, maintenance: [] } });
  const found = checkCluster(facts, to());
  expect(found.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
    "required FW037",
    "recommended FW009",
    "recommended FW038",
  ]);
});

function write(apiVersion: string, kind: string): ClusterFacts["writes"][number] {
  return { kind, namespace: "shop", name: "api", apiVersion, by: "helm" };
}

function bare(): ClusterFacts["pods"][number] {
  const { owner: _, ...rest } = pod("lonely", "c", { labels: { app: "other" } });
  return rest;
}
