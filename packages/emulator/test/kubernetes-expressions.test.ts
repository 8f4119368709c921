import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callRaw, eventually, startTestApi, type TestApi } from "./kubernetes-fixture.ts";
import { startWebhook } from "./webhook.ts";

/** Requests in turn, and what Kubernetes 1.36.2 answered; an answer that differs from run to run is left out. */
interface Story {
  readonly title: string;
  readonly namespace: string;
  readonly steps: readonly Step[];
}

interface Step {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** Of a patch. */
  readonly type?: "merge" | "apply" | "jp";
  readonly status?: number;
  readonly reason?: string;
  /** `field: message`, or the message alone. */
  readonly causes?: readonly string[];
  readonly message?: string;
  readonly warning?: string;
  /** The object's status. */
  readonly found?: unknown;
  /** What policies made of a config map. */
  readonly data?: unknown;
  readonly labels?: unknown;
}

interface Answer {
  readonly reason?: string;
  readonly message?: string;
  readonly status?: unknown;
  readonly data?: unknown;
  readonly metadata?: { readonly labels?: unknown };
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message: string }[] };
}

const stories = readFileSync(new URL("recorded/expressions.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Story);
const mediaTypes = {
  json: "application/json",
  merge: "application/merge-patch+json",
  apply: "application/apply-patch+yaml",
  jp: "application/json-patch+json",
};

describe("expressions in CEL, as Kubernetes 1.36.2 answers", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi({ kubernetesVersion: "1.36.2" });
  });
  afterAll(() => api[Symbol.asyncDispose]());

  async function send({ method, path, body, type }: Step) {
    const headers = { "content-type": mediaTypes[type ?? "json"], accept: "application/json" };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const { status, text, headers: answered } = await callRaw(api, path, { method, headers, ...sent });
    return { status, warning: answered["warning"], answer: JSON.parse(text) as Answer };
  }

  async function expectStep(step: Step): Promise<void> {
    const { status, warning, answer } = await send(step);
    if (step.status === undefined) return;
    const causes = answer.details?.causes?.map(({ field, message }) => (field ? `${field}: ${message}` : message));
    expect(
      { status, warning, ...(status < 400 ? {} : { reason: answer.reason }), causes: causes?.toSorted() },
      `${step.method} ${step.path} ${JSON.stringify(step.body)}`,
    ).toEqual({
      status: step.status,
      warning: step.warning,
      ...(step.reason === undefined ? {} : { reason: step.reason }),
      causes: step.causes?.toSorted(),
    });
    if (step.message !== undefined) expect(answer.message).toBe(step.message);
    if (step.data !== undefined) expect(answer.data).toEqual(step.data);
    if (step.labels !== undefined) expect(answer.metadata?.labels).toEqual(step.labels);
    if (step.found !== undefined) expect(answer.status).toEqual(step.found);
  }

  it.each(stories)("$title", async ({ namespace, steps }) => {
    await send({ method: "POST", path: "/api/v1/namespaces", body: { metadata: { name: namespace } } });
    for (const step of steps) {
      await expectStep(step);
      await settled(step);
    }
  });

  /** A definition is served, and a policy looked at, a moment after it is written. */
  async function settled({ method, path, body, status }: Step): Promise<void> {
    const isSeen = /(validatingadmissionpolicies|customresourcedefinitions)$/.test(path);
    if (method !== "POST" || !isSeen || (status ?? 201) >= 400) return;
    const { name } = (body as { metadata: { name: string } }).metadata;
    await eventually(async () => {
      const { answer } = await send({ method: "GET", path: `${path}/${name}` });
      return /observedGeneration|Established/.test(JSON.stringify(answer.status));
    });
  }

  it("a webhook is asked only where its match conditions hold, and again about what others changed", async () => {
    const patch = (value: unknown) => ({
      allowed: true,
      patchType: "JSONPatch",
      patch: Buffer.from(JSON.stringify(value)).toString("base64"),
    });
    await using first = await startWebhook(api.certificates, () => ({ allowed: true }));
    await using second = await startWebhook(api.certificates, () =>
      patch([{ op: "add", path: "/data", value: { added: "yes" } }]),
    );
    const webhook = (name: string, url: string, more: object) => ({
      name: `${name}.policy.example.com`,
      clientConfig: { url, caBundle: Buffer.from(api.certificates.caPem).toString("base64") },
      rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      ...more,
    });
    const condition = { name: "asked", expression: "has(object.metadata.labels) && 'ask' in object.metadata.labels" };
    const hooks = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
    const configuration = {
      metadata: { name: "conditions" },
      webhooks: [
        webhook("a", first.url, { matchConditions: [condition], reinvocationPolicy: "IfNeeded" }),
        webhook("b", second.url, { matchConditions: [condition] }),
      ],
    };
    expect((await send({ method: "POST", path: hooks, body: configuration })).status).toBe(201);
    const configMaps = "/api/v1/namespaces/default/configmaps";
    const make = (metadata: object) => send({ method: "POST", path: configMaps, body: { metadata } });
    expect((await make({ name: "quiet" })).status).toBe(201);
    expect((await make({ name: "asked", labels: { ask: "yes" } })).answer).toMatchObject({ data: { added: "yes" } });
    expect(first.seen).toEqual(["CREATE asked", "CREATE asked"]);
    expect(second.seen).toEqual(["CREATE asked"]);
    const broken = { name: "broken", expression: "object.nope == 1" };
    await send({
      method: "PATCH",
      path: `${hooks}/conditions`,
      type: "jp",
      body: [{ op: "add", path: "/webhooks/0/matchConditions/-", value: broken }],
    });
    const refused = await make({ name: "refused", labels: { ask: "yes" } });
    expect(refused.answer.message).toBe(
      "configmaps \"refused\" is forbidden: expression 'object.nope == 1' resulted in error: no such key: nope",
    );
    expect(refused.status).toBe(403);
  });
});
