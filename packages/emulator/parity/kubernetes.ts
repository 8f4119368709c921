import { deviates, missing, type ParityArea, works } from "./row.ts";

const client = "kubernetes-client.test.ts";
const http = "kubernetes-http.test.ts";
const cli = "kubernetes-kubectl.test.ts";
const watch = "kubernetes-watch.test.ts";
const crowd = "kubernetes-crowd.test.ts";
const badClients = "kubernetes-bad-clients.test.ts";
const deletion = "kubernetes-deletion.test.ts";

const expressions = "kubernetes-expressions.test.ts";
/** The titles of its stories stand where they were recorded. */
const stories = "packages/emulator/test/recorded/expressions.jsonl";
const definitions = "kubernetes-definitions.test.ts";
const admission = "kubernetes-admission.test.ts";
const controllerPods = "kubernetes-controller-pods.test.ts";
const access = "kubernetes-access.test.ts";

export const kubernetes: ParityArea = {
  title: "Kubernetes API",
  rows: [
    works(
      "discovery, plain and aggregated",
      "Kubernetes API concepts",
      http,
      "describes itself, plainly and aggregated",
    ),
    works(
      "content negotiation",
      "Kubernetes API concepts",
      http,
      "answers in the form that the client accepts, or 406",
    ),
    works(
      "field validation: warn and strict",
      "Kubernetes API concepts",
      http,
      "warns of unknown fields, drops them, and refuses them when told to be strict",
    ),
    works("bearer token", "Kubernetes authentication", http, "wants the bearer token, except for version and health"),
    works("lists in pages", "Kubernetes API concepts", client, "lists in pages"),
    works("label and field selectors", "Kubernetes API concepts", client, "selects by labels and fields"),
    works(
      "optimistic concurrency",
      "Kubernetes API conventions",
      client,
      "refuses a stale update with 409 and takes it with the current version",
    ),
    works(
      "generation",
      "Kubernetes API conventions",
      client,
      "raises the generation for a changed spec and not for changed labels or status",
    ),
    works(
      "strategic and merge patches",
      "Kubernetes API conventions",
      client,
      "merges containers and environment by name in a strategic merge patch, and replaces them in a merge patch",
    ),
    works("dry run", "Kubernetes API concepts", client, "writes nothing in a dry run, and checks everything"),
    works("generateName", "Kubernetes API concepts", client, "makes names from a prefix"),
    works("scale subresource", "Kubernetes API concepts", client, "scales through the scale subresource only"),
    works(
      "server-side apply: conflicts and force",
      "Kubernetes server-side apply",
      "kubernetes-apply.test.ts",
      "refuses to change what another manager applied, names the field, and takes it over when forced",
    ),
    works(
      "server-side apply: removal of fields",
      "Kubernetes server-side apply",
      "kubernetes-apply.test.ts",
      "removes what the manager no longer applies, and leaves what others own",
    ),
    works(
      "watch: resumption",
      "Kubernetes API concepts",
      watch,
      "resumes after a version without losing or repeating anything",
    ),
    works("watch: 410 Gone", "Kubernetes API concepts", watch, "tells who comes too late that the version is gone"),
    works(
      "watch: bookmarks",
      "Kubernetes API concepts",
      watch,
      "ends the initial events with a bookmark when asked to",
    ),
    works(
      "watch: more initial events than a client may leave unread",
      "Kubernetes API concepts",
      crowd,
      "sends a watcher more than anybody may leave unread, as fast as it reads",
    ),
    works(
      "watch: a thousand at a time",
      "Kubernetes API concepts",
      crowd,
      "tells a thousand watchers of a change, answers others meanwhile, and forgets who goes",
    ),
    works(
      "watch: readers that do not read are dropped",
      "Kubernetes API concepts",
      crowd,
      "drops a watcher that no longer reads, and nobody else",
    ),
    works(
      "list: written in pieces",
      "Kubernetes API concepts",
      crowd,
      "lists what is many times its memory to a client that reads slowly, and serves others",
    ),
    works(
      "413 RequestEntityTooLarge beyond 3 MiB",
      "Kubernetes API concepts",
      badClients,
      "are refused 5 MB, whether they say how much comes or not",
    ),
    works(
      "headers of up to 1 MiB",
      "Kubernetes API concepts",
      badClients,
      "may send headers of up to a megabyte, and no more",
    ),
    works(
      "annotations of up to 256 KiB",
      "Kubernetes API concepts",
      badClients,
      "may have ten thousand annotations, as long as they are within 256 KiB",
    ),
    works("YAML bombs", "Kubernetes API concepts", badClients, "cannot blow up YAML by its aliases, nor by its depth"),
    works(
      "pipelined requests",
      "HTTP semantics",
      badClients,
      "are answered in order when they do not wait for answers",
    ),
    works(
      "clients that vanish",
      "HTTP semantics",
      badClients,
      "leave nothing behind when they vanish in the middle of a request, a list or a watch",
    ),
    works(
      "clients that send too slowly",
      "HTTP semantics",
      badClients,
      "gives a client that sends a byte now and then 408, and others do not wait for it",
    ),
    works("finalizers", "Kubernetes garbage collection", deletion, "keeps an object until its last finalizer is gone"),
    works(
      "deletion grace of pods",
      "Kubernetes pod lifecycle",
      deletion,
      "lets a pod on a node go with grace and removes one that never ran at once",
    ),
    works(
      "orphan deletion",
      "Kubernetes garbage collection",
      deletion,
      "lets dependents live when orphaned, and refuses an order that nobody knows",
    ),
    works(
      "namespaces are emptied",
      "Kubernetes garbage collection",
      deletion,
      "empties a deleted namespace and then removes it",
    ),
    works(
      "logs: tail, since, previous, follow",
      "kubectl",
      "kubernetes-logs.test.ts",
      "shows what the running container wrote, cut as asked",
    ),
    works("kubectl get", "kubectl", cli, "lists nodes and pods"),
    works("kubectl apply, both sides", "kubectl", cli, "takes over from client-side to server-side apply"),
    works("kubectl rollout", "kubectl", cli, "follows a rollout by what the controller writes into the status"),
    works("kubectl describe", "kubectl", cli, "describes"),
    works("kubectl drain", "kubectl", cli, "cordons, and drains through evictions"),
    works(
      "validation with causes",
      "Kubernetes API conventions",
      "kubernetes-validation.test.ts",
      "refuses a deployment with %s",
    ),
    works(
      "foreground deletion",
      "Kubernetes garbage collection",
      "kubernetes-cascade.test.ts",
      "deletes pods before replica sets before the deployment, in the foreground",
    ),
    works(
      "custom resource definitions: Established, discovery, deletion",
      "Kubernetes custom resources",
      definitions,
      "serve their kinds once their names are accepted, and take the objects with them when they go",
    ),
    works(
      "structural schemas: pruning, defaults, validation",
      "Kubernetes custom resources",
      definitions,
      "default, prune and refuse as their schema says",
    ),
    works(
      "printer columns and scale of custom resources",
      "Kubernetes custom resources",
      definitions,
      "print their columns, and scale where they say",
    ),
    works(
      "selectable fields of custom resources",
      "Kubernetes custom resources",
      definitions,
      "are selected by the fields that their definition names, and by no others",
    ),
    works(
      "several versions of a custom resource, deprecation warnings",
      "Kubernetes custom resources",
      definitions,
      "show the same object in each version, with a warning in one that is deprecated",
    ),
    works(
      "x-kubernetes-validations: rules, transition rules, messages, reasons and paths, and ratcheting",
      "Kubernetes custom resources",
      stories,
      "rules of spec",
    ),
    deviates(
      "x-kubernetes-validations: compiled when a definition is written",
      "Kubernetes custom resources",
      "against the schema's types and what a rule may cost, in the words of cel-go; within a macro or a call, only for the first thing that is wrong",
      [stories, "compile errors"],
    ),
    missing(
      "conversion webhooks",
      "Kubernetes custom resources",
      "versions of a custom resource differ in their name only",
    ),
    works(
      "ValidatingAdmissionPolicy: bindings, parameters, variables, match conditions; Deny and Warn",
      "Kubernetes admission",
      stories,
      "params",
    ),
    works("type checking of ValidatingAdmissionPolicy", "Kubernetes admission", stories, "type checking"),
    deviates(
      "ValidatingAdmissionPolicy: Audit, and expressions that cost too much",
      "Kubernetes admission",
      "there is no audit log; costs are not counted; a policy holds at once instead of within seconds; selectors of the authorizer narrow nothing",
      [stories, "warn and audit"],
    ),
    deviates(
      "MutatingAdmissionPolicy: applyConfiguration and jsonPatch, with parameters, variables and match conditions",
      "Kubernetes admission",
      "each policy is asked once, also with reinvocationPolicy IfNeeded; the members of an Object are not held against its type when a policy is written",
      [stories, "apply configuration"],
    ),
    works(
      "matchConditions and reinvocation of webhooks",
      "Kubernetes admission",
      expressions,
      "a webhook is asked only where its match conditions hold, and again about what others changed",
    ),
    deviates(
      "definitions of the Gateway API, KEDA and Dapr",
      "Kubernetes custom resources",
      "are listed, and can be changed in the list, but their kinds stay as they were shipped",
      [definitions, "of the Gateway API, KEDA and Dapr are there"],
    ),
    works(
      "mutating and validating webhooks",
      "Kubernetes admission",
      admission,
      "lets a mutating webhook change the object, and a validating one see what became of it",
    ),
    works(
      "failurePolicy of webhooks",
      "Kubernetes admission",
      admission,
      "fails closed when a webhook cannot be reached, and open when it may",
    ),
    works("timeouts of webhooks", "Kubernetes admission", admission, "waits no longer for a webhook than its timeout"),
    deviates(
      "webhooks that are services of the cluster",
      "Kubernetes admission",
      "called where their pods are processes; a modelled pod lets everything through",
    ),
    works(
      "webhooks see the pods of controllers",
      "Kubernetes admission",
      controllerPods,
      "are refused by a webhook in its words, on the event and on the condition",
    ),
    works("ResourceQuota", "Kubernetes policies", admission, "keeps a namespace within its quota"),
    works("LimitRange", "Kubernetes policies", admission, "gives containers what a limit range says, and refuses more"),
    works(
      "RBAC",
      "Kubernetes authentication",
      access,
      "lets a service account do nothing before a role is bound to it, and then what the role says",
    ),
    works(
      "tokens of service accounts",
      "Kubernetes authentication",
      access,
      "refuses tokens that it did not issue, and those of accounts that are gone",
    ),
    works("access and token reviews", "Kubernetes authentication", access, "answers reviews"),
    works("impersonation", "Kubernetes authentication", access, "lets only administrators be somebody else"),
    deviates(
      "lists in pages: snapshot",
      "Kubernetes API concepts",
      "a later page shows objects as they are then, not as they were for the first page",
    ),
    works(
      "proxy of pods and services",
      "Kubernetes API concepts",
      "kubernetes-proxy.test.ts",
      "reaches the process of the pod, with method, query and body, and without the token",
    ),
    deviates(
      "proxy: what is not as in a cluster",
      "Kubernetes API concepts",
      "links in pages are not rewritten; no WebSockets; a modelled pod refuses the connection, and so does a node",
    ),
    missing("exec, attach, port-forward", "Kubernetes API concepts", "refused as by a kubelet that is away"),
  ],
};
