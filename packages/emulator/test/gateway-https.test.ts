import { request } from "node:https";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Gateway } from "../src/gateway/gateway.ts";
import { type Certificates, createCertificates } from "../src/http/tls.ts";
import { startAzure } from "../src/start-azure.ts";
import { appBody, appPath, deploy, startWorld } from "./container-apps-world.ts";
import { backend, exchange, httpServer, startGateway, type TestServer } from "./gateway-parts.ts";

let certificates: Certificates;
/** Says what it was told. */
let server: TestServer;
beforeAll(async () => {
  certificates = await createCertificates();
  server = await httpServer((incoming, response) => response.end(JSON.stringify(incoming.headers)));
});
afterAll(() => server[Symbol.asyncDispose]());

interface Asked {
  readonly host?: string;
  readonly name?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly headers?: Record<string, string>;
}

/** What the gateway answers over HTTPS; rejects when the connection does not come to be, or ends. */
function ask(port: number, ca: string, { host = "app.test", name = host, cert, key, headers = {} }: Asked = {}) {
  return new Promise<{ status: number; subject: string; body: Record<string, string> | string }>((resolve, reject) => {
    const sent = request({
      host: "127.0.0.1",
      port,
      servername: name,
      ca,
      cert,
      key,
      headers: { host, ...headers },
      agent: false,
    });
    sent.on("error", reject);
    sent.on("response", (response) => {
      const { socket } = response as unknown as { socket: { getPeerCertificate(): { subjectaltname: string } } };
      const subject = socket.getPeerCertificate().subjectaltname;
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => {
        const body = text.startsWith("{") ? (JSON.parse(text) as Record<string, string>) : text;
        resolve({ status: response.statusCode ?? 0, subject, body });
      });
    });
    sent.end();
  });
}

async function startSecure(): Promise<{ gateway: Gateway; port: number }> {
  const gateway = await startGateway({ secure: { certificates } });
  return { gateway, port: gateway.secureAddress()?.port ?? 0 };
}

const plain = (lines = ""): string => `GET /a?b=1 HTTP/1.1\r\nHost: app.test:8080\r\n${lines}Connection: close\r\n\r\n`;

test("plain HTTP is sent on to HTTPS when the ingress wants that and there is HTTPS, from outside alone", async () => {
  const { gateway, port } = await startSecure();
  await using _gateway = gateway;
  const backends = [backend("a", [server.address])];
  gateway.setRoute("app.test", { backends, policy: { secureOnly: true } });
  const answer = await exchange(gateway, plain());
  expect(answer).toMatch(/^HTTP\/1\.1 301 Moved Permanently\r\n/);
  expect(answer).toContain(`\r\nlocation: https://app.test:${port}/a?b=1\r\n`);
  const inside = `Proxy-Authorization: Basic ${Buffer.from("main:").toString("base64")}\r\n`;
  expect(await exchange(gateway, plain(inside))).toMatch(/^HTTP\/1\.1 200 /);
  gateway.setRoute("app.test", { backends });
  expect(await exchange(gateway, plain())).toMatch(/^HTTP\/1\.1 200 [\s\S]*"x-forwarded-proto":"http"/);
  await using without = await startGateway();
  without.setRoute("app.test", { backends, policy: { secureOnly: true } });
  expect(await exchange(without, plain())).toMatch(/^HTTP\/1\.1 200 /);
});

test("HTTPS has a certificate for every host that is routed, and tells the app of it", async () => {
  const { gateway, port } = await startSecure();
  await using _gateway = gateway;
  gateway.setRoute("app.test", { backends: [backend("a", [server.address])], policy: { secureOnly: true } });
  const answer = await ask(port, certificates.caPem);
  expect(answer).toMatchObject({ status: 200, subject: "DNS:app.test", body: { "x-forwarded-proto": "https" } });
  await expect(ask(port, certificates.caPem, { host: "other.test" })).rejects.toThrow(/other\.test/);
});

test("a client certificate is asked for, required or overlooked, and the app gets to see it", async () => {
  const { gateway, port } = await startSecure();
  await using _gateway = gateway;
  const backends = [backend("a", [server.address])];
  const { certPem: cert, keyPem: key } = await certificates.issue("client.test");
  const { caPem } = certificates;
  const forged = { "x-forwarded-client-cert": "Hash=forged" };
  const certificateSeen = async (asked: Asked): Promise<string | undefined> => {
    const { status, body } = await ask(port, caPem, { headers: forged, ...asked });
    expect(status).toBe(200);
    return typeof body === "string" ? body : body["x-forwarded-client-cert"];
  };
  gateway.setRoute("app.test", { backends });
  expect(await certificateSeen({ cert, key })).toBeUndefined();
  gateway.setRoute("app.test", { backends, policy: { clientCertificate: "accept" } });
  expect(await certificateSeen({})).toBeUndefined();
  const seen = await certificateSeen({ cert, key });
  expect(seen).toMatch(/^Hash=[0-9a-f]{64};Cert="-----BEGIN%20CERTIFICATE-----[\w%.-]+";Chain="-----BEGIN/);
  expect(decodeURIComponent(/Cert="([^"]+)"/.exec(seen ?? "")?.[1] ?? "").trim()).toBe(cert.trim());
  gateway.setRoute("app.test", { backends, policy: { clientCertificate: "require" } });
  expect(await certificateSeen({ cert, key })).toBe(seen);
  await expect(ask(port, caPem)).rejects.toThrow();
  gateway.setRoute("open.test", { backends });
  await expect(ask(port, caPem, { host: "app.test", name: "open.test" })).resolves.toMatchObject({ status: 403 });
});

test("an embedded Azure serves apps over HTTPS when it is asked to", async () => {
  await using azure = await startAzure({ runtime: "model", appsHttpsPort: 0 });
  const { secureGateway, caCertificate } = azure;
  await expect(ask(secureGateway?.port ?? 0, caCertificate, { host: "localhost" })).resolves.toMatchObject({
    status: 404,
  });
});

test("the ingress of an app says whether plain HTTP will do, who shows a certificate, and which domains lead to it", () => {
  const world = startWorld();
  const customDomains = [{ name: "www.Shop.test", bindingType: "Disabled" }];
  deploy(world, { ingress: { customDomains, clientCertificateMode: "Require" } });
  const { backends = [], policy } = world.dataPlane.route("www.shop.test") ?? {};
  expect(backends).toMatchObject([{ weight: 100, whenEmpty: "reject" }]);
  expect(policy).toEqual({ secureOnly: true, clientCertificate: "require" });
  deploy(world, { ingress: { allowInsecure: true } });
  expect(world.dataPlane.route("www.shop.test")).toBeUndefined();
  expect(world.dataPlane.hosts().map((host) => world.dataPlane.route(host)?.policy)).not.toContainEqual(
    expect.anything(),
  );
  const refused = world.call("PUT", appPath, appBody({ ingress: { customDomains: [{ name: "no domain" }] } }));
  expect(refused.status).toBe(400);
});
