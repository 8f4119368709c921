/**
 * Every duration that the embedded Azure takes, in one place: median and 95th percentile in seconds of real Azure,
 * where it comes from, and how far to trust it (A: documented or read in source, B: older or inferred, C: reported or
 * measured by others, D: assumed). `scaled` durations are those of the platform and are divided by the time scale;
 * the others belong to the running app (probes, grace, restart back-off) and never are.
 */
export interface Duration {
  readonly medianSeconds: number;
  /** Equal to the median: a constant. */
  readonly p95Seconds: number;
  readonly source: string;
  readonly confidence: "A" | "B" | "C" | "D";
  readonly scaled: boolean;
}

export const defaultCalibration = {
  // Microsoft.ContainerService
  "managedClusters.create": {
    medianSeconds: 310,
    p95Seconds: 531,
    source: "azure-durations: managedClusters.create, n=216",
    confidence: "A",
    scaled: true,
  },
  "managedClusters.update.settings": {
    medianSeconds: 112,
    p95Seconds: 193,
    source: "azure-durations: managedClusters.update.settings, n=96",
    confidence: "A",
    scaled: true,
  },
  "agentPools.create": {
    medianSeconds: 180,
    p95Seconds: 296,
    source: "azure-durations: agentPools.create.linux, n=34",
    confidence: "A",
    scaled: true,
  },
  "managedClusters.updateTags": {
    medianSeconds: 7.9,
    p95Seconds: 22,
    source: "as agentPools.update.settings, which replaces no node either",
    confidence: "D",
    scaled: true,
  },
  "managedClusters.delete": {
    medianSeconds: 240,
    p95Seconds: 420,
    source: "never recorded to its end, assumed",
    confidence: "D",
    scaled: true,
  },
  "managedClusters.abort": {
    medianSeconds: 5.1,
    p95Seconds: 5.1,
    source: "azure-durations: managedClusters.abort, n=1",
    confidence: "B",
    scaled: true,
  },
  "controlPlane.upgrade": {
    medianSeconds: 480,
    p95Seconds: 1200,
    source: "azure-facts 1.7: practitioners' range 5-15 min",
    confidence: "D",
    scaled: true,
  },
  "controlPlane.unreachable": {
    medianSeconds: 30,
    p95Seconds: 90,
    source: "azure-facts 1.7: none documented, up to 300 s reported once",
    confidence: "D",
    scaled: true,
  },
  "agentPools.update.settings": {
    medianSeconds: 7.9,
    p95Seconds: 22,
    source: "azure-durations: agentPools.update.settings, n=14",
    confidence: "A",
    scaled: true,
  },
  "agentPools.delete": {
    medianSeconds: 37,
    p95Seconds: 49,
    source: "azure-durations: agentPools.delete, n=2",
    confidence: "B",
    scaled: true,
  },
  "nodes.provision": {
    medianSeconds: 120,
    p95Seconds: 230,
    source: "azure-facts 1.7: a surge node is ready after 150/300 s, less the join",
    confidence: "D",
    scaled: true,
  },
  "nodes.provisioningTimeout": {
    medianSeconds: 1200,
    p95Seconds: 1200,
    source: "azure-facts 8.1 no. 16: a failed join shows after 5-20 min",
    confidence: "C",
    scaled: true,
  },
  "nodes.delete": {
    medianSeconds: 37,
    p95Seconds: 49,
    source: "azure-durations: agentPools.scale.in and deleteMachines, 34-40 s, n=2",
    confidence: "B",
    scaled: true,
  },
  // Microsoft.App
  "containerApps.create": {
    medianSeconds: 10.5,
    p95Seconds: 15.6,
    source: "azure-durations: containerApps.create, n=181",
    confidence: "A",
    scaled: true,
  },
  // Kubernetes
  "replica.modelCreate": {
    medianSeconds: 0.8,
    p95Seconds: 2,
    source: "pull of a cached image and sandbox, assumed",
    confidence: "D",
    scaled: false,
  },
  "replica.modelStart": {
    medianSeconds: 3,
    p95Seconds: 8,
    source: "start of a Node.js service until it listens, assumed",
    confidence: "D",
    scaled: false,
  },
  "replica.modelStop": {
    medianSeconds: 0.3,
    p95Seconds: 1,
    source: "SIGTERM to exit of an idle Node.js service, assumed",
    confidence: "D",
    scaled: false,
  },
  "images.pullFailure": {
    medianSeconds: 1,
    p95Seconds: 2,
    source: "registry answer for an unknown tag, assumed",
    confidence: "D",
    scaled: false,
  },
  "endpoints.propagation": {
    medianSeconds: 1,
    p95Seconds: 2,
    source: "azure-facts 2.9: EndpointSlice controller and kube-proxy, typically 1-2 s",
    confidence: "B",
    scaled: false,
  },
  "nodes.join": {
    medianSeconds: 30,
    p95Seconds: 70,
    source: "azure-facts 1.7: reimage and join together 180/420 s, share of the join assumed",
    confidence: "D",
    scaled: true,
  },
  "nodes.reimage": {
    medianSeconds: 150,
    p95Seconds: 350,
    source: "azure-facts 1.7: reimage and join together 180/420 s, less the join",
    confidence: "D",
    scaled: true,
  },
  "nodes.leasePeriod": {
    medianSeconds: 10,
    p95Seconds: 10,
    source: "azure-facts 2.8: kubelet lease",
    confidence: "A",
    scaled: true,
  },
  "nodes.monitorPeriod": {
    medianSeconds: 5,
    p95Seconds: 5,
    source: "azure-facts 2.8: node-monitor-period",
    confidence: "A",
    scaled: true,
  },
  "nodes.monitorGrace.before-1.32": {
    medianSeconds: 40,
    p95Seconds: 40,
    source: "azure-facts 2.8: node-monitor-grace-period up to 1.31",
    confidence: "A",
    scaled: true,
  },
  "nodes.monitorGrace": {
    medianSeconds: 50,
    p95Seconds: 50,
    source: "azure-facts 2.8: node-monitor-grace-period from 1.32",
    confidence: "A",
    scaled: true,
  },
  "nodes.evictionInterval": {
    medianSeconds: 10,
    p95Seconds: 10,
    source: "azure-facts 2.8: node-eviction-rate 0.1 per second",
    confidence: "A",
    scaled: true,
  },
  "scaledObjects.pollingInterval": {
    medianSeconds: 30,
    p95Seconds: 30,
    source: "azure-facts 3.1: KEDA pollingInterval",
    confidence: "A",
    scaled: true,
  },
} as const satisfies Record<string, Duration>;

export type DurationName = keyof typeof defaultCalibration;
export type Calibration = Readonly<Record<DurationName, Duration>>;
