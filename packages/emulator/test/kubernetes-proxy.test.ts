import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { type HttpAnswer, httpsRequest } from "./https-request.ts";
import { createKubectl } from "./kubectl.ts";
import { startTestApi, type TestApi } from "./kubernetes-fixture.ts";

interface Backend extends AsyncDisposable {
  readonly api: TestApi;
  /** Resolves when whoever read `/endless` has gone. */
  readonly left: Promise<void>;
  send(method: string, path: string, body?: string, onText?: (text: string) => "stop" | undefined): Promise<HttpAnswer>;
}

/** A pod whose port 8080 is a server of this process, with a service before it. */
async function startBackend(): Promise<Backend> {
  const left = Promise.withResolvers<void>();
  const server = await listening(left.resolve);
  const { port } = server.address() as AddressInfo;
  const api = await startTestApi({
    podAddress: (_uid, podPort) => (podPort === 8_080 ? { host: "127.0.0.1", port } : undefined),
  });
  const send: Backend["send"] = (method, path, body, onText) =>
    httpsRequest(`${api.url}${path}`, {
      ca: api.certificates.caPem,
      method,
      headers: { authorization: `Bearer ${api.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body }),
      ...(onText ? { onText } : {}),
    });
  await fill(send);
  return {
    api,
    left: left.promise,
    send,
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listening(onLeft: () => void): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === "/endless") {
      const ticks = setInterval(() => response.write("tick "), 5);
      response.on("close", () => {
        clearInterval(ticks);
        onLeft();
      });
      return;
    }
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.url === "/moved") response.setHeader("location", "/here");
      response.writeHead(request.url === "/moved" ? 302 : request.url === "/teapot" ? 418 : 200, {
        "content-type": "text/plain",
        "x-own": "yes",
      });
      response.end(
        `${request.method} ${request.url} ${String(request.headers.authorization)} ${Buffer.concat(chunks).toString()}`,
      );
    });
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

async function fill(send: Backend["send"]): Promise<void> {
  const make = async (path: string, object: object): Promise<void> => {
    const { status } = await send("POST", path, JSON.stringify(object));
    expect(status).toBe(201);
  };
  await make("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } });
  const inside = "/api/v1/namespaces/web";
  const containers = [{ name: "app", image: "app:1", ports: [{ containerPort: 8_080 }] }];
  await make(`${inside}/pods`, { apiVersion: "v1", kind: "Pod", metadata: { name: "app" }, spec: { containers } });
  const status = { phase: "Running", podIP: "10.244.0.7", podIPs: [{ ip: "10.244.0.7" }] };
  await send("PUT", `${inside}/pods/app/status`, JSON.stringify({ ...podOf(), status }));
  const ports = [{ name: "http", port: 80, targetPort: 8_080 }];
  await make(`${inside}/services`, { apiVersion: "v1", kind: "Service", metadata: { name: "app" }, spec: { ports } });
  const addresses = [{ ip: "10.244.0.7", targetRef: { kind: "Pod", namespace: "web", name: "app" } }];
  await make(`${inside}/endpoints`, {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "app" },
    subsets: [{ addresses, ports: [{ name: "http", port: 8_080 }] }],
  });
}

function podOf(): object {
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "app" } };
}

describe("the proxy of pods and services", () => {
  it("reaches the process of the pod, with method, query and body, and without the token", async () => {
    await using backend = await startBackend();
    const answer = await backend.send("PUT", "/api/v1/namespaces/web/pods/app:8080/proxy/a/b?c=d%20e", "hello");
    expect(answer.text).toBe("PUT /a/b?c=d%20e undefined hello");
    expect(answer.headers["x-own"]).toBe("yes");
    const teapot = await backend.send("GET", "/api/v1/namespaces/web/pods/http:app:8080/proxy/teapot");
    expect(teapot.status).toBe(418);
  });

  it("finds the port of a service by name and by number, and of a pod by its first container", async () => {
    await using backend = await startBackend();
    for (const name of ["services/app:http", "services/app:80", "services/http:app:80", "pods/app"]) {
      const answer = await backend.send("GET", `/api/v1/namespaces/web/${name}/proxy/`);
      expect([name, answer.status, answer.text]).toEqual([name, 200, "GET / undefined "]);
    }
  });

  it("sends the client on below its own path", async () => {
    await using backend = await startBackend();
    const path = "/api/v1/namespaces/web/services/app:http/proxy";
    const bare = await backend.send("GET", path);
    expect([bare.status, bare.headers["location"]]).toEqual([301, `${path}/`]);
    const moved = await backend.send("GET", `${path}/moved`);
    expect([moved.status, moved.headers["location"]]).toEqual([302, `${path}/here`]);
  });

  it("passes on piece by piece what has no end, until the client leaves", async () => {
    await using backend = await startBackend();
    const path = "/api/v1/namespaces/web/pods/app/proxy/endless";
    const answer = await backend.send("GET", path, undefined, (text) => (text.length > 20 ? "stop" : undefined));
    expect(answer.text).toMatch(/^tick tick /);
    await backend.left;
  });

  it.each([
    ["services/app", 503, 'no endpoints available for service "app"'],
    ["services/app:81", 503, 'no service port 81 found for service "app"'],
    ["services/none", 404, 'services "none" not found'],
    ["services/ftp:app:80", 400, 'invalid service request "ftp:app:80"'],
    ["pods/none:80", 404, 'pods "none" not found'],
    ["pods/app:9", 503, "error trying to reach service: dial tcp 10.244.0.7:9: connect: connection refused"],
  ])("refuses %s with %i", async (name, status, message) => {
    await using backend = await startBackend();
    const answer = await backend.send("GET", `/api/v1/namespaces/web/${name}/proxy/`);
    expect([answer.status, (answer.json() as { message: string }).message]).toEqual([status, message]);
  });

  it("serves kubectl get --raw", async () => {
    await using backend = await startBackend();
    using kubectl = createKubectl(backend.api.kubeconfigText);
    const text = await kubectl.run(["get", "--raw", "/api/v1/namespaces/web/services/app:http/proxy/healthz"]);
    expect(text).toBe("GET /healthz undefined ");
  });
});
