import { request } from "node:https";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callRaw, startTestApi, statusOf, type TestApi, webDeployment } from "./kubernetes-fixture.ts";

const json = { "content-type": "application/json" };

describe("the API server over HTTPS", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  it("wants the bearer token, except for version and health", async () => {
    for (const authorization of ["", "Bearer wrong", `Basic ${api.token}`, `Bearer ${api.token}x`]) {
      const answer = await callRaw(api, "/api/v1/namespaces", { headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(statusOf(answer)).toMatchObject({ kind: "Status", reason: "Unauthorized", code: 401 });
    }
    for (const path of ["/healthz", "/readyz", "/livez"]) {
      expect((await callRaw(api, path, { headers: { authorization: "" } })).text).toBe("ok");
    }
    const version = await callRaw(api, "/version", { headers: { authorization: "" } });
    expect(JSON.parse(version.text)).toMatchObject({ major: "1", minor: "33", gitVersion: "v1.33.5" });
  });

  it("tells in its metrics which old APIs were called", async () => {
    await using old = await startTestApi({ kubernetesVersion: "1.31.9" });
    const metrics = async () => (await callRaw(old, "/metrics")).text;
    expect(await metrics()).toMatch(/^# TYPE apiserver_requested_deprecated_apis gauge\n$/m);
    await callRaw(old, "/apis/flowcontrol.apiserver.k8s.io/v1beta3/flowschemas");
    expect(await metrics()).toContain(
      'apiserver_requested_deprecated_apis{group="flowcontrol.apiserver.k8s.io",removed_release="1.32",resource="flowschemas",subresource="",version="v1beta3"} 1\n',
    );
    expect((await callRaw(old, "/metrics", { headers: { authorization: "" } })).status).toBe(401);
  });

  it("is trusted through its own authority only", async () => {
    const { port } = new URL(api.url);
    const code = await new Promise((resolve) => {
      request({ host: "127.0.0.1", port, path: "/healthz", agent: false }, () => resolve("trusted"))
        .on("error", (error: NodeJS.ErrnoException) => resolve(error.code))
        .end();
    });
    expect(code).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
    const byName = await new Promise<number | undefined>((resolve, reject) => {
      request({ host: "localhost", port, path: "/healthz", ca: api.certificates.caPem, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(byName).toBe(200);
  });

  it("refuses bodies that it cannot take", async () => {
    const path = "/api/v1/namespaces/default/configmaps";
    const post = (body: string, contentType: string) =>
      callRaw(api, path, { method: "POST", headers: { "content-type": contentType }, body });
    const broken = await post('{"metadata":', "application/json");
    expect(broken.status).toBe(400);
    expect(statusOf(broken)).toMatchObject({ reason: "BadRequest", kind: "Status" });
    expect((await post("a: [", "application/yaml")).status).toBe(400);
    expect((await post("[1, 2]", "application/json")).status).toBe(400);
    expect((await post("{}", "text/plain")).status).toBe(415);
    expect((await post("k8s\0\u0012\u00ff", "application/vnd.kubernetes.protobuf")).status).toBe(400);
    expect((await post("nonsense", "application/vnd.kubernetes.protobuf")).status).toBe(400);
    const wrongKind = await post('{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"}}', "application/json");
    expect(wrongKind.status).toBe(400);
    const wrongType = await post('{"metadata":{"name":"x"},"data":{"a":1}}', "application/json");
    expect(statusOf(wrongType).message).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    );
    const large = await post(
      JSON.stringify({ metadata: { name: "large" }, data: { text: "x".repeat(4_000_000) } }),
      "application/json",
    );
    expect(large.status).toBe(413);
    expect(statusOf(large)).toMatchObject({ reason: "RequestEntityTooLarge" });
  });

  it("outlives bodies that are nested beyond measure", async () => {
    const place = "/apis/dapr.io/v1alpha1/namespaces/default/components";
    const deep = `${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}`;
    const body = `{"metadata":{"name":"deep"},"spec":{"type":"x","version":"v1","metadata":[{"name":"a","value":${deep}}]}}`;
    const answer = await callRaw(api, place, { method: "POST", headers: json, body });
    expect(answer.status).toBe(400);
    expect(statusOf(answer).message).toBe("json: exceeded max depth");
    expect((await callRaw(api, place)).status).toBe(200);
  });

  it("takes YAML", async () => {
    const body = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: from-yaml\ndata:\n  a: b\n";
    const answer = await callRaw(api, "/api/v1/namespaces/default/configmaps", {
      method: "POST",
      headers: { "content-type": "application/yaml" },
      body,
    });
    expect(answer.status).toBe(201);
    expect(JSON.parse(answer.text)).toMatchObject({ data: { a: "b" }, metadata: { namespace: "default" } });
  });

  it.each([
    ["GET", "/api/v1/nothings", 404],
    ["GET", "/apis/apps/v2/deployments", 404],
    ["GET", "/api/v1/namespaces/default/pods/x/nothing", 404],
    ["GET", "/apis/apps/v1/namespaces/default/deployments/a/b/c", 404],
    ["GET", "/api/v1/namespaces/../secrets", 404],
    ["GET", "/api/v1/namespaces/%2e%2e/%2e%2e/etc/passwd", 404],
    ["GET", "/api/v1/namespaces/default/configmaps/..%2f..%2fetc%2fpasswd", 404],
    ["GET", "/api/v1/namespaces/default/configmaps/%zz", 400],
    ["GET", "/api/v1/namespaces/default/configmaps/__proto__", 404],
    ["PUT", "/api/v1/namespaces/default/configmaps", 405],
    ["POST", "/api/v1/namespaces/default/configmaps/x", 405],
    ["POST", "/api/v1/pods", 405],
    ["DELETE", "/api/v1/namespaces", 405],
    ["OPTIONS", "/api/v1/namespaces", 405],
    ["POST", "/version", 405],
  ])("answers %s %s with a Status of %i", async (method, path, code) => {
    const answer = await callRaw(api, path, { method, headers: json, ...(method === "GET" ? {} : { body: "{}" }) });
    expect(answer.status).toBe(code);
    expect(statusOf(answer)).toMatchObject({ kind: "Status", code });
  });

  it.each(["/nothing", "/apis/nothing.io/v1/things", "/livez/nothing", "//api/v1/namespaces"])(
    "has no page %s",
    async (path) => {
      const answer = await callRaw(api, path);
      expect([answer.status, answer.text]).toEqual([404, "404 page not found\n"]);
    },
  );

  it("answers in the form that the client accepts, or 406", async () => {
    const get = (accept: string) => callRaw(api, "/api/v1/namespaces", { headers: { accept } });
    expect((await get("application/vnd.kubernetes.protobuf")).status).toBe(406);
    expect((await get("application/vnd.kubernetes.protobuf,application/json")).status).toBe(200);
    const table = JSON.parse((await get("application/json;as=Table;v=v1;g=meta.k8s.io,application/json")).text) as {
      kind: string;
      columnDefinitions: { name: string }[];
      rows: { cells: unknown[]; object: { kind: string } }[];
    };
    expect(table.kind).toBe("Table");
    expect(table.columnDefinitions.map(({ name }) => name)).toEqual(["Name", "Status", "Age"]);
    expect(table.rows[0]?.cells.slice(0, 2)).toEqual(["default", "Active"]);
    expect(table.rows[0]?.object.kind).toBe("PartialObjectMetadata");
    const partial = await get("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io");
    expect(JSON.parse(partial.text)).toMatchObject({ kind: "PartialObjectMetadataList" });
  });

  it("warns of unknown fields, drops them, and refuses them when told to be strict", async () => {
    const good = webDeployment("typo");
    const body = JSON.stringify({ ...good, spec: { ...good.spec, replcas: 3, "\u0000": "ü\r\nx" } });
    const path = "/apis/apps/v1/namespaces/default/deployments";
    const strict = await callRaw(api, `${path}?fieldValidation=Strict`, { method: "POST", headers: json, body });
    expect(strict.status).toBe(400);
    expect(statusOf(strict).message).toContain('strict decoding error: unknown field "spec.replcas"');
    const warned = await callRaw(api, path, { method: "POST", headers: json, body });
    expect(warned.status).toBe(201);
    expect(warned.headers["warning"]).toContain(String.raw`299 - "unknown field \"spec.replcas\""`);
    expect(warned.text).not.toContain("replcas");
  });

  it("describes itself, plainly and aggregated", async () => {
    const get = async (path: string, accept = "application/json"): Promise<Record<string, unknown>> =>
      JSON.parse((await callRaw(api, path, { headers: { accept } })).text) as Record<string, unknown>;
    expect(await get("/api")).toMatchObject({ kind: "APIVersions", versions: ["v1"] });
    expect(await get("/apis/apps")).toMatchObject({ kind: "APIGroup", preferredVersion: { groupVersion: "apps/v1" } });
    const list = (await get("/apis/apps/v1")) as { resources: { name: string }[] };
    expect(list.resources.map(({ name }) => name)).toContain("deployments/scale");
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const aggregated = (await get("/apis", accept)) as { kind: string; items: { metadata: { name: string } }[] };
    expect(aggregated.kind).toBe("APIGroupDiscoveryList");
    expect(aggregated.items.map(({ metadata }) => metadata.name)).toContain("keda.sh");
    const index = (await get("/openapi/v3")) as { paths: Record<string, { serverRelativeURL: string }> };
    for (const { serverRelativeURL } of Object.values(index.paths)) {
      expect(await get(serverRelativeURL)).toMatchObject({ openapi: "3.0.0" });
    }
  });

  it("forgets clients that vanish in the middle of a body", async () => {
    const { port } = new URL(api.url);
    const call = request({
      host: "127.0.0.1",
      port,
      path: "/api/v1/namespaces/default/configmaps",
      method: "POST",
      ca: api.certificates.caPem,
      agent: false,
      headers: { ...json, authorization: `Bearer ${api.token}`, "content-length": "100000" },
    });
    const gone = new Promise((resolve) => call.once("error", resolve));
    call.write("{", () => call.destroy());
    await gone;
    expect((await callRaw(api, "/healthz")).text).toBe("ok");
    expect(api.traced("kubernetes.bug")).toEqual([]);
  });
});
