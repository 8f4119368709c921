import { type Duration, fixed, lognormal, ofApp, ofPlatform, uniform } from "./entry.ts";

/** Kubernetes and what runs in it. Replicas of the process runtime start and end as they really do. */
export const kubernetesDurations = {
  "replica.modelCreate": ofApp(lognormal(0.8, 2), "D", "pull of a cached image and sandbox, assumed"),
  "replica.modelStart": ofApp(lognormal(3, 8), "D", "start of a Node.js service until it listens, assumed"),
  "replica.modelStop": ofApp(lognormal(0.3, 1), "D", "SIGTERM to exit of an idle Node.js service, assumed"),
  "images.pullFailure": ofApp(lognormal(1, 2), "D", "a registry's answer for an unknown tag, assumed"),
  "endpoints.propagation": ofApp(
    lognormal(1, 2),
    "B",
    "Kubernetes' scalability tests: EndpointSlice controller and kube-proxy, typically 1 to 2 s",
  ),
  "nodes.leasePeriod": ofPlatform(fixed(10), "A", "Kubernetes docs: a kubelet renews its lease every 10 s"),
  "nodes.monitorPeriod": ofPlatform(fixed(5), "A", "Kubernetes docs: node-monitor-period"),
  "nodes.monitorGrace.before-1.32": ofPlatform(fixed(40), "A", "Kubernetes docs: node-monitor-grace-period up to 1.31"),
  "nodes.monitorGrace": ofPlatform(fixed(50), "A", "Kubernetes docs: node-monitor-grace-period from 1.32"),
  "nodes.evictionInterval": ofPlatform(fixed(10), "A", "Kubernetes docs: node-eviction-rate 0.1 per second"),
  "nodes.podCollection": ofPlatform(
    uniform(40, 60),
    "A",
    "kubernetes/kubernetes pkg/controller/podgc: looks every 20 s, quarantine 40 s",
  ),
  "scheduler.backOff.first": ofPlatform(fixed(1), "A", "Kubernetes docs: podInitialBackoffSeconds of kube-scheduler"),
  "scheduler.backOff.longest": ofPlatform(fixed(10), "A", "Kubernetes docs: podMaxBackoffSeconds of kube-scheduler"),
  "scheduler.refusal": ofPlatform(
    fixed(1 / 140),
    "B",
    "kubernetes/kubernetes test/integration/scheduler_perf: least throughput of Unschedulable, 10,000 pods",
  ),
  "metricsServer.scrape": ofPlatform(fixed(15), "B", "metrics-server's manifest: metric-resolution"),
  "metricsServer.leastAge": ofPlatform(
    fixed(10),
    "A",
    "metrics-server pkg/storage/pod.go: what runs for less has no sample",
  ),
  "horizontalPodAutoscalers.sync": ofPlatform(fixed(15), "A", "Kubernetes docs: horizontal-pod-autoscaler-sync-period"),
  "horizontalPodAutoscalers.cpuInitialization": ofPlatform(
    fixed(300),
    "A",
    "Kubernetes docs: horizontal-pod-autoscaler-cpu-initialization-period",
  ),
  "horizontalPodAutoscalers.readinessDelay": ofPlatform(
    fixed(30),
    "A",
    "Kubernetes docs: horizontal-pod-autoscaler-initial-readiness-delay",
  ),
  "scaledObjects.pollingInterval": ofPlatform(fixed(30), "A", "KEDA docs: pollingInterval"),
} as const satisfies Record<string, Duration>;
