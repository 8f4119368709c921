import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callRaw, eventually, startTestApi, statusOf, type TestApi } from "./kubernetes-fixture.ts";

const json = { "content-type": "application/json" };

describe("who may do what", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  async function create(path: string, body: unknown, headers: Record<string, string> = {}) {
    const answer = await callRaw(api, path, {
      method: "POST",
      headers: { ...json, ...headers },
      body: JSON.stringify(body),
    });
    return { ...answer, object: JSON.parse(answer.text) as Record<string, Record<string, never>> };
  }
  async function tokenOf(account: string): Promise<string> {
    await create("/api/v1/namespaces/default/serviceaccounts", { metadata: { name: account } });
    const { object } = await create(`/api/v1/namespaces/default/serviceaccounts/${account}/token`, {});
    return String(object["status"]?.["token"]);
  }
  const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

  it("lets a service account do nothing before a role is bound to it, and then what the role says", async () => {
    const token = await tokenOf("reader");
    const pods = "/api/v1/namespaces/default/pods";
    const refused = await callRaw(api, pods, as(token));
    expect(refused.status).toBe(403);
    expect(statusOf(refused)).toMatchObject({
      reason: "Forbidden",
      message:
        'pods is forbidden: User "system:serviceaccount:default:reader" cannot list resource "pods" in API group "" in the namespace "default"',
    });
    await create("/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", {
      metadata: { name: "reader" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [{ kind: "ServiceAccount", name: "reader", namespace: "default" }],
    });
    expect((await callRaw(api, pods, as(token))).status).toBe(200);
    const elsewhere = await callRaw(api, "/api/v1/namespaces/kube-system/pods", as(token));
    expect(elsewhere.status).toBe(403);
    expect((await callRaw(api, `${pods}/x`, { ...as(token), method: "DELETE" })).status).toBe(403);
    expect((await callRaw(api, "/api", as(token))).status).toBe(200);
  });

  it("refuses tokens that it did not issue, and those of accounts that are gone", async () => {
    const token = await tokenOf("short-lived");
    expect((await callRaw(api, "/version/", as(token))).status).toBe(200);
    expect((await callRaw(api, "/api", as(`${token}x`))).status).toBe(401);
    await callRaw(api, "/api/v1/namespaces/default/serviceaccounts/short-lived", { method: "DELETE" });
    expect((await callRaw(api, "/api", as(token))).status).toBe(401);
  });

  it("fills in a secret for the token of a service account, and takes it away with the account", async () => {
    const secrets = "/api/v1/namespaces/default/secrets";
    await tokenOf("robot");
    const annotations = { "kubernetes.io/service-account.name": "robot" };
    const type = "kubernetes.io/service-account-token";
    await create(secrets, { metadata: { name: "robot-token", annotations }, type });
    const data = await eventually(async () => {
      const { text } = await callRaw(api, `${secrets}/robot-token`);
      return (JSON.parse(text) as { data?: Record<string, string> }).data;
    });
    expect(Object.keys(data).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["ca.crt", "namespace", "token"]);
    const token = Buffer.from(data["token"] ?? "", "base64").toString("utf8");
    expect((await callRaw(api, "/api", as(token))).status).toBe(200);
    await callRaw(api, "/api/v1/namespaces/default/serviceaccounts/robot", { method: "DELETE" });
    await eventually(async () => (await callRaw(api, `${secrets}/robot-token`)).status === 404);
    expect((await callRaw(api, "/api", as(token))).status).toBe(401);
  });

  it("refuses tokens for less than ten minutes", async () => {
    const path = "/api/v1/namespaces/default/serviceaccounts/default/token";
    const { status, object } = await create(path, { spec: { expirationSeconds: 60 } });
    expect(status).toBe(422);
    expect(object).toMatchObject({
      message:
        'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
    });
  });

  it("answers reviews", async () => {
    const token = await tokenOf("reviewed");
    const reviews = "/apis/authorization.k8s.io/v1";
    const resourceAttributes = { verb: "create", group: "apps", resource: "deployments", namespace: "default" };
    const own = await create(`${reviews}/selfsubjectaccessreviews`, { spec: { resourceAttributes } });
    expect(own).toMatchObject({ status: 201, object: { status: { allowed: true } } });
    const other = await create(`${reviews}/subjectaccessreviews`, {
      spec: { user: "system:serviceaccount:default:reviewed", resourceAttributes },
    });
    expect(other.object["status"]).toEqual({ allowed: false });
    const review = await create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token } });
    expect(review.object["status"]).toMatchObject({
      authenticated: true,
      user: { username: "system:serviceaccount:default:reviewed" },
    });
    const wrong = await create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "wrong" } });
    expect(wrong.object["status"]?.["authenticated"]).toBeUndefined();
  });

  it("lets only administrators be somebody else", async () => {
    const asBill = { "impersonate-user": "bill" };
    expect((await callRaw(api, "/api/v1/nodes", { headers: asBill })).status).toBe(403);
    const token = await tokenOf("climber");
    const refused = await callRaw(api, "/api/v1/nodes", {
      headers: { authorization: `Bearer ${token}`, "impersonate-user": "admin" },
    });
    expect(statusOf(refused).message).toContain('cannot impersonate resource "users"');
  });
});
