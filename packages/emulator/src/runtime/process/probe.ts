import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";
import type { Scheduler } from "@fairway/kernel";
import type { Address, ProbeRequest } from "../../world/ports.ts";
import { refusedProbe } from "../../world/probes.ts";

export interface Probe {
  /** Ends it without an answer. */
  cancel(): void;
}

/** Each probe has a connection of its own, as the kubelet's have. Its own agent, so that no proxy setting of ours applies. */
const agent = new Agent({ keepAlive: false });

/**
 * One probe of `address`; undefined: nobody listens. `done` is called once, from the clock. Wording of the messages: the
 * kubelet's (pkg/probe/http, pkg/probe/tcp), which are those of Go's net/http.
 */
export function startProbe(
  clock: Scheduler,
  address: Address | undefined,
  request: ProbeRequest,
  done: (ok: boolean, message: string) => void,
): Probe {
  let settled = false;
  let abort = (): void => {};
  const timeout = clock.after(request.timeoutMs, () => settle(false, timeoutMessage(target, request)));
  function settle(ok: boolean, message: string): void {
    if (settled) return;
    cancel();
    clock.after(0, () => done(ok, message));
  }
  function cancel(): void {
    settled = true;
    timeout.cancel();
    abort();
  }
  const target = address ?? { host: "127.0.0.1", port: request.port ?? 0 };
  if (!address) settle(false, refusedProbe(request, target));
  else if (request.kind === "httpGet") abort = probeHttp(target, request, settle);
  else abort = probeTcp(target, request, settle);
  return { cancel };
}

type Settle = (ok: boolean, message: string) => void;

function probeHttp(target: Address, request: ProbeRequest, settle: Settle): () => void {
  const url = new URL(`http://${target.host}:${target.port}/${(request.path ?? "").replace(/^\//, "")}`);
  const headers = { "User-Agent": "kube-probe/1", Accept: "*/*", Connection: "close" };
  const call = httpRequest(url, { agent, headers }, (response) => {
    const status = response.statusCode ?? 0;
    const ok = status >= 200 && status < 400;
    settle(ok, ok ? "" : `HTTP probe failed with statuscode: ${status}`);
  });
  call.on("error", (error) => settle(false, connectProblem(target, request, error)));
  call.end();
  return () => void call.destroy();
}

function probeTcp(target: Address, request: ProbeRequest, settle: Settle): () => void {
  const socket = connect(target.port, target.host, () => settle(true, ""));
  socket.on("error", (error) => settle(false, connectProblem(target, request, error)));
  return () => void socket.destroy();
}

function connectProblem(target: Address, request: ProbeRequest, error: NodeJS.ErrnoException): string {
  if (error.code === "ECONNREFUSED") return refusedProbe(request, target);
  return prefix(target, request) + (error.code === "ECONNRESET" ? "EOF" : (error.code ?? error.message));
}

function timeoutMessage(target: Address, request: ProbeRequest): string {
  if (request.kind === "tcpSocket") return `dial tcp ${target.host}:${target.port}: i/o timeout`;
  return `${prefix(target, request)}context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
}

function prefix({ host, port }: Address, request: ProbeRequest): string {
  return request.kind === "httpGet" ? `Get "http://${host}:${port}${request.path ?? "/"}": ` : "";
}
