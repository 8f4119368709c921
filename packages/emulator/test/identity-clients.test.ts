import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ContainerServiceClient } from "@azure/arm-containerservice";
import { ClientSecretCredential } from "@azure/identity";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Azure, startAzure } from "../src/index.ts";
import { httpsRequest } from "./https-request.ts";

let azure: Azure;
let folder = "";

beforeAll(async () => {
  azure = await startAzure({ runtime: "model", timeScale: 600 });
  folder = await mkdtemp(join(tmpdir(), "fairway-identity-"));
  await writeFile(join(folder, "ca.pem"), azure.caCertificate);
});

afterAll(async () => {
  await azure.close();
  await rm(folder, { recursive: true });
});

const program = fileURLToPath(new URL("identity-default-credential.ts", import.meta.url));

/** The program in a process of its own, with these variables and nothing else of ours. */
function runProgram(variables: Readonly<Record<string, string>>): Promise<string> {
  const env = {
    PATH: process.env["PATH"],
    NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
    ARM_ENDPOINT: azure.armUrl,
    AZURE_SUBSCRIPTION_ID: azure.subscriptionId,
    ...variables,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, ["--disable-warning=ExperimentalWarning", program], { env }, (_, out) => resolve(out));
  });
}

describe("DefaultAzureCredential, unmodified", () => {
  const { clientId, metadataHost } = {
    clientId: () => azure.servicePrincipal["AZURE_CLIENT_ID"] ?? "",
    metadataHost: () => new URL(azure.environment["IDENTITY_ENDPOINT"] ?? "").origin,
  };

  it("signs in as the managed identity of an App Service", async () => {
    expect(await runProgram(azure.environment)).toContain("listed");
  });

  it("signs in as the managed identity of a virtual machine", async () => {
    expect(await runProgram({ AZURE_POD_IDENTITY_AUTHORITY_HOST: metadataHost() })).toContain("listed");
  });

  it("is refused an identity that is not there", async () => {
    const other = { AZURE_CLIENT_ID: "11111111-2222-4333-8444-000000000000" };
    expect(await runProgram({ ...azure.environment, ...other })).toMatch(/No User Assigned|identity/i);
    expect(await runProgram({ AZURE_POD_IDENTITY_AUTHORITY_HOST: metadataHost(), ...other })).not.toContain("listed");
  });

  it("signs in as a service principal with a secret", async () => {
    expect(await runProgram(azure.servicePrincipal)).toContain("listed");
  });

  it("is told AADSTS7000215 about a wrong secret", async () => {
    const output = await runProgram({ ...azure.servicePrincipal, AZURE_CLIENT_SECRET: "guess" });
    expect(output).toContain("AADSTS7000215: Invalid client secret provided.");
  });

  it("signs in with the federated token of a workload", async () => {
    const file = join(folder, "token");
    await writeFile(file, azure.federatedToken());
    const { AZURE_AUTHORITY_HOST = "", AZURE_TENANT_ID = "" } = azure.servicePrincipal;
    const workload = { AZURE_AUTHORITY_HOST, AZURE_TENANT_ID, AZURE_CLIENT_ID: clientId() };
    expect(await runProgram({ ...workload, AZURE_FEDERATED_TOKEN_FILE: file })).toContain("listed");
    const [head, , signature] = azure.federatedToken().split(".");
    const claims = Buffer.from(JSON.stringify({ iss: "i", sub: "s", aud: "api://other" })).toString("base64url");
    await writeFile(file, `${head}.${claims}.${signature}`);
    expect(await runProgram({ ...workload, AZURE_FEDERATED_TOKEN_FILE: file })).toContain("AADSTS700212");
  });
});

