import { deviates, type ParityRow, works } from "./row.ts";

const api = "Container Apps REST API";
const environments = "container-apps-environments.test.ts";
const jobs = "container-apps-jobs.test.ts";
const labels = "container-apps-labels.test.ts";
const rules = "container-apps-scale-rules.test.ts";

/** Labels, jobs, scale rules, and what environments have below them. */
export const beyondRevisions: readonly ParityRow[] = [
  works(
    "properties by version of the API: what a version does not have is not shown",
    api,
    "container-apps-api-versions.test.ts",
    "of %s in %s is what it has, and not what came later or stayed in preview",
  ),
  works(
    "requests with every documented member",
    api,
    "container-apps-documented.test.ts",
    "make an app that shows all of it again, and take it as a PATCH",
  ),
  works(
    "labels mode: a label takes a new revision when it is ready",
    "Container Apps docs: revisions",
    labels,
    "puts each new revision on its label once it is ready, and deactivates what no label is on",
  ),
  works(
    "labels mode: weights by label, return to an earlier revision",
    "Container Apps docs: revisions",
    labels,
    "shares traffic out by label, and brings a revision of the history back",
  ),
  works(
    "labels mode: into it and out of it",
    "Container Apps docs: revisions",
    labels,
    "is entered from multiple mode with the labels that there are, and left again with the split as it is",
  ),
  works("labelHistories", api, labels, "refuses a new revision without a label, and forgets histories on request"),
  deviates("listCustomHostNameAnalysis", api, "there is no DNS: every name passes", [
    labels,
    "answers an analysis of a host name as for one that is set up",
  ]),
  deviates("authConfigs", api, "authentication settings are kept and not enforced", [
    labels,
    "keeps authentication settings and runs detectors",
  ]),
  works(
    "jobs: PUT, GET, PATCH, DELETE",
    api,
    jobs,
    "is accepted with 201 and an operation of its own kind, and shown with every unset field null",
  ),
  works(
    "jobs: start, executions, replicas",
    "Container Apps docs: jobs",
    jobs,
    "runs an execution as a replica that ends, and lists it with what its containers did",
  ),
  works(
    "jobs: replicaRetryLimit",
    "Container Apps docs: jobs",
    jobs,
    "retries as often as it may, then fails for the back-off limit",
  ),
  works(
    "jobs: replicaTimeout, stop",
    "Container Apps docs: jobs",
    jobs,
    "fails when its time is up, and is stopped on request",
  ),
  works(
    "jobs: parallelism and replicaCompletionCount",
    "Container Apps docs: jobs",
    jobs,
    "runs replicas side by side until enough have succeeded",
  ),
  works(
    "jobs: schedule, suspend, resume",
    "Container Apps docs: jobs",
    jobs,
    "starts by its schedule in UTC, unless it is suspended",
  ),
  works(
    "jobs: events",
    "Container Apps docs: jobs",
    jobs,
    "starts an execution for what waits in a queue, up to its limit",
  ),
  works(
    "daprComponents, listSecrets",
    api,
    environments,
    "is written at once, shown without its secrets' values and without nulls, and deleted with 204",
  ),
  works("daprComponents/resiliencyPolicies", api, environments, "has resiliency policies of its own, which go with it"),
  deviates(
    "storages, certificates, maintenanceConfigurations",
    api,
    "nothing is mounted, PKCS#12 archives are not opened, a window moves no maintenance",
    [environments, "answer with 200 when written and deleted, and hide keys"],
  ),
  works(
    "httpRouteConfigs",
    api,
    environments,
    "gets a host of its own whose paths lead to apps, and tells of targets that are not there",
  ),
  works(
    "workload profiles, billingMeters, usages",
    api,
    environments,
    "lists profiles, their states, meters and usages",
  ),
  works(
    "checkNameAvailability, getAuthtoken, getCustomDomainVerificationId",
    api,
    environments,
    "gives a token, a verification id, and says which names are taken",
  ),
  works(
    "refused ingress settings",
    "Container Apps docs: ingress",
    environments,
    "is refused with rules of both kinds, an address that is none, and external TCP without a network",
  ),
  deviates(
    "allowInsecure, clientCertificateMode, additionalPortMappings, custom domains",
    "Container Apps docs: ingress",
    "shown as sent: the gateway speaks plain HTTP on one port, where TLS has been ended before it",
  ),
  deviates(
    "scale rules by queue, cpu and memory",
    "Container Apps docs: scaling",
    "values come from PUT /_emulator/metrics; a rule without one neither scales nor lets a revision sleep",
    [rules, "sleeps when the queue is not above its activation, and wakes when it is"],
  ),
  works(
    "scale rules by cron",
    "Container Apps docs: scaling",
    rules,
    "keeps its replicas inside the window, and lets the revision sleep after it",
  ),
];
