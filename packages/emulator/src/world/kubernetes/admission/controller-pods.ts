import type { KubeObject } from "../../objects.ts";
import { serviceAccountUser, type UserInfo } from "../access/user.ts";
import { setPodDefaults } from "../defaults/pods.ts";
import { cloneJson } from "../json.ts";
import { builtInTypes } from "../registry.ts";
import { apiVersionOf } from "../resource-type.ts";
import { completePod, podResources } from "../resources/pods.ts";
import { internalError } from "../status-error.ts";
import { invalid } from "../validation/field-errors.ts";
import { checkLimitRanges, withRangeDefaults } from "./limit-ranges.ts";
import { checkPodSecurity } from "./pod-security/pod-security.ts";
import { applyPolicies } from "./policies/mutating.ts";
import type { BuiltInKind } from "./policies/parameters.ts";
import { checkPolicies } from "./policies/validating.ts";
import { checkQuotas } from "./quota.ts";
import type { AdmissionPlace } from "./service-account.ts";
import { isWanted } from "./webhook-conditions.ts";
import { type Attempt, webhooksFor } from "./webhooks.ts";

/** What webhooks make of a pod. Throws the `StatusError` of one that refuses it. */
export type PodReview = (pod: KubeObject) => KubeObject;

/**
 * What admission makes of a pod that a controller creates; throws the `StatusError` that the API would answer. `review` is
 * called when there are webhooks to be asked.
 */
export function admitControllerPod(place: AdmissionPlace, pod: KubeObject, review: PodReview): KubeObject {
  const [type] = podResources;
  if (!type) return pod;
  const { store, world } = place;
  const drafted = completePod(withRangeDefaults({ store }, type, pod), { store, world });
  const policies = { cluster: { store }, user: controllerOf(pod), builtIn, warn: () => {} };
  const changed = applyPolicies(policies, podAttempt(drafted)) ?? drafted;
  const admitted = reviewed(place, changed === drafted ? drafted : completed(changed), review);
  checkLimitRanges({ store }, type, admitted);
  checkPodSecurity({ store }, type, admitted, () => {});
  const attempt = { ...podAttempt(admitted), name: admitted.metadata.name };
  checkPolicies(policies, attempt);
  checkQuotas({ store }, type, admitted, undefined);
  return admitted;
}

function reviewed({ store }: AdmissionPlace, pod: KubeObject, review: PodReview): KubeObject {
  const attempt = podAttempt(pod);
  const webhooks = webhooksFor({ store }, attempt).filter((webhook) =>
    isWanted({ store }, webhook, attempt, controllerOf(pod)),
  );
  const dead = webhooks.find(({ failOpen, unreachable }) => !failOpen && unreachable !== undefined);
  if (dead) {
    const why = `Post ${JSON.stringify(dead.url)}: ${dead.unreachable ?? ""}`;
    throw internalError(`failed calling webhook ${JSON.stringify(dead.name)}: failed to call webhook: ${why}`);
  }
  if (webhooks.every(({ unreachable }) => unreachable !== undefined)) return pod;
  return completed(review(pod));
}

/** With defaults for what others have put into it. */
function completed(pod: KubeObject): KubeObject {
  const draft = cloneJson(pod);
  setPodDefaults(draft);
  checkValid(draft);
  return draft;
}

/** Of a pod that gets its name from the API server, webhooks see only the beginning of it. */
export function podAttempt(pod: KubeObject): Attempt {
  const [type] = podResources;
  if (!type) throw new Error("there are no pods");
  const { name, ...metadata } = pod.metadata;
  const isNamed = metadata.generateName === undefined || metadata.ownerReferences?.[0]?.kind === "StatefulSet";
  return {
    operation: "CREATE",
    type,
    subresource: "",
    namespace: metadata.namespace,
    name: isNamed ? name : "",
    object: pod,
    oldObject: undefined,
    dryRun: false,
  };
}

function checkValid(pod: KubeObject): void {
  const [type] = podResources;
  const errors = type?.validate?.(pod) ?? [];
  if (type && errors.length > 0) throw invalid(type, pod.metadata.name, errors);
}

/** kube-controller-manager --use-service-account-credentials. */
export function controllerOf({ metadata }: KubeObject): UserInfo {
  const [owner] = metadata.ownerReferences ?? [];
  const name = owner?.kind === "ReplicationController" ? "replication" : (owner?.kind ?? "").toLowerCase();
  return serviceAccountUser("kube-system", `${name}-controller`, "");
}

const builtIn: BuiltInKind = (apiVersion, kind) =>
  builtInTypes.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
