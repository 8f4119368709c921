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
  "containerApps.update": {
    medianSeconds: 9.7,
    p95Seconds: 13,
    source: "azure-durations: containerApps.put.existing, n=62",
    confidence: "A",
    scaled: true,
  },
  "containerApps.patch.template": {
    medianSeconds: 11,
    p95Seconds: 18.1,
    source: "azure-durations: containerApps.patch.template, n=111",
    confidence: "A",
    scaled: true,
  },
  "containerApps.patch.configuration": {
    medianSeconds: 10.5,
    p95Seconds: 13,
    source: "azure-durations: containerApps.patch.traffic and .ingressOther, n=41",
    confidence: "A",
    scaled: true,
  },
  "containerApps.startOrStop": {
    medianSeconds: 10,
    p95Seconds: 15,
    source: "never recorded, assumed to be like other writes of an app",
    confidence: "D",
    scaled: true,
  },
  "containerApps.delete": {
    medianSeconds: 9.5,
    p95Seconds: 10.5,
    source: "azure-durations: containerApps.delete, n=75, bound by polling",
    confidence: "B",
    scaled: true,
  },
  "containerApps.trafficPropagation": {
    medianSeconds: 5,
    p95Seconds: 30,
    source: "azure-facts 4.2: seconds to about a minute",
    confidence: "D",
    scaled: true,
  },
  "revisions.create": {
    medianSeconds: 3,
    p95Seconds: 6,
    source: "azure-durations: createdTime of a revision lies within the write's 10 s, share assumed",
    confidence: "D",
    scaled: true,
  },
  "revisions.scheduleReplica": {
    medianSeconds: 2,
    p95Seconds: 4,
    source: "azure-facts 4.5: schedule 1-3 s",
    confidence: "D",
    scaled: true,
  },
  "revisions.deprovisionDelay": {
    medianSeconds: 12,
    p95Seconds: 25,
    source: "azure-durations: old revision Deprovisioning 28 s after the new one was created, 16 s last active",
    confidence: "C",
    scaled: true,
  },
  "scaling.scaleDownStabilization": {
    medianSeconds: 300,
    p95Seconds: 300,
    source: "azure-facts 4.4: scale-down stabilization",
    confidence: "A",
    scaled: true,
  },
  "managedEnvironments.create": {
    medianSeconds: 108,
    p95Seconds: 337,
    source: "azure-durations: managedEnvironments.create.noVnet, n=42",
    confidence: "A",
    scaled: true,
  },
  "managedEnvironments.update": {
    medianSeconds: 108,
    p95Seconds: 157,
    source: "azure-durations: managedEnvironments.patch.settings, n=27",
    confidence: "A",
    scaled: true,
  },
  "managedEnvironments.patch.empty": {
    medianSeconds: 10,
    p95Seconds: 34,
    source: "azure-durations: managedEnvironments.patch.empty, n=15",
    confidence: "B",
    scaled: true,
  },
  "managedEnvironments.delete": {
    medianSeconds: 1061,
    p95Seconds: 1166,
    source: "azure-durations: managedEnvironments.delete, n=5",
    confidence: "B",
    scaled: true,
  },
  "maintenance.batchPause": {
    medianSeconds: 120,
    p95Seconds: 300,
    source: "time between two nodes of a platform update, assumed",
    confidence: "D",
    scaled: true,
  },
  "maintenance.batchTimeout": {
    medianSeconds: 600,
    p95Seconds: 600,
    source: "how long an update waits for replicas before it goes on with the next node, assumed",
    confidence: "D",
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
  "nodes.podCollection": {
    medianSeconds: 50,
    p95Seconds: 60,
    source: "kubernetes pkg/controller/podgc: looks every 20 s, quarantine 40 s",
    confidence: "A",
    scaled: true,
  },
  "horizontalPodAutoscalers.sync": {
    medianSeconds: 15,
    p95Seconds: 15,
    source: "azure-facts 2.6: horizontal-pod-autoscaler-sync-period",
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
