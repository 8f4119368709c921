import { deviates, type ParityArea, works } from "./row.ts";

const metrics = "kubernetes-metrics.test.ts";
const autoscaling = "controllers-autoscaling.test.ts";
const arithmetic = "controllers-autoscaler-replicas.test.ts";
const services = "kubernetes-api-services.test.ts";
const docs = "Kubernetes autoscaling";

export const autoscalingArea: ParityArea = {
  title: "Metrics, autoscalers and aggregated APIs",
  rows: [
    works(
      "metrics.k8s.io: kubectl top",
      "metrics-server",
      metrics,
      "shows them to kubectl top, only of pods that run and were measured",
    ),
    works("metrics.k8s.io: client, windows", "metrics-server", metrics, "shows them to the client"),
    works("metrics of a lost node go", "metrics-server", metrics, "knows nothing of a lost node"),
    works("usage of processes", "metrics-server", "process-runtime.test.ts", "it tells what it and its children use"),
    deviates(
      "usage of everything else",
      "metrics-server",
      "modelled: an idle server, or what the arguments of a stress image ask for; 90m and 900Mi for the system of a node; processes are measured on Linux only; there are no metrics-server pods, and watching is not served",
      [metrics, "shows them to the client"],
    ),
    works("HPA: utilization, missing and unready pods", docs, arithmetic, "%s"),
    works(
      "HPA: several metrics, one of which fails",
      docs,
      autoscaling,
      "does not go down while one of its metrics cannot be had, and says which",
    ),
    works("HPA: refusals of metrics", docs, autoscaling, "says what is wrong with %s"),
    works(
      "HPA: conditions and events",
      docs,
      autoscaling,
      "follows the load up, twice as many at a time, and says why",
    ),
    works(
      "HPA: stabilisation on the way down",
      docs,
      autoscaling,
      "waits five minutes before it goes down, to its least",
    ),
    works("HPA: its own tolerance, from 1.35", docs, autoscaling, "keeps to its own tolerance"),
    works("HPA: two for the same pods", docs, autoscaling, "shares its pods with no other"),
    deviates(
      "HPA: external and custom metrics",
      docs,
      "only those of cron triggers of KEDA have a value; custom.metrics.k8s.io and external.metrics.k8s.io are not served",
      [autoscaling, "says what is wrong with %s"],
    ),
    works(
      "APIService: local ones",
      "Kubernetes aggregation layer",
      services,
      "has a local one for each version that is served",
    ),
    works(
      "APIService: of custom resources",
      "Kubernetes aggregation layer",
      services,
      "follows custom resource definitions",
    ),
    works(
      "APIService: availability",
      "Kubernetes aggregation layer",
      services,
      "says what is missing behind a remote one, step by step",
    ),
    works(
      "APIService: 503 and stale discovery",
      "Kubernetes aggregation layer",
      services,
      "answers 503 for a group that nobody serves, and announces it as stale",
    ),
    deviates(
      "APIService: remote servers",
      "Kubernetes aggregation layer",
      "no request is passed on: with endpoints behind it, one says FailedDiscoveryCheck",
      [services, "says what is missing behind a remote one, step by step"],
    ),
  ],
};
