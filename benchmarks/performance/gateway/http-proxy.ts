import { Agent, createServer } from "node:http";
import httpProxy from "http-proxy";
import { backendPorts } from "./contenders.ts";

const proxy = httpProxy.createProxyServer({ agent: new Agent({ keepAlive: true, maxSockets: 256 }), xfwd: true });
proxy.on("error", (_, __, response) => response.end());
let requests = 0;

createServer((request, response) => {
  requests += 1;
  const revision = requests % 10 === 0 ? 1 : 0;
  response.setHeader("x-emulator-revision", `revision-${revision}`);
  proxy.web(request, response, { target: { host: "127.0.0.1", port: backendPorts[revision] ?? 0 } });
}).listen(Number(process.argv[2]), "127.0.0.1");
