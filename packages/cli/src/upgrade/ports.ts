import { hostname, userInfo } from "node:os";
import { resolve } from "node:path";
import {
  clusterOf,
  createFileJournal,
  createPostgresJournal,
  FairwayError,
  type GatePorts,
  type Journal,
  systemClock,
  type UpgradePorts,
} from "@fairway/sdk";
import { checkTarget } from "../commands/upgrade-check.ts";
import type { Context } from "../context.ts";
import { runInShell } from "../findings/rules-file.ts";
import type { OpenSwitcher, OpenTarget } from "../target.ts";
import type { JournalOptions } from "./options.ts";
import { readRelease } from "./read-plan.ts";

/** What an upgrade of `cluster` works with, as the command line and the environment say. */
export function upgradePorts(
  context: Context,
  options: JournalOptions,
  cluster: string,
  open: OpenTarget,
  openSwitcher: OpenSwitcher,
): UpgradePorts {
  return {
    clock: systemClock,
    journal: openJournal(context, options, cluster),
    by: `${userInfo().username}@${hostname()}`,
    connect: open,
    switcher: openSwitcher,
    gates: gatePorts(context, options),
    async app(name, source) {
      if (source) return await readRelease(source, options, context);
      throw new FairwayError("usage", `The plan does not say where the description of ${name} is.`, {
        hint: "Go on with the program that made the plan.",
      });
    },
    async check(target, { version, pools }) {
      const { rules } = options;
      const wanted = {
        ...(version === undefined ? {} : { to: version }),
        ...(pools === undefined ? {} : { pool: pools }),
        ...(rules === undefined ? {} : { rules }),
      };
      return (await checkTarget(target.capability("preflight"), target.address, wanted, context)).shown;
    },
  };
}

/** A file, or a database in which every cluster has its own. */
function openJournal({ environment, folder }: Context, options: JournalOptions, address: string): Journal {
  const cluster = clusterOf(address);
  const name = cluster.split("/").at(-1) ?? "cluster";
  const place = options.journal ?? environment["FAIRWAY_JOURNAL"] ?? `.fairway/${name}.upgrade`;
  if (!/^[a-z][a-z+]+:\/\//i.test(place)) return createFileJournal(resolve(folder, place), systemClock);
  return createPostgresJournal({ url: place, cluster, clock: systemClock });
}

function gatePorts(context: Context, options: JournalOptions): GatePorts {
  return {
    async command(command, target, signal) {
      const { code, lastLine } = await runInShell(command, target, { ...context, signal });
      return { passed: code === 0, evidence: `it ended with ${code ?? "a signal"}${lastLine && `: ${lastLine}`}` };
    },
    metric: (query, signal) => askPrometheus(metricsUrl(context, options), query, signal),
  };
}

function metricsUrl({ environment }: Context, options: JournalOptions): string {
  const url = options.metricsUrl ?? environment["FAIRWAY_METRICS_URL"];
  if (url !== undefined && URL.canParse(url)) return url;
  throw new FairwayError("usage", "Nobody answers the metric of a gate.", {
    hint: "Name the Prometheus: --metrics-url http://prometheus:9090 (or FAIRWAY_METRICS_URL).",
    path: "--metrics-url",
  });
}

/** The first value of an instant query (Prometheus docs, HTTP API). */
async function askPrometheus(base: string, query: string, signal: AbortSignal): Promise<number> {
  const url = `${base.replace(/\/$/, "")}/api/v1/query?query=${encodeURIComponent(query)}`;
  const answer = await fetch(url, { signal }).catch((cause: unknown) => {
    throw new FairwayError("unreachable", `The metrics at ${base} cannot be reached.`, {
      hint: "Check --metrics-url and the network.",
      cause,
    });
  });
  const value = valueIn(await answer.json().catch(() => undefined));
  if (value !== undefined) return value;
  throw new FairwayError("upgrade-failed", `The query ${query} has no value (the answer was ${answer.status}).`, {
    hint: "Try it in Prometheus: it must give one number.",
  });
}

/** `data.result` is `[{ value: [time, text] }]` of a vector, or `[time, text]` of a scalar. */
function valueIn(body: unknown): number | undefined {
  const { data } = (body ?? {}) as { data?: { result?: readonly unknown[] } };
  const [first, second] = data?.result ?? [];
  const pair = typeof first === "object" && first !== null && "value" in first ? first.value : [first, second];
  const text: unknown = Array.isArray(pair) ? pair[1] : undefined;
  const value = typeof text === "string" ? Number(text) : Number.NaN;
  return Number.isNaN(value) ? undefined : value;
}
