import { request } from "node:https";
import type { Cluster } from "../../world/cluster.ts";
import { type Attempt, reviewOf, type Webhook, webhooksFor } from "../../world/kubernetes/admission/webhooks.ts";
import { at, isRecord, listAt, numberAt, textAt } from "../../world/kubernetes/json.ts";
import { jsonPatch } from "../../world/kubernetes/patch/json-patch.ts";
import { internalError, StatusError } from "../../world/kubernetes/status-error.ts";
import type { KubeObject } from "../../world/objects.ts";

export interface Verdict {
  /** As the mutating webhooks want it. */
  readonly object: KubeObject | undefined;
  readonly warnings: readonly string[];
}

/** Sends a review and resolves with the answer's body. Rejects with a sentence as Go's client words it. */
export type PostReview = (webhook: Webhook, body: string) => Promise<unknown>;

interface Caller {
  readonly username: string;
  readonly groups: readonly string[];
}

/** Asks the webhooks one after the other; mutating ones change what the next ones see. Throws what the client is to be told. */
export async function callWebhooks(
  cluster: Cluster,
  attempt: Attempt,
  user: Caller,
  postReview: PostReview = post,
): Promise<Verdict> {
  const warnings: string[] = [];
  let { object } = attempt;
  for (const webhook of webhooksFor(cluster, attempt)) {
    const uid = cluster.world.random.stream(`admission/${cluster.store.version}/${webhook.name}`).uuid();
    const answer = await ask(webhook, reviewOf({ ...attempt, object }, uid, user), postReview);
    if (answer === undefined) continue;
    warnings.push(...listAt(answer, "warnings").map(String));
    if (at(answer, "allowed") !== true) throw denied(webhook, answer);
    if (webhook.kind === "mutating" && object) object = patched(webhook, object, answer);
  }
  return { object, warnings };
}

/** The `response` of the review; undefined when the webhook failed and may be ignored. */
async function ask(webhook: Webhook, review: unknown, postReview: PostReview): Promise<unknown> {
  try {
    if (webhook.unreachable !== undefined) throw new Error(`Post "${webhook.url}": ${webhook.unreachable}`);
    if (webhook.inCluster) return { allowed: true };
    const answer = await postReview(webhook, JSON.stringify(review));
    if (!isRecord(at(answer, "response"))) throw new Error("webhook response was absent");
    return at(answer, "response");
  } catch (error) {
    if (webhook.failOpen) return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw internalError(`failed calling webhook ${JSON.stringify(webhook.name)}: failed to call webhook: ${reason}`);
  }
}

function post({ url, caPem, timeoutMs }: Webhook, body: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const failed = (reason: string): void => reject(new Error(`Post "${url}": ${reason}`));
    const headers = { "content-type": "application/json", accept: "application/json" };
    const signal = AbortSignal.timeout(timeoutMs);
    const options = { method: "POST", headers, signal, agent: false as const, ...(caPem ? { ca: caPem } : {}) };
    const sent = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", (error) => failed(wordingOf(error, signal)));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const status = response.statusCode ?? 0;
        if (status < 200 || status > 299) return reject(new Error(text || `status ${status}`));
        try {
          resolve(JSON.parse(text));
        } catch {
          failed("the answer is not JSON");
        }
      });
    });
    sent.on("error", (error) => failed(wordingOf(error, signal)));
    sent.end(body);
  });
}

/** As Go's client words it. */
function wordingOf(error: Error & { code?: string; address?: string; port?: number }, signal: AbortSignal): string {
  if (signal.aborted) return "context deadline exceeded";
  if (error.code === "ECONNREFUSED")
    return `dial tcp ${error.address ?? ""}:${error.port ?? ""}: connect: connection refused`;
  if (error.code === "ENOTFOUND")
    return `dial tcp: lookup ${/ENOTFOUND (\S+)/.exec(error.message)?.[1] ?? ""}: no such host`;
  if (/certificate|self.signed/i.test(error.message)) {
    return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
  }
  return error.message;
}

/** apiserver: pkg/admission/plugin/webhook/errors/statuserror.go. */
function denied({ name }: Webhook, answer: unknown): StatusError {
  const message = textAt(answer, "status", "message");
  const reason = textAt(answer, "status", "reason");
  const detail = message ?? reason;
  const text = `admission webhook ${JSON.stringify(name)} denied the request${detail === undefined ? " without explanation" : `: ${detail}`}`;
  return new StatusError(numberAt(answer, "status", "code") ?? 403, reason ?? "Forbidden", text);
}

function patched({ name }: Webhook, object: KubeObject, answer: unknown): KubeObject {
  const patch = textAt(answer, "patch");
  if (patch === undefined) return object;
  if (textAt(answer, "patchType") !== "JSONPatch") {
    throw internalError(`admission webhook ${JSON.stringify(name)} sent a patch of an unknown type`);
  }
  const operations: unknown = JSON.parse(Buffer.from(patch, "base64").toString("utf8"));
  // What a webhook makes of an object goes the way of every object again: it is read, defaulted and checked.
  return jsonPatch(object, operations) as KubeObject;
}
