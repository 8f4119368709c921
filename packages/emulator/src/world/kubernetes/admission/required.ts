import type { KubeObject } from "../../objects.ts";
import type { Call } from "../call.ts";
import { isDryRun } from "../call.ts";
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
  const { type, subresource, namespace, request } = call;
  const name = (object ?? oldObject)?.metadata.name ?? call.name;
  const attempt: Attempt = { operation, type, subresource, namespace, name, object, oldObject, dryRun: isDryRun(call) };
  if (webhooksFor(call.cluster, attempt).length === 0) return object;
  const key = attemptKey(attempt);
  if (!request.admitted?.has(key)) throw new AdmissionRequired(attempt);
  return request.admitted.get(key);
}
