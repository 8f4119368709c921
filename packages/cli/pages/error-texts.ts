import type { ErrorCode } from "@fairway/model";

export interface ErrorText {
  /** In a few words. */
  readonly what: string;
  /** Who can mend it. */
  readonly who: string;
  /** What to know and to do, as Markdown. */
  readonly text: string;
}

/** What docs/errors.md says of every code. */
export const errorTexts: Readonly<Record<ErrorCode, ErrorText>> = {
  "app-invalid": {
    what: "the description of an app is wrong",
    who: "whoever wrote it",
    text: 'The description does not fit the schema, its fields contradict one another, or the platform refuses a value. `issues` names every field: `scale.rules[0].type: unknown rule "htpp", expected one of http, cpu, …`. Nothing was written. A description that cannot be read names the line and the column, and never quotes it: it may hold secrets.',
  },
  "app-not-found": {
    what: "the target has no app of this name",
    who: "the caller",
    text: "The target has no app of this name. `apps()` lists those that Fairway manages.",
  },
  "revision-not-found": {
    what: "the app has no revision of this name",
    who: "the caller",
    text: "The app has no revision of this name; the hint lists those that it has. Nothing was changed.",
  },
  "traffic-invalid": {
    what: "the weights are no split",
    who: "the caller",
    text: "Weights must be whole numbers from 0 to 100 that sum to 100. The message names the sum. Nothing was changed.",
  },
  "target-invalid": {
    what: "the target's address is malformed",
    who: "the caller",
    text: "The address is not of the form `aks://SUBSCRIPTION/GROUP/CLUSTER/NAMESPACE` or `aca://SUBSCRIPTION/GROUP/ENVIRONMENT`. `path` names the part that is wrong.",
  },
  "target-not-found": {
    what: "subscription, group, cluster or environment do not exist",
    who: "the caller",
    text: "Subscription, resource group, cluster or environment do not exist, or the credential does not see them.",
  },
  "not-supported": {
    what: "this target cannot do this at all",
    who: "the caller, by the alternative",
    text: "The target cannot do this whatever its state. `NotSupportedError` has the name of the `capability`; the hint has the alternative. Ask before with `supports(name)`.",
  },
  unauthenticated: {
    what: "there is no credential, or it is not accepted",
    who: "the caller",
    text: "No credential was found, or Azure did not accept it: it has expired, or is for another tenant, service or cloud. `az login`, or a service principal in AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or the option `credential`; for the embedded Azure the variables that `fairway emulator` prints.",
  },
  forbidden: {
    what: "the credential may not do this",
    who: "an owner of the resource",
    text: "The credential is known and lacks the role.",
  },
  conflict: {
    what: "the state of the platform does not allow it now",
    who: "the caller, after a look",
    text: "The platform refuses because of the state that something is in, e.g. a label for a revision that is switched off, or an upgrade to abort where none runs.",
  },
  "operation-in-progress": {
    what: "another operation did not end in time",
    who: "waiting",
    text: "Container Apps takes one change of an app at a time. Fairway waits for the other one, five minutes by default; then it gives up, with nothing written.",
  },
  "operation-cancelled": {
    what: "`cancel()` was called",
    who: "nobody",
    text: "The work was stopped at the next safe point. What was done stays done; repeating the call goes on from there.",
  },
  "operation-timeout": {
    what: "it took longer than it may",
    who: "the caller, after a look",
    text: "The work did not end in the time that it may take. It may still end by itself: look at the status.",
  },
  "provisioning-failed": {
    what: "the platform failed to make what it had accepted",
    who: "repeating, then support",
    text: "The platform accepted a change and failed to make it, for a reason of its own. What ran before still runs.",
  },
  "revision-failed": {
    what: "a revision does not become ready",
    who: "whoever wrote the app",
    text: "A revision did not become ready: its image cannot be pulled, it crashes, its probes fail. The message has the reason. Traffic is where it was.",
  },
  "upgrade-invalid": {
    what: "this upgrade cannot be asked for",
    who: "the caller",
    text: "The version skips a minor version, is lower, or does not exist, or the pool does not exist. The hint has the versions that the cluster can go to. Nothing was begun.",
  },
  "upgrade-failed": {
    what: "an upgrade ended before its end",
    who: "the operator",
    text: "The upgrade stopped before its end: a budget that does not let a node be drained, quota, a node that does not join. The message says which; the cluster may be partly upgraded.",
  },
  "upgrade-blocked": {
    what: "findings stand against the upgrade",
    who: "whoever owns what the findings name",
    text: "The pre-flight found what AKS would refuse or a drain would get stuck on. Nothing was started. Each finding has a code of [findings.md](findings.md), what was seen, and what mends it; one that does not count goes into the rules file.",
  },
  "journal-invalid": {
    what: "the journal of an upgrade cannot be used",
    who: "the operator",
    text: "A line in the middle of the journal does not have the checksum that it was written with, a newer Fairway wrote it, or it is about another cluster. Nothing was touched. A torn last line is no such case: it was never acted on, and is left out. Look at the cluster (`fairway upgrade`), put the journal aside, and plan anew: a new plan begins from where the cluster stands.",
  },
  "lease-held": {
    what: "another process drives this upgrade",
    who: "the operator",
    text: "One process at a time drives an upgrade; the message names it. It is asked with `fairway upgrade pause` or `abort`. When it was killed its lease ends by itself: at once on the same machine, after 30 seconds from another one.",
  },
  throttled: {
    what: "too many calls",
    who: "waiting",
    text: "Too many calls in a short time. The official clients have waited and repeated before this error comes.",
  },
  unreachable: {
    what: "nobody answers, or with a certificate that is not trusted",
    who: "network, address, certificate",
    text: "The host was not reached: refused, unknown, timed out; or its certificate is vouched for by nobody that this machine trusts.",
  },
  "port-in-use": {
    what: "a port to listen on is taken",
    who: "the caller",
    text: "Something already listens on the port. Choose another one, or end what listens.",
  },
  "experiment-invalid": {
    what: "an experiment is described wrongly",
    who: "the caller",
    text: "The experiment's name or options are not among those that there are.",
  },
  usage: {
    what: "a command was given wrongly",
    who: "the caller",
    text: "An option or an argument of the command is missing or wrong. Nothing was tried.",
  },
  platform: {
    what: "an answer that Fairway does not know",
    who: "please report it",
    text: "Azure or Kubernetes gave an answer that Fairway has no name for. `cause` has it. Please report it.",
  },
};
