import { createVirtualKernel } from "@fairway/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createModelCluster } from "../src/model-cluster.ts";
import { callRaw, startTestApi, type TestApi, webDeployment, webPod } from "./kubernetes-fixture.ts";
import { startWebhook } from "./webhook.ts";

const json = { "content-type": "application/json" };
const pods = "/api/v1/namespaces/default/pods";

describe("admission", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  async function send(method: string, path: string, body?: unknown) {
    const answer = await callRaw(api, path, { method, headers: json, ...(body ? { body: JSON.stringify(body) } : {}) });
    return { ...answer, object: JSON.parse(answer.text) as Record<string, Record<string, unknown>> };
  }
  function configuration(kind: "Mutating" | "Validating", name: string, webhook: Record<string, unknown>) {
    return {
      metadata: { name },
      webhooks: [
        {
          name: `${name}.policy.example.com`,
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          objectSelector: { matchLabels: { hook: name } },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE", "DELETE"] }],
          ...webhook,
        },
      ],
      kind: `${kind}WebhookConfiguration`,
    };
  }
  const register = (kind: "mutating" | "validating", body: unknown) =>
    send("POST", `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`, body);
  const caBundle = () => Buffer.from(api.certificates.caPem).toString("base64");

  it("lets a mutating webhook change the object, and a validating one see what became of it", async () => {
    const patch = Buffer.from(JSON.stringify([{ op: "add", path: "/metadata/labels/added", value: "yes" }]));
    await using mutating = await startWebhook(api.certificates, () => ({
      allowed: true,
      patchType: "JSONPatch",
      patch: patch.toString("base64"),
      warnings: ["mind the gap"],
    }));
    await using validating = await startWebhook(api.certificates, ({ object, operation }) => {
      const { metadata } = (object ?? { metadata: {} }) as { metadata: { labels?: Record<string, string> } };
      const allowed = operation === "DELETE" || metadata.labels?.["added"] === "yes";
      return { allowed, ...(allowed ? {} : { status: { message: "no label" } }) };
    });
    const client = (url: string) => ({ clientConfig: { url, caBundle: caBundle() } });
    await register("mutating", configuration("Mutating", "both", client(mutating.url)));
    await register("validating", configuration("Validating", "both", client(validating.url)));
    const created = await send("POST", pods, webPod("hooked", { hook: "both" }));
    expect(created.status).toBe(201);
    expect(created.object["metadata"]?.["labels"]).toEqual({ hook: "both", added: "yes" });
    expect(created.headers["warning"]).toContain("mind the gap");
    await send("POST", pods, webPod("unseen"));
    await send("DELETE", `${pods}/hooked`);
    expect(validating.seen).toEqual(["CREATE hooked", "DELETE hooked"]);
  });

  it("refuses what a webhook denies, in its words", async () => {
    await using webhook = await startWebhook(api.certificates, () => ({
      allowed: false,
      status: { code: 403, message: "not on Fridays" },
    }));
    await register(
      "validating",
      configuration("Validating", "denies", { clientConfig: { url: webhook.url, caBundle: caBundle() } }),
    );
    const refused = await send("POST", pods, webPod("friday", { hook: "denies" }));
    expect(refused).toMatchObject({
      status: 403,
      object: { message: 'admission webhook "denies.policy.example.com" denied the request: not on Fridays' },
    });
    expect((await send("GET", `${pods}/friday`)).status).toBe(404);
  });

  it("fails closed when a webhook cannot be reached, and open when it may", async () => {
    const gone = await startWebhook(api.certificates, () => ({ allowed: true }));
    await gone[Symbol.asyncDispose]();
    const service = { namespace: "default", name: "nowhere", path: "/validate" };
    await register("validating", configuration("Validating", "closed", { clientConfig: { url: gone.url } }));
    await register(
      "validating",
      configuration("Validating", "open", { clientConfig: { url: gone.url }, failurePolicy: "Ignore" }),
    );
    await register("validating", configuration("Validating", "service", { clientConfig: { service } }));
    const closed = await send("POST", pods, webPod("closed", { hook: "closed" }));
    expect(closed.status).toBe(500);
    expect(closed.object["message"]).toMatch(
      /^Internal error occurred: failed calling webhook "closed.policy.example.com": failed to call webhook: Post "https:\/\/127.0.0.1:\d+\/admit\?timeout=10s": dial tcp 127.0.0.1:\d+: connect: connection refused$/,
    );
    expect((await send("POST", pods, webPod("open", { hook: "open" }))).status).toBe(201);
    expect((await send("POST", pods, webPod("service", { hook: "service" }))).object["message"]).toBe(
      'Internal error occurred: failed calling webhook "service.policy.example.com": failed to call webhook: Post "https://nowhere.default.svc:443/validate?timeout=10s": service "nowhere" not found',
    );
  });

  it("waits no longer for a webhook than its timeout", async () => {
    await using webhook = await startWebhook(api.certificates, () => undefined);
    const client = { clientConfig: { url: webhook.url, caBundle: caBundle() }, timeoutSeconds: 1 };
    await register("validating", configuration("Validating", "silent", client));
    const refused = await send("POST", pods, webPod("patient", { hook: "silent" }));
    expect(refused.object["message"]).toContain("context deadline exceeded");
  });

  it("keeps a namespace within its quota", async () => {
    await send("POST", "/api/v1/namespaces", { metadata: { name: "small" } });
    const hard = { pods: "2", cpu: "1", configmaps: "0" };
    await send("POST", "/api/v1/namespaces/small/resourcequotas", { metadata: { name: "q" }, spec: { hard } });
    const pod = (name: string, resources: unknown) => ({
      metadata: { name },
      spec: { containers: [{ name: "web", image: "nginx:1.27", resources }] },
    });
    const within = "/api/v1/namespaces/small/pods";
    expect((await send("POST", within, pod("a", {}))).object["message"]).toBe(
      'pods "a" is forbidden: failed quota: q: must specify cpu for: web',
    );
    expect((await send("POST", within, pod("a", { requests: { cpu: "600m" } }))).status).toBe(201);
    const refused = await send("POST", within, pod("b", { requests: { cpu: "600m" } }));
    expect(refused).toMatchObject({
      status: 403,
      object: {
        message: 'pods "b" is forbidden: exceeded quota: q, requested: cpu=600m, used: cpu=600m, limited: cpu=1',
      },
    });
    expect((await send("POST", "/api/v1/namespaces/small/configmaps", { metadata: { name: "c" } })).status).toBe(403);
  });

  it("gives containers what a limit range says, and refuses more", async () => {
    await send("POST", "/api/v1/namespaces", { metadata: { name: "ranged" } });
    const limits = [{ type: "Container", default: { cpu: "200m" }, max: { cpu: "500m" } }];
    await send("POST", "/api/v1/namespaces/ranged/limitranges", { metadata: { name: "r" }, spec: { limits } });
    const pod = (resources: unknown) => ({
      metadata: { generateName: "p-" },
      spec: { containers: [{ name: "web", image: "nginx:1.27", resources }] },
    });
    const given = await send("POST", "/api/v1/namespaces/ranged/pods", pod({}));
    expect(given.object["spec"]).toMatchObject({
      containers: [{ resources: { limits: { cpu: "200m" }, requests: { cpu: "200m" } } }],
    });
    const refused = await send("POST", "/api/v1/namespaces/ranged/pods", pod({ limits: { cpu: "600m" } }));
    expect(refused.object["message"]).toMatch(
      /^pods "p-\w{5}" is forbidden: maximum cpu usage per Container is 500m, but limit is 600m$/,
    );
  });
});

it("holds the pods of a deployment to the quota too", () => {
  const kernel = createVirtualKernel({ seed: 1 });
  const model = createModelCluster(kernel, { name: "prod", kubernetesVersion: "1.33.2" });
  function send(path: string, body: unknown): void {
    const bytes = Buffer.from(JSON.stringify(body));
    const query = new URLSearchParams();
    model.handle({
      method: "POST",
      path,
      query,
      accept: "",
      contentType: "application/json",
      userAgent: "test",
      body: bytes,
    });
  }
  send("/api/v1/namespaces/default/resourcequotas", { metadata: { name: "q" }, spec: { hard: { pods: "1" } } });
  send("/apis/apps/v1/namespaces/default/deployments", webDeployment("web", 3));
  kernel.runFor(60_000);
  const { store } = model.cluster;
  expect(store.list({ group: "", resource: "pods" }, "default")).toHaveLength(1);
  expect(store.get({ group: "", resource: "resourcequotas" }, "default", "q")?.["status"]).toEqual({
    hard: { pods: "1" },
    used: { pods: "1" },
  });
  const messages = store.list({ group: "", resource: "events" }, "default").map((event) => String(event["message"]));
  expect(
    messages.some((text) => /exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1/.test(text)),
  ).toBe(true);
});
