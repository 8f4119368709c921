import { request } from "node:https";
import { type PeerCertificate, TLSSocket } from "node:tls";
import type { Cluster } from "../../world/cluster.ts";
import { isWanted } from "../../world/kubernetes/admission/webhook-conditions.ts";
import { type Attempt, reviewOf, type Webhook, webhooksFor } from "../../world/kubernetes/admission/webhooks.ts";
import { at, isRecord, type JsonRecord, listAt, numberAt, sameJson, textAt } from "../../world/kubernetes/json.ts";
import { jsonPatch } from "../../world/kubernetes/patch/json-patch.ts";
import { internalError, StatusError } from "../../world/kubernetes/status-error.ts";
import type { KubeObject } from "../../world/objects.ts";
import type { Address } from "../../world/ports.ts";
import { badStatus, type Failure, notAnObject, wordingOf } from "./webhook-wording.ts";

export interface Verdict {
  /** As the mutating webhooks want it. */
  readonly object: KubeObject | undefined;
  readonly warnings: readonly string[];
}

/** Sends a review, to `address` instead of the URL when there is one, and resolves with the answer's body. Rejects with a sentence as Go's client words it. */
export type PostReview = (webhook: Webhook, body: string, address?: Address) => Promise<unknown>;

interface Caller {
  readonly username: string;
  readonly groups: readonly string[];
}

/** Asks the webhooks one after the other; mutating ones change what the next ones see. Throws what the client is to be told. */
export async function callWebhooks(
  cluster: Cluster,
  attempt: Attempt,
  user: Caller,
  postReview: PostReview = (webhook, body, address) => post(webhook, body, address, cluster.world.clock.now()),
): Promise<Verdict> {
  const warnings: string[] = [];
  let { object } = attempt;
  /** Whether the webhook has changed the object. */
  const askOne = async (webhook: Webhook): Promise<boolean> => {
    const now = { ...attempt, object };
    if (!isWanted(cluster, webhook, now, user)) return false;
    const uid = cluster.world.random.stream(`admission/${cluster.store.version}/${webhook.name}`).uuid();
    const answer = await ask(cluster, webhook, uid, reviewOf(now, uid, user), postReview);
    if (answer === undefined) return false;
    warnings.push(...listAt(answer, "warnings").map(String));
    if (at(answer, "allowed") !== true) throw denied(webhook, answer);
    if (webhook.kind !== "mutating" || !object) return false;
    const before = object;
    object = patched(webhook, object, answer);
    return !sameJson(before, object);
  };
  const webhooks = webhooksFor(cluster, attempt);
  const again = await askInTurn(
    webhooks.filter(({ kind }) => kind === "mutating"),
    askOne,
  );
  for (const webhook of [...again, ...webhooks.filter(({ kind }) => kind === "validating")]) await askOne(webhook);
  return { object, warnings };
}

/** Returns those that want to see what later ones have changed. */
async function askInTurn(
  webhooks: readonly Webhook[],
  askOne: (webhook: Webhook) => Promise<boolean>,
): Promise<readonly Webhook[]> {
  let lastChange = -1;
  for (const [index, webhook] of webhooks.entries()) if (await askOne(webhook)) lastChange = index;
  return webhooks.filter(({ asksAgain }, index) => asksAgain && index < lastChange);
}

/** The `response` of the review; undefined when the webhook failed and may be ignored. */
async function ask(
  cluster: Cluster,
  webhook: Webhook,
  uid: string,
  review: JsonRecord,
  postReview: PostReview,
): Promise<unknown> {
  try {
    return responseOf(await reach(cluster, webhook, review, postReview), uid);
  } catch (error) {
    if (webhook.failOpen) return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw internalError(`failed calling webhook ${JSON.stringify(webhook.name)}: ${reason}`);
  }
}

async function reach(
  cluster: Cluster,
  { unreachable, backend, url, ...webhook }: Webhook,
  review: JsonRecord,
  postReview: PostReview,
): Promise<unknown> {
  try {
    if (unreachable !== undefined) throw new Error(`Post "${url}": ${unreachable}`);
    const address = backend && cluster.podAddress?.(backend.podUid, backend.port);
    if (backend && !address) return { response: { uid: textAt(review, "request", "uid"), allowed: true } };
    return await postReview({ ...webhook, unreachable, backend, url }, JSON.stringify(review), address);
  } catch (error) {
    throw new Error(`failed to call webhook: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function responseOf(answer: unknown, uid: string): unknown {
  const response = at(answer, "response");
  const invalid = "received invalid webhook response:";
  if (!isRecord(response)) throw new Error(`${invalid} webhook response was absent`);
  const answered = textAt(response, "uid") ?? "";
  if (answered === uid) return response;
  throw new Error(`${invalid} expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(answered)}`);
}

function post(webhook: Webhook, body: string, address: Address | undefined, nowMs: number): Promise<unknown> {
  const { url, caPem, timeoutMs, backend } = webhook;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    let certificate: PeerCertificate | undefined;
    const failed = (error: Failure): void => {
      const why = signal.aborted ? "context deadline exceeded" : wordingOf(error, certificate, nowMs);
      reject(new Error(`Post "${url}": ${why}`));
    };
    const sent = request(url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      signal,
      agent: false,
      ...(caPem ? { ca: caPem } : {}),
      ...(address && backend ? { host: address.host, port: address.port, servername: backend.host } : {}),
    });
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", failed);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const status = response.statusCode ?? 0;
        if (status < 200 || status > 299) return reject(new Error(badStatus(status, text)));
        try {
          resolve(JSON.parse(text));
        } catch {
          reject(new Error(notAnObject));
        }
      });
    });
    sent.on("socket", (socket) => {
      if (socket instanceof TLSSocket) socket.on("error", () => (certificate = socket.getPeerCertificate()));
    });
    sent.on("error", failed);
    sent.end(body);
  });
}

/** apiserver: pkg/admission/plugin/webhook/errors/statuserror.go. */
function denied({ name }: Webhook, answer: unknown): StatusError {
  const message = textAt(answer, "status", "message");
  const reason = textAt(answer, "status", "reason") ?? "";
  const detail = message ?? (reason || undefined);
  const text = `admission webhook ${JSON.stringify(name)} denied the request${detail === undefined ? " without explanation" : `: ${detail}`}`;
  return new StatusError(Math.max(400, numberAt(answer, "status", "code") ?? 0), reason, text);
}

function patched({ name }: Webhook, object: KubeObject, answer: unknown): KubeObject {
  const patch = textAt(answer, "patch");
  if (patch === undefined) return object;
  if (textAt(answer, "patchType") !== "JSONPatch") {
    throw internalError(`admission webhook ${JSON.stringify(name)} sent a patch of an unknown type`);
  }
  const operations: unknown = JSON.parse(Buffer.from(patch, "base64").toString("utf8"));
  // What a webhook makes of an object goes the way of every object again: it is read, defaulted and checked.
  return apply(object, operations);
}

/** Says which operation does not fit, in the words of Go's library. */
function apply(object: KubeObject, operations: unknown): KubeObject {
  if (!Array.isArray(operations)) return jsonPatch(object, operations) as KubeObject;
  let next: unknown = object;
  for (const operation of operations) {
    try {
      next = jsonPatch(next, [operation]);
    } catch {
      const op = textAt(operation, "op") ?? "";
      const path = textAt(operation, "path") ?? "";
      throw internalError(
        op === "test"
          ? `testing value ${path} failed: test failed`
          : `${op} operation does not apply: doc is missing path: ${path}: missing value`,
      );
    }
  }
  return next as KubeObject;
}
