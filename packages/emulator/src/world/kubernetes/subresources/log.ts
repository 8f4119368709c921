import type { LogEntry } from "../../logs.ts";
import type { KubeObject } from "../../objects.ts";
import { type Call, isTrue, readObject } from "../call.ts";
import { at, listAt, numberAt, textAt } from "../json.ts";
import { integerParameter } from "../options.ts";
import type { KubeResponse, StreamSink } from "../request.ts";
import { badRequest, methodNotAllowed, type StatusError } from "../status-error.ts";
import { type FieldError, forbiddenField, invalid, invalidValue } from "../validation/field-errors.ts";

interface LogOptions {
  readonly follow: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  readonly sinceMs: number;
}

/** How often a followed log looks whether its container has ended. */
const endCheckMs = 500;

/** The log subresource of a pod: what a container wrote, and with `follow` what it writes until it ends. */
export function podLog(call: Call): KubeResponse {
  if (call.request.method !== "GET") throw methodNotAllowed();
  const options = logOptions(call);
  const pod = readObject(call);
  const container = containerName(call, pod);
  // As the API server does it: a pod without a node has nothing to say yet.
  if (!textAt(pod, "spec", "nodeName")) return { kind: "text", status: 204, text: "" };
  const id = containerId(call, pod, container);
  const lines = (): string => formatLines(call.cluster.world.logs.read(id), options);
  if (!options.follow) return { kind: "text", status: 200, text: lines() };
  return {
    kind: "stream",
    contentType: "text/plain",
    open(sink) {
      const written = lines();
      if (written !== "") sink.write(written);
      return followLog(call, id, options, sink);
    },
  };
}

/** The container id of `world.logs`, as the kubelet makes it. */
function containerId(call: Call, pod: KubeObject, container: string): string {
  const status = statusOf(pod, container);
  const restarts = numberAt(status, "restartCount") ?? 0;
  const previous = isTrue(call.request.query.get("previous"));
  if (previous && restarts === 0) {
    throw badRequest(
      `previous terminated container ${JSON.stringify(container)} in pod ${JSON.stringify(call.name)} not found`,
    );
  }
  const waiting = textAt(status, "state", "waiting", "reason");
  const started =
    restarts > 0 || at(status, "state", "running") !== undefined || at(status, "state", "terminated") !== undefined;
  if (!started) {
    throw badRequest(
      `container ${JSON.stringify(container)} in pod ${JSON.stringify(call.name)} is waiting to start: ${waiting ?? "ContainerCreating"}`,
    );
  }
  // Between two runs the last one's log is shown.
  const run =
    previous || (waiting !== undefined && restarts > 0 && !hasLog(call, container, restarts)) ? restarts - 1 : restarts;
  return logId(call, container, run);
}

function hasLog(call: Call, container: string, run: number): boolean {
  return call.cluster.world.logs.read(logId(call, container, run)).length > 0;
}

function logId({ cluster, namespace = "", name }: Call, container: string, run: number): string {
  return `${cluster.name}/${namespace}/${name}/${container}/${run}`;
}

function statusOf(pod: KubeObject, container: string): unknown {
  const statuses = [...listAt(pod, "status", "containerStatuses"), ...listAt(pod, "status", "initContainerStatuses")];
  return statuses.find((status) => textAt(status, "name") === container);
}

function containerName({ request, name }: Call, pod: KubeObject): string {
  const names = listAt(pod, "spec", "containers").map((one) => textAt(one, "name") ?? "");
  const initNames = listAt(pod, "spec", "initContainers").map((one) => textAt(one, "name") ?? "");
  const wanted = request.query.get("container");
  if (!wanted) {
    const [only, ...others] = names;
    if (only !== undefined && others.length === 0) return only;
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(" ")}]`);
  }
  if ([...names, ...initNames].includes(wanted)) return wanted;
  throw badRequest(`container ${wanted} is not valid for pod ${name}`);
}

function logOptions(call: Call): LogOptions {
  const { request, cluster } = call;
  const { query } = request;
  const sinceSeconds = integerOption(call, "sinceSeconds", 1);
  const sinceTime = timeOption(query.get("sinceTime"));
  if (sinceSeconds !== undefined && !Number.isNaN(sinceTime))
    throw optionError(call, forbiddenField("[]", "at most one of `sinceTime` or `sinceSeconds` may be specified"));
  if (query.get("stream")) throw optionError(call, forbiddenField("stream", "may not be specified"));
  const sinceMs = sinceSeconds === undefined ? sinceTime : cluster.world.clock.now() - sinceSeconds * 1_000;
  return {
    follow: isTrue(query.get("follow")),
    timestamps: isTrue(query.get("timestamps")),
    tailLines: integerOption(call, "tailLines", 0),
    limitBytes: integerOption(call, "limitBytes", 1),
    sinceMs: Number.isNaN(sinceMs) ? 0 : sinceMs,
  };
}

function integerOption(call: Call, name: string, minimum: number): number | undefined {
  const text = call.request.query.get(name);
  if (text === null || text === "") return undefined;
  const value = integerParameter(text);
  if (value >= minimum) return value;
  const rule = minimum === 0 ? "must be greater than or equal to 0" : "must be greater than 0";
  throw optionError(call, invalidValue(name, value, rule));
}

/** As Go reads a time; NaN without one. */
function timeOption(text: string | null): number {
  if (text === null || text === "") return Number.NaN;
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  const shown = JSON.stringify(text);
  throw badRequest(`parsing time ${shown} as "2006-01-02T15:04:05Z07:00": cannot parse ${shown} as "2006"`);
}

function optionError({ name }: Call, error: FieldError): StatusError {
  return invalid({ group: "", plural: "", kind: "PodLogOptions" }, name, [error]);
}

function formatLines(entries: readonly LogEntry[], options: LogOptions): string {
  const recent = entries.filter(({ timeMs }) => timeMs >= options.sinceMs);
  const { tailLines, limitBytes } = options;
  const shown = tailLines === undefined ? recent : recent.slice(recent.length - Math.min(tailLines, recent.length));
  const text = shown.map((entry) => formatLine(entry, options)).join("");
  return limitBytes === undefined ? text : Buffer.from(text).subarray(0, limitBytes).toString("utf8");
}

function formatLine({ timeMs, line }: LogEntry, { timestamps }: LogOptions): string {
  return timestamps ? `${nanoTimestamp(timeMs)} ${line}\n` : `${line}\n`;
}

function followLog(call: Call, id: string, options: LogOptions, sink: StreamSink): () => void {
  const { clock, logs } = call.cluster.world;
  const unfollow = logs.follow(id, (entry) => sink.write(formatLine(entry, options)));
  let timer = clock.after(endCheckMs, check);
  function check(): void {
    if (hasEnded(call, id)) sink.end();
    else timer = clock.after(endCheckMs, check);
  }
  return () => {
    unfollow();
    timer.cancel();
  };
}

/** The pod is gone, or this run of the container is over. */
function hasEnded(call: Call, id: string): boolean {
  const pod = call.cluster.store.get({ group: "", resource: "pods" }, call.namespace, call.name);
  if (!pod) return true;
  const [container = "", run] = id.split("/").slice(-2);
  const status = statusOf(pod, container);
  return at(status, "state", "terminated") !== undefined || Number(run) < (numberAt(status, "restartCount") ?? 0);
}

/** As the kubelet writes it: always nine digits. */
function nanoTimestamp(timeMs: number): string {
  return new Date(timeMs).toISOString().replace("Z", "000000Z");
}