describe("the token endpoint", () => {
  const ask = async (path: string, form: Record<string, string>) => {
    const body = new URLSearchParams(form).toString();
    const answer = await httpsRequest(`${azure.armUrl}${path}`, { ca: azure.caCertificate, method: "POST", body });
    return { status: answer.status, body: answer.json() as Record<string, unknown> };
  };
  const form = () => ({
    grant_type: "client_credentials",
    client_id: azure.servicePrincipal["AZURE_CLIENT_ID"] ?? "",
    client_secret: azure.servicePrincipal["AZURE_CLIENT_SECRET"] ?? "",
  });

  it.each([
    { grant_type: "", code: 900144, status: 400, error: "invalid_request" },
    { grant_type: "password", code: 70003, status: 400, error: "unsupported_grant_type" },
    { client_id: "", code: 900144, status: 400, error: "invalid_request" },
    { client_id: "who", code: 700016, status: 400, error: "unauthorized_client" },
    { client_secret: "", code: 7000216, status: 401, error: "invalid_client" },
    { client_secret: "guess", code: 7000215, status: 401, error: "invalid_client" },
    { scope: "", code: 900144, status: 400, error: "invalid_request" },
    { scope: "https://management.azure.com/user", code: 1002012, status: 400, error: "invalid_scope" },
  ])("refuses as Entra does: %j", async ({ code, status, error, ...changes }) => {
    const scope = "https://management.azure.com/.default";
    const answer = await ask(`/${azure.tenantId}/oauth2/v2.0/token`, { scope, ...form(), ...changes });
    expect(answer).toMatchObject({
      status,
      body: {
        error,
        error_codes: [code],
        error_description: expect.stringMatching(
          new RegExp(`^AADSTS${code}: .* Trace ID: \\S{36} Correlation ID: \\S{36} Timestamp: \\S+ \\S+Z$`, "s"),
        ) as unknown,
      },
    });
    expect(JSON.stringify(answer.body)).not.toContain(azure.servicePrincipal["AZURE_CLIENT_SECRET"]);
  });

  it("knows one tenant", async () => {
    const answer = await ask("/11111111-2222-4333-8444-000000000000/oauth2/v2.0/token", form());
    expect(answer).toMatchObject({ status: 400, body: { error_codes: [90002] } });
  });

  it("speaks version 1 with a resource, in the words of that version", async () => {
    const answer = await ask(`/${azure.tenantId}/oauth2/token`, {
      ...form(),
      resource: "https://management.azure.com/",
    });
    expect(answer).toMatchObject({ status: 200, body: { resource: "https://management.azure.com/" } });
    expect(answer.body["expires_in"]).toMatch(/^\d+$/);
  });

  it("publishes the key that its tokens are signed with", async () => {
    const read = async (url: string) =>
      (await httpsRequest(url, { ca: azure.caCertificate })).json() as Record<string, unknown>;
    const { jwks_uri } = await read(`${azure.armUrl}/${azure.tenantId}/v2.0/.well-known/openid-configuration`);
    const { keys } = (await read(String(jwks_uri))) as { keys: import("node:crypto").webcrypto.JsonWebKey[] };
    const { token } = await azure.credential.getToken();
    const [header = "", claims = "", signature = ""] = token.split(".");
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("jwk", keys[0] ?? {}, algorithm, false, ["verify"]);
    const [signed, content] = [Buffer.from(signature, "base64url"), Buffer.from(`${header}.${claims}`)];
    expect(await crypto.subtle.verify(algorithm, key, signed, content)).toBe(true);
  });
});

describe("bearer tokens on ARM", () => {
  it("must be for ARM", async () => {
    const endpoint = azure.environment["IDENTITY_ENDPOINT"] ?? "";
    const headers = { "x-identity-header": azure.environment["IDENTITY_HEADER"] ?? "" };
    const given = await fetch(`${endpoint}?api-version=2019-08-01&resource=https://graph.microsoft.com`, { headers });
    const { access_token } = (await given.json()) as { access_token: string };
    const answer = await httpsRequest(`${azure.armUrl}/subscriptions?api-version=2022-12-01`, {
      ca: azure.caCertificate,
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect([answer.status, answer.json()]).toMatchObject([
      401,
      { error: { code: "InvalidAuthenticationTokenAudience" } },
    ]);
    expect(answer.headers["www-authenticate"]).toMatch(/^Bearer authorization_uri=".*", error="invalid_token"/);
  });

  it("that were revoked are refused with a claims challenge, which the official client answers", async () => {
    const { AZURE_CLIENT_ID = "", AZURE_CLIENT_SECRET = "" } = azure.servicePrincipal;
    const sent: string[] = [];
    const credential = new ClientSecretCredential("adfs", AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, {
      authorityHost: azure.armUrl,
      tlsOptions: { ca: azure.caCertificate },
    });
    const client = new ContainerServiceClient(credential, azure.subscriptionId, {
      endpoint: azure.armUrl,
      tlsOptions: { ca: azure.caCertificate },
      additionalPolicies: [
        {
          position: "perRetry",
          policy: {
            name: "watch",
            sendRequest: (request, next) =>
              next(request).then((response) => (sent.push(`${response.status}`), response)),
          },
        },
      ],
    });
    const list = () => client.managedClusters.list().next();
    await list();
    expect(azure.control("POST", "/_emulator/tokens/revoke")).toMatchObject({ status: 204 });
    await list();
    expect(sent).toEqual(["200", "401", "200"]);
  });
});
