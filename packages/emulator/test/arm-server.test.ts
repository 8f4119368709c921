import { describe, expect, it } from "vitest";
import { createIdentityServer } from "../src/http/identity/routes.ts";
import { identity, startServer, type TestServer } from "./container-apps-server.ts";
import { groupPath, subscription } from "./container-apps-world.ts";
import { type HttpAnswer, httpsRequest } from "./https-request.ts";

interface Call {
  readonly method?: string;
  readonly authorization?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

function arm(server: TestServer, path: string, call: Call = {}): Promise<HttpAnswer> {
  const authorization = "authorization" in call ? call.authorization : `Bearer ${server.token()}`;
  return httpsRequest(`${server.url}${path}`, {
    ca: server.caPem,
    ...(call.method ? { method: call.method } : {}),
    headers: { ...(authorization ? { authorization } : {}), "content-type": "application/json", ...call.headers },
    ...(call.body === undefined ? {} : { body: call.body }),
  });
}

function codeOf(answer: HttpAnswer): unknown {
  return [answer.status, (answer.json() as { error?: { code?: string } }).error?.code];
}

const version = "?api-version=2024-11-01";
const group = `${groupPath}${version}`;
const put = { method: "PUT", body: JSON.stringify({ location: "West Europe", tags: { team: "pay" } }) };
const inGroup = `${groupPath}/providers`;

describe("Azure Resource Manager", () => {
  it("refuses calls without a token, with a wrong one and with one of another run", async () => {
    await using server = await startServer();
    await using other = await startServer();
    const path = `/subscriptions${version}`;
    const absent = await arm(server, path, { authorization: undefined });
    expect(codeOf(absent)).toEqual([401, "AuthenticationFailed"]);
    expect(absent.headers["www-authenticate"]).toContain("Bearer authorization_uri=");
    expect(codeOf(await arm(server, path, { authorization: "Bearer a.b.c" }))).toEqual([
      401,
      "InvalidAuthenticationToken",
    ]);
    expect(codeOf(await arm(server, path, { authorization: "Basic abc" }))).toEqual([
      401,
      "AuthenticationFailedInvalidHeader",
    ]);
    const [head = "", claims = "", signature = ""] = server.token().split(".");
    const later = { ...(JSON.parse(Buffer.from(claims, "base64url").toString()) as object), exp: 9_999_999_999 };
    const forged = `${head}.${Buffer.from(JSON.stringify(later)).toString("base64url")}.${signature}`;
    expect(codeOf(await arm(server, path, { authorization: `Bearer ${forged}` }))).toEqual([
      401,
      "InvalidAuthenticationToken",
    ]);
    expect((await arm(other, path, { authorization: `Bearer ${other.token()}` })).status).toBe(200);
  });

  it.each([
    ["/subscriptions", 400, "MissingApiVersionParameter"],
    ["/subscriptions?api-version=latest", 400, "InvalidApiVersionParameter"],
    [`/subscriptions/${subscription.replace("1", "2")}/resourceGroups/x${version}`, 404, "SubscriptionNotFound"],
    [`/subscriptions/nope/resourceGroups/x${version}`, 400, "InvalidSubscriptionId"],
    [`/nothing${version}`, 404, "MissingSubscription"],
    [`${groupPath}/..%2fx${version}`, 400, "InvalidResourceName"],
    [`${groupPath}/%zz${version}`, 400, "InvalidResourceName"],
    [`${inGroup}/Microsoft.App/containerApps/a%3Cb${version}`, 400, "InvalidResourceName"],
    [`${groupPath}${version}`, 404, "ResourceGroupNotFound"],
    [`${inGroup}/Microsoft.App/containerApps/web${version}`, 404, "ResourceGroupNotFound"],
    [`${inGroup}/Microsoft.Nothing/things/a${version}`, 404, "InvalidResourceNamespace"],
    [`${inGroup}/Microsoft.App/things/a${version}`, 404, "InvalidResourceType"],
    [`${inGroup}/Microsoft.App/containerApps/web?api-version=2019-01-01`, 400, "NoRegisteredProviderFound"],
    [
      `/subscriptions/${subscription}/providers/Microsoft.App/locations/westeurope/containerappOperationStatuses/x${version}`,
      404,
      "OperationNotFound",
    ],
  ])("answers GET %s with %i %s", async (path, status, code) => {
    await using server = await startServer();
    expect(codeOf(await arm(server, path))).toEqual([status, code]);
  });

  it("says where a missing resource was missed", async () => {
    await using server = await startServer();
    await arm(server, group, put);
    const answer = await arm(server, `${inGroup}/Microsoft.App/containerApps/web${version}`);
    expect(codeOf(answer)).toEqual([404, "ResourceNotFound"]);
    expect(answer.headers["x-ms-failure-cause"]).toBe("gateway");
    const child = await arm(server, `${inGroup}/Microsoft.App/containerApps/web/revisions${version}`);
    expect(codeOf(child)).toEqual([404, "ParentResourceNotFound"]);
  });

  it("refuses bodies that it cannot read", async () => {
    await using server = await startServer();
    const send = (body: string | Uint8Array, headers = {}) => arm(server, group, { method: "PUT", body, headers });
    expect(codeOf(await send("{bad"))).toEqual([400, "InvalidRequestContent"]);
    expect(codeOf(await send(Buffer.from([0x22, 0xff, 0x22])))).toEqual([400, "InvalidRequestContent"]);
    expect(codeOf(await send("a=b", { "content-type": "application/x-www-form-urlencoded" }))).toEqual([
      415,
      "UnsupportedMediaType",
    ]);
    const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    expect(codeOf(await send(deep))).toEqual([400, "InvalidRequestContent"]);
    expect(codeOf(await send("x".repeat(5 * 1024 * 1024)))).toEqual([413, "RequestContentTooLarge"]);
    expect(codeOf(await send("{}"))).toEqual([400, "LocationRequired"]);
    expect(codeOf(await send('{"location":"moon"}'))).toEqual([400, "LocationNotAvailableForResourceGroup"]);
    await arm(server, group, put);
    const app = `${inGroup}/Microsoft.App/containerApps/web?api-version=2026-07-01`;
    expect(codeOf(await arm(server, app, { method: "PUT", body: "[]" }))).toEqual([400, "InvalidRequestContent"]);
    expect(codeOf(await arm(server, app, { method: "PUT" }))).toEqual([400, "InvalidRequestContent"]);
    expect((await arm(server, `/subscriptions${version}`)).status).toBe(200);
  });

  it("keeps resource groups", async () => {
    await using server = await startServer();
    expect((await arm(server, group, { method: "HEAD" })).status).toBe(404);
    const created = await arm(server, group, put);
    expect([created.status, created.json()]).toEqual([
      201,
      {
        id: groupPath,
        name: "shop",
        type: "Microsoft.Resources/resourceGroups",
        location: "westeurope",
        tags: { team: "pay" },
        properties: { provisioningState: "Succeeded" },
      },
    ]);
    expect((await arm(server, group, put)).status).toBe(200);
    expect(
      (await arm(server, group.replace("resourceGroups/shop", "resourcegroups/SHOP"), { method: "HEAD" })).status,
    ).toBe(204);
    expect(codeOf(await arm(server, group, { method: "PUT", body: '{"location":"eastus"}' }))).toEqual([
      409,
      "InvalidResourceGroupLocation",
    ]);
    const listed = (await arm(server, `/subscriptions/${subscription}/resourcegroups${version}`)).json();
    expect(listed).toMatchObject({ value: [{ name: "shop" }] });
    const deleted = await arm(server, group, { method: "DELETE" });
    expect([deleted.status, deleted.text]).toEqual([202, ""]);
    expect(deleted.headers["location"]).toContain("/operationresults/");
  });

  it("says what it has: subscriptions, tenants, locations, providers, metadata", async () => {
    await using server = await startServer();
    const read = async (path: string): Promise<unknown> => (await arm(server, `${path}${version}`)).json();
    expect(await read("/subscriptions")).toMatchObject({ value: [{ subscriptionId: subscription, state: "Enabled" }] });
    expect(await read("/tenants")).toMatchObject({ value: [{ tenantId: server.arm.tokens.tenantId }] });
    expect(await read(`/subscriptions/${subscription}/providers/microsoft.app`)).toMatchObject({
      namespace: "Microsoft.App",
      registrationState: "Registered",
      resourceTypes: expect.arrayContaining([
        expect.objectContaining({
          resourceType: "containerApps",
          locations: expect.arrayContaining(["West Europe"]) as unknown,
        }),
      ]) as unknown,
    });
    const metadata = await arm(server, "/metadata/endpoints?api-version=2022-09-01", { authorization: undefined });
    expect(metadata.json()).toMatchObject({
      resourceManager: server.url,
      authentication: { loginEndpoint: server.url },
    });
  });

  it("returns what correlates, and counts the budget down", async () => {
    await using server = await startServer();
    const headers = {
      "x-ms-correlation-request-id": "abc-1",
      "x-ms-client-request-id": "mine",
      "x-ms-return-client-request-id": "true",
    };
    const answer = await arm(server, `/subscriptions${version}`, { headers });
    expect(answer.headers).toMatchObject({
      "x-ms-correlation-request-id": "abc-1",
      "x-ms-client-request-id": "mine",
      "x-ms-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      "x-ms-routing-request-id": expect.stringMatching(/^WESTEUROPE:\d{8}T\d{6}Z:/) as unknown,
      "x-ms-ratelimit-remaining-subscription-reads": "1099",
      "content-type": "application/json; charset=utf-8",
    });
  });

  it("refuses a port that is taken", async () => {
    await using server = await startServer();
    const { createArmServer } = await import("../src/http/arm/server.ts");
    const certificates = { certPem: "", keyPem: "" };
    const port = Number(new URL(server.url).port);
    await expect(createArmServer({ ...server.arm, certificates, port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

describe("identity", () => {
  const msi = "/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com%2F";

  it("gives a managed identity a token that ARM takes, for the right header only", async () => {
    await using server = await startServer();
    const header = { "x-identity-header": identity.identityHeader };
    const { ca, url } = { ca: server.caPem, url: server.url };
    const given = (await httpsRequest(`${url}${msi}`, { ca, headers: header })).json() as Record<string, string>;
    expect(given).toMatchObject({
      token_type: "Bearer",
      resource: "https://management.azure.com/",
      client_id: identity.clientId,
    });
    const authorization = `Bearer ${given["access_token"]}`;
    expect((await arm(server, `/subscriptions${version}`, { authorization })).status).toBe(200);
    const claims = JSON.parse(
      Buffer.from(given["access_token"]?.split(".")[1] ?? "", "base64url").toString(),
    ) as object;
    expect(Object.keys(claims)).toEqual(expect.arrayContaining(["tid", "oid", "appid", "aud", "exp"]));
    expect((await httpsRequest(`${url}${msi}`, { ca, headers: { "x-identity-header": "guess" } })).status).toBe(401);
    expect((await httpsRequest(`${url}/msi/token`, { ca, headers: header })).status).toBe(400);
  });

  it("gives a service principal a token for its secret only", async () => {
    await using server = await startServer();
    const tenant = server.arm.tokens.tenantId;
    const configuration = await httpsRequest(`${server.url}/${tenant}/v2.0/.well-known/openid-configuration`, {
      ca: server.caPem,
    });
    const { token_endpoint: endpoint } = configuration.json() as { token_endpoint: string };
    expect(endpoint).toBe(`${server.url}/${tenant}/oauth2/v2.0/token`);
    const ask = (secret: string) =>
      httpsRequest(endpoint, {
        ca: server.caPem,
        method: "POST",
        body: new URLSearchParams({
          grant_type: "client_credentials",
          client_id: identity.clientId,
          client_secret: secret,
          scope: `${server.url}//.default`,
        }).toString(),
      });
    const given = (await ask(identity.clientSecret)).json() as { access_token: string; expires_in: number };
    expect(given.expires_in).toBe(3_600);
    expect(
      (await arm(server, `/subscriptions${version}`, { authorization: `Bearer ${given.access_token}` })).status,
    ).toBe(200);
    const refused = await ask("guess");
    expect([refused.status, (refused.json() as { error: string }).error]).toEqual([401, "invalid_client"]);
  });

  it("has an endpoint over plain HTTP, as containers have", async () => {
    await using server = await startServer();
    const plain = await createIdentityServer({ tokens: server.arm.tokens, ...identity });
    try {
      const answer = await fetch(`${plain.endpoint}?api-version=2019-08-01&resource=arm`, {
        headers: { "x-identity-header": identity.identityHeader },
      });
      const { access_token: token } = (await answer.json()) as { access_token: string };
      expect(server.arm.tokens.verify(token)).toMatchObject({ kind: "valid", audience: "arm" });
      expect((await fetch(plain.endpoint.replace("/msi/token", "/elsewhere"))).status).toBe(404);
    } finally {
      await plain.close();
    }
  });
});
