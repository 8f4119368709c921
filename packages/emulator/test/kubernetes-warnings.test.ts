import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callRaw, startTestApi, type TestApi } from "./kubernetes-fixture.ts";

/** A creation that Kubernetes 1.36.2 carried out, and what it warned of. */
interface Exchange {
  readonly path: string;
  readonly body: unknown;
  readonly warnings: readonly string[];
}

const exchanges = readFileSync(new URL("recorded/warnings.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Exchange);

interface Told {
  readonly status: number;
  readonly message?: string;
  readonly warnings: readonly string[];
}

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ kubernetesVersion: "1.36.2" });
});
afterAll(() => api[Symbol.asyncDispose]());

async function send(method: string, path: string, body: unknown, extra: Record<string, string> = {}): Promise<Told> {
  const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const headers = { "content-type": contentType, accept: "application/json", ...extra };
  const { status, text, headers: answered } = await callRaw(api, path, { method, headers, body: JSON.stringify(body) });
  const { message } = JSON.parse(text) as { message?: string };
  const sent = String(answered["warning"] ?? "");
  const warnings = [...sent.matchAll(/299 - ("(?:[^"\\]|\\.)*")/g)].map(([, quoted = ""]) =>
    String(JSON.parse(quoted)),
  );
  return { status, warnings, ...(message === undefined ? {} : { message }) };
}

describe("warns as Kubernetes 1.36.2 does", () => {
  it.each(exchanges)("$warnings", async ({ path, body, warnings }) => {
    expect(await send("POST", `${path}?dryRun=All`, body)).toMatchObject({ status: 201, warnings });
  });
});

const container = { name: "c", image: "i" };
const careful = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
  capabilities: { drop: ["ALL"] },
};
const privileged = { ...container, name: "d", securityContext: { privileged: true } };
const bare =
  'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")';

describe("the Pod Security Standards", () => {
  beforeAll(async () => {
    for (const level of ["baseline", "restricted"]) {
      const labels = { "pod-security.kubernetes.io/enforce": level, "pod-security.kubernetes.io/warn": level };
      await send("POST", "/api/v1/namespaces", { metadata: { name: level, labels } });
      await send("POST", `/api/v1/namespaces/${level}/serviceaccounts`, { metadata: { name: "default" } });
    }
  });

  it.each([
    ["baseline", { containers: [container] }, undefined],
    ["restricted", { containers: [container] }, bare],
    ["restricted", { containers: [{ ...container, securityContext: careful }] }, undefined],
    [
      "baseline",
      { hostNetwork: true, hostPID: true, containers: [container] },
      "host namespaces (hostNetwork=true, hostPID=true)",
    ],
    [
      "baseline",
      {
        volumes: [
          { name: "v", hostPath: { path: "/x" } },
          { name: "w", hostPath: { path: "/y" } },
        ],
        containers: [container],
      },
      'hostPath volumes (volumes "v", "w")',
    ],
    [
      "baseline",
      { containers: [container, privileged] },
      'privileged (container "d" must not set securityContext.privileged=true)',
    ],
  ])("of a namespace that enforces %s: %j", async (level, spec, why) => {
    const pod = { metadata: { name: "x" }, spec };
    const message = `pods "x" is forbidden: violates PodSecurity "${level}:latest": ${why ?? ""}`;
    const wanted = why === undefined ? { status: 201 } : { status: 403, message };
    expect(await send("POST", `/api/v1/namespaces/${level}/pods?dryRun=All`, pod)).toMatchObject(wanted);
  });

  it("only warn of what runs pods", async () => {
    const labels = { app: "x" };
    const template = { metadata: { labels }, spec: { containers: [container] } };
    const deployment = { metadata: { name: "x" }, spec: { selector: { matchLabels: labels }, template } };
    const told = await send("POST", "/apis/apps/v1/namespaces/restricted/deployments?dryRun=All", deployment);
    expect(told).toMatchObject({ status: 201, warnings: [`would violate PodSecurity "restricted:latest": ${bare}`] });
  });

  it("tell of pods that are there already, and take no other labels", async () => {
    await send("POST", "/api/v1/namespaces", { metadata: { name: "free" } });
    await send("POST", "/api/v1/namespaces/free/serviceaccounts", { metadata: { name: "default" } });
    for (const name of ["a", "b"]) {
      await send("POST", "/api/v1/namespaces/free/pods", { metadata: { name }, spec: { containers: [container] } });
    }
    const label = (level: string): Promise<Told> =>
      send("PATCH", "/api/v1/namespaces/free", {
        metadata: { labels: { "pod-security.kubernetes.io/enforce": level } },
      });
    expect(await label("bogus")).toMatchObject({
      status: 422,
      message:
        'Namespace "free" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "bogus": must be one of privileged, baseline, restricted',
    });
    expect(await label("restricted")).toMatchObject({
      status: 200,
      warnings: [
        'existing pods in namespace "free" violate the new PodSecurity enforce level "restricted:latest"',
        "a (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile",
      ],
    });
  });
});

describe("nobody gives away more than he has", () => {
  const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
  const apiGroup = "rbac.authorization.k8s.io";
  const may = (...verbs: readonly string[]): unknown => [
    { apiGroups: [apiGroup], resources: ["roles", "rolebindings"], verbs },
    { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
  ];
  const asBob = { "impersonate-user": "bob" };

  it("in a role or a binding", async () => {
    await send("POST", `${rbac}/roles`, { metadata: { name: "granter" }, rules: may("create") });
    const roleRef = { apiGroup, kind: "Role", name: "granter" };
    const subjects = [{ apiGroup, kind: "User", name: "bob" }];
    await send("POST", `${rbac}/rolebindings`, { metadata: { name: "granter" }, roleRef, subjects });
    const role = (name: string, verbs: readonly string[]): unknown => ({
      metadata: { name },
      rules: [{ apiGroups: [""], resources: ["pods"], verbs }],
    });
    expect(await send("POST", `${rbac}/roles`, role("less", ["get"]), asBob)).toMatchObject({ status: 201 });
    expect(await send("POST", `${rbac}/roles`, role("more", ["get", "list"]), asBob)).toMatchObject({
      status: 403,
      message:
        'roles.rbac.authorization.k8s.io "more" is forbidden: user "bob" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["list"]}',
    });
    const whole = {
      metadata: { name: "whole" },
      roleRef: { apiGroup, kind: "ClusterRole", name: "cluster-admin" },
      subjects,
    };
    expect(await send("POST", `${rbac}/rolebindings`, whole, asBob)).toMatchObject({
      status: 403,
      message:
        'rolebindings.rbac.authorization.k8s.io "whole" is forbidden: user "bob" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}',
    });
  });
});
