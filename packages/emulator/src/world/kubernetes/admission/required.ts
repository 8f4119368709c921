import type { KubeObject } from "../../objects.ts";
import { userOf } from "../access/authorization.ts";
import type { Call } from "../call.ts";
import { isDryRun } from "../call.ts";
import { scaleOf } from "../subresources/scale-type.ts";
import { applyPolicies } from "./policies/mutating.ts";
import { checkPolicies } from "./policies/validating.ts";
import { isWanted } from "./webhook-conditions.ts";
import { type Attempt, type Operation, webhooksFor } from "./webhooks.ts";

/** Thrown where a change would be written: webhooks have to be asked first, and asking takes time that the API does not have. */
export class AdmissionRequired extends Error {
  readonly attempt: Attempt;

  constructor(attempt: Attempt) {
    super("admission webhooks have to be asked");
    this.name = "AdmissionRequired";
    this.attempt = attempt;
  }
}

/** What webhooks made of the attempts of one request, by `attemptKey`. */
export type Admitted = ReadonlyMap<string, KubeObject | undefined>;

/** Names an attempt on an object as it is: after a change of the object it is another one. */
export function attemptKey({ operation, name, namespace, oldObject }: Attempt): string {
  return `${operation} ${namespace ?? ""}/${name} ${oldObject?.metadata.resourceVersion ?? ""}`;
}

/**
 * The object as webhooks want it. Throws `AdmissionRequired` when they have not been asked, or were asked about an older
 * state: whoever called asks them, and comes again with the answer in the request.
 */
export function admit(
  call: Call,
  operation: Operation,
  object: KubeObject | undefined,
  oldObject: KubeObject | undefined,
): KubeObject | undefined {
  const { request, builtIn, warn } = call;
  const sent = attemptOf(call, operation, object, oldObject);
  const place = { cluster: call.cluster, user: userOf(request), builtIn, warn };
  const changed = call.subresource === "scale" ? object : applyPolicies(place, sent);
  const attempt = { ...sent, object: changed };
  const { cluster } = call;
  const user = userOf(request);
  if (!webhooksFor(cluster, attempt).some((webhook) => isWanted(cluster, webhook, attempt, user))) return changed;
  const key = attemptKey(attempt);
  if (!request.admitted?.has(key)) throw new AdmissionRequired(attempt);
  return request.admitted.get(key);
}

/** Asks the policies about an object as it would be written. */
export function validate(
  call: Call,
  operation: Operation,
  object: KubeObject | undefined,
  oldObject: KubeObject | undefined,
): void {
  const { cluster, warn, request, builtIn } = call;
  const attempt = attemptOf(call, operation, object, oldObject);
  checkPolicies(
    { cluster, user: userOf(request), builtIn, warn },
    call.subresource === "scale" ? scaled(attempt) : attempt,
  );
}

function attemptOf(
  call: Call,
  operation: Operation,
  object: KubeObject | undefined,
  oldObject: KubeObject | undefined,
): Attempt {
  const { type, subresource, namespace } = call;
  const name = (object ?? oldObject)?.metadata.name ?? call.name;
  return { operation, type, subresource, namespace, name, object, oldObject, dryRun: isDryRun(call) };
}

/** Of a change of the scale, the scale is shown. */
function scaled(attempt: Attempt): Attempt {
  const { type, object, oldObject } = attempt;
  return {
    ...attempt,
    shownAs: { group: "autoscaling", version: "v1", kind: "Scale" },
    object: object && scaleOf(type, object),
    oldObject: oldObject && scaleOf(type, oldObject),
  };
}
