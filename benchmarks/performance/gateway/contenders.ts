import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Tool } from "../harness/tools.ts";

/** Where everything listens: below the ports of outgoing connections. */
export const backendPorts = [19_101, 19_102] as const;
export const host = "app.test";
/** Of the two backends. */
export const weights = [9, 1] as const;

export interface Contender {
  readonly name: string;
  readonly port: number;
  /** The program that must be installed; Node's are always there. */
  readonly tool?: Tool;
  readonly command: readonly string[];
}

/** Every proxy: keep-alive on both sides, two backends at 9 to 1. */
export function contenders(folder: string, workers: number): Contender[] {
  const program = (name: string, port: number): readonly string[] => [
    process.execPath,
    "--conditions=fairway-source",
    ...(workers === 1 ? [inFolder(name), String(port)] : [inFolder("cluster.ts"), String(port), String(workers), name]),
  ];
  const nginx = nginxCommand(folder, "proxy", nginxProxy(19_001), workers);
  return [
    { name: "nginx", port: 19_001, tool: "nginx", command: nginx },
    { name: "haproxy", port: 19_002, tool: "haproxy", command: haproxyCommand(folder, 19_002, workers) },
    { name: "fairway", port: 19_003, command: program("fairway-gateway.ts", 19_003) },
    { name: "undici", port: 19_004, command: program("undici-proxy.ts", 19_004) },
    { name: "http-proxy", port: 19_005, command: program("http-proxy.ts", 19_005) },
  ];
}

function inFolder(name: string): string {
  return join(import.meta.dirname, name);
}

export function backendCommand(folder: string): readonly string[] {
  const servers = backendPorts.map(
    (port) => `server { listen 127.0.0.1:${port}; location / { return 200 "0123456789abcdef"; } }`,
  );
  return nginxCommand(folder, "backend", servers.join("\n"), 1);
}

function nginxProxy(port: number): string {
  const servers = backendPorts.map((backend, index) => `server 127.0.0.1:${backend} weight=${weights[index]};`);
  return `
upstream app { ${servers.join(" ")} keepalive 128; keepalive_requests 1000000000; }
server {
  listen 127.0.0.1:${port} backlog=1024;
  server_name ${host};
  location / {
    proxy_pass http://app;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto http;
    proxy_set_header X-Forwarded-Host $host;
    add_header X-Emulator-Revision $upstream_addr;
  }
}`;
}

function nginxCommand(folder: string, name: string, servers: string, workers: number): readonly string[] {
  const file = join(folder, `${name}.conf`);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${folder}/${name}-${kind};`,
  );
  writeFileSync(
    file,
    `daemon off; master_process ${workers === 1 ? "off" : "on"}; worker_processes ${workers}; pid ${folder}/${name}.pid; error_log ${folder}/${name}.log;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; ${temporary.join(" ")} ${servers} }`,
  );
  return ["nginx", "-e", join(folder, `${name}.log`), "-c", file];
}

function haproxyCommand(folder: string, port: number, workers: number): readonly string[] {
  const file = join(folder, "haproxy.cfg");
  const servers = backendPorts.map(
    (backend, index) => `  server s${index} 127.0.0.1:${backend} weight ${weights[index]}`,
  );
  writeFileSync(
    file,
    `global
  nbthread ${workers}
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
  option forwardfor
frontend front
  bind 127.0.0.1:${port}
  default_backend app
backend app
  balance roundrobin
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(Host)]
  http-response set-header X-Emulator-Revision %s
${servers.join("\n")}
`,
  );
  return ["haproxy", "-db", "-f", file];
}
