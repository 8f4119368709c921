import { deviates, type ParityArea, works } from "./row.ts";

const sets = "controllers-sets.test.ts";
const jobs = "controllers-jobs.test.ts";
const rules = "kubernetes-batch-rules.test.ts";
const kubectl = "kubernetes-workloads.test.ts";
const preemption = "controllers-preemption.test.ts";
const workloads = "Kubernetes workloads";

export const workloadKinds: ParityArea = {
  title: "Stateful sets, daemon sets, jobs, storage and preemption",
  rows: [
    works("stateful set: order", workloads, sets, "comes up in order, each pod after the one before is ready"),
    works("stateful set: Parallel", workloads, sets, "comes up and goes at once when it is Parallel"),
    works("stateful set: rolling update", workloads, sets, "rolls from the highest ordinal, always one pod down"),
    works("stateful set: partition", workloads, sets, "stops at its partition, also for a pod that is made anew"),
    works(
      "stateful set: parallel pods",
      workloads,
      sets,
      "takes one down at a time also when its pods may start together",
    ),
    works(
      "stateful set: revisions",
      workloads,
      sets,
      "a template that comes back gets its old revision with a new number",
    ),
    works("stateful set: claims", workloads, sets, "gives each pod its claims, bound to new volumes, and keeps them"),
    works(
      "persistentVolumeClaimRetentionPolicy",
      workloads,
      sets,
      "lets claims go with pods that are scaled away, and the rest with itself, when its policy says so",
    ),
    works("daemon set: placement", workloads, sets, "runs one pod on each node, also on one that comes later"),
    works("daemon set: tolerations", workloads, sets, "tolerates what would push other pods away"),
    works("daemon set: maxUnavailable", workloads, sets, "rolls with one node down by default"),
    works("daemon set: maxSurge", workloads, sets, "never goes down on a node when it surges"),
    works("daemon set: OnDelete", workloads, sets, "OnDelete replaces only what somebody deletes"),
    works("job: completions and parallelism", workloads, jobs, "keeps to its parallelism"),
    works("job: Indexed", workloads, jobs, "gives each index one pod, with its number in it"),
    works("job: backoffLimit", workloads, jobs, "fails after its back-off limit, waiting longer each time"),
    works(
      "job: backoffLimitPerIndex",
      workloads,
      jobs,
      "fails single indexes by their own limit and goes on with the others",
    ),
    works("job: podFailurePolicy", workloads, jobs, "stops at once for an exit code that its policy calls hopeless"),
    works("job: activeDeadlineSeconds", workloads, jobs, "gives up at its deadline"),
    works("job: suspend", workloads, jobs, "is suspended and resumed"),
    works("job: ttlSecondsAfterFinished", workloads, jobs, "goes when its time to live is over, with its pods"),
    works("cron job: schedule and history", workloads, jobs, "starts a job each time, and keeps three that succeeded"),
    works(
      "cron job: concurrencyPolicy",
      workloads,
      jobs,
      "does not overlap when it is told not to, or replaces what runs",
    ),
    works("cron job: time zone", workloads, jobs, "knows what hour it is elsewhere"),
    works("defaults and refusals of these kinds", workloads, rules, "refuses jobs as the API server does"),
    works("kubectl rollout of all three kinds", workloads, kubectl, "rolls a stateful set forward and back"),
    works("kubectl create job, wait, logs", workloads, kubectl, "runs jobs, waits for them and reads what they wrote"),
    works(
      "sidecar containers",
      "Kubernetes pod lifecycle",
      jobs,
      "starts its sidecars before its containers and ends them after",
    ),
    works("termination messages", "Kubernetes pod lifecycle", jobs, "says with what code and word its container ended"),
    works("preemption", "Kubernetes scheduling", preemption, "takes the place of one with less"),
    works("preemption spares budgets", "Kubernetes scheduling", preemption, "spares pods whose budget would be hurt"),
    works(
      "behaviour policies and stabilisation of autoscalers",
      "Kubernetes autoscaling",
      "controllers-autoscaler-behavior.test.ts",
      "no more within a period than its policy allows",
    ),
    deviates(
      "commands of modelled containers",
      workloads,
      "a small shell is understood (echo, sleep, exit, loops); what else a job runs ends with exit code 0",
      [jobs, "runs its pod to the end, counts it once and lets it be"],
    ),
    deviates("volumes", workloads, "claims are bound at once, no disk is behind them", [
      sets,
      "gives each pod its claims, bound to new volumes, and keeps them",
    ]),
  ],
};
