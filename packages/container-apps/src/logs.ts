import type { Replica } from "@azure/arm-appcontainers";
import type { LogLine, LogOptions } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import { fromAzure } from "./azure-errors.ts";
import type { Environment } from "./environment.ts";
import { abortable, type LiveApp, type NamedRevision, readLiveApp } from "./live-app.ts";
import { Merge } from "./merge.ts";
import { listReplicas } from "./revision-state.ts";

// The most that the service gives: `az containerapp logs show --tail`.
const tailMax = 300;
/** How often new replicas are looked for while following. */
const lookEveryMs = 5_000;

/** Lines of all replicas of the revisions that run, in the order in which they come. */
export async function* readLogs(environment: Environment, app: string, options: LogOptions): AsyncGenerator<LogLine> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const search: Search = { app, options, signal, lines: new Merge(), known: new Set() };
  addReplicas(environment, search).then(
    () => search.lines.end(),
    (error: unknown) => search.lines.fail(error),
  );
  try {
    yield* search.lines.read();
  } catch (error) {
    if (!signal.aborted) throw fromAzure(error, `the logs of ${app}`);
  } finally {
    stop.abort();
  }
}

interface Search {
  readonly app: string;
  readonly options: LogOptions;
  readonly signal: AbortSignal;
  readonly lines: Merge<LogLine>;
  /** Replicas whose stream was opened. */
  readonly known: Set<string>;
}

/** Once, or again and again while following: replicas come and go. */
async function addReplicas(environment: Environment, search: Search): Promise<void> {
  await addNewReplicas(environment, search);
  while (search.options.follow && !search.signal.aborted) {
    await environment.clock.sleep(lookEveryMs, search.signal);
    await addNewReplicas(environment, search);
  }
}

async function addNewReplicas(environment: Environment, { app, options, signal, lines, known }: Search): Promise<void> {
  const live = await readLiveApp(environment, app, signal);
  const token = await authToken(environment, app, signal);
  for (const revision of chosen(live, options.revision)) {
    for (const replica of await listReplicas(environment, live, revision, signal)) {
      const name = replica.name ?? "";
      if (known.has(name)) continue;
      known.add(name);
      lines.add(replicaLines(environment, { revision: revision.name, replica, token }, options, signal));
    }
  }
}

function chosen(live: LiveApp, revision: string | undefined): readonly NamedRevision[] {
  if (revision === undefined) return live.revisions.filter(({ active }) => active);
  const found = live.revisions.filter(({ name }) => name === revision);
  if (found.length > 0) return found;
  throw new FairwayError("revision-not-found", `${live.app.name} has no revision ${revision}.`, {
    hint: `Choose among ${live.revisions.map(({ name }) => name).join(", ")}.`,
  });
}

interface Stream {
  readonly revision: string;
  readonly replica: Replica;
  readonly token: string;
}

async function* replicaLines(
  environment: Environment,
  { revision, replica, token }: Stream,
  { follow = false, tail = tailMax }: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const endpoint = replica.containers?.[0]?.logStreamEndpoint;
  if (!endpoint) return;
  const url = new URL(endpoint);
  url.searchParams.set("follow", String(follow));
  url.searchParams.set("tailLines", String(Math.min(tail, tailMax)));
  url.searchParams.set("output", "json");
  try {
    for await (const line of await environment.openLogStream(url.href, token, signal)) {
      const text = textOf(line);
      if (text !== undefined) yield { revision, replica: replica.name ?? "", text };
    }
  } catch (error) {
    // A replica that goes takes its stream along: the others go on.
    if (!follow && !signal.aborted) throw error;
  }
}

/** `{"TimeStamp": "…", "Log": "…"}` per line; anything else is taken as it is. */
function textOf(line: string): string | undefined {
  if (line.trim() === "") return undefined;
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === "object" && parsed !== null && "Log" in parsed) return String(parsed.Log);
  } catch {
    return line;
  }
  return line;
}

async function authToken({ client, resourceGroup }: Environment, app: string, signal: AbortSignal): Promise<string> {
  const { token } = await client.containerApps.getAuthToken(resourceGroup, app, abortable(signal));
  return token ?? "";
}
