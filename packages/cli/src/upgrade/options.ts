import {
  FairwayError,
  type Gate,
  type MetricCondition,
  type StrategyName,
  strategyNames,
  type WeeklyHours,
  weekDays,
} from "@fairway/sdk";
import { type Command, Option } from "commander";
import { collect } from "../commands/deploy.ts";
import type { TargetOptions } from "../context.ts";

/** Options of everything that looks into a journal. */
export interface JournalOptions extends TargetOptions {
  readonly journal?: string;
  readonly rules?: string;
  readonly metricsUrl?: string;
  readonly secret?: readonly string[];
}

export interface PlanOptions extends JournalOptions {
  readonly to?: string;
  readonly strategy: StrategyName;
  readonly pool?: readonly string[];
  readonly spare?: readonly string[];
  readonly rehearseOn?: string;
  readonly standby?: string;
  readonly switcher?: string;
  readonly route?: readonly string[];
  readonly drain?: string;
  readonly quiet?: string;
  readonly canary?: string;
  readonly entrance?: string;
  readonly keep?: string;
  readonly approve?: boolean;
  readonly window?: string;
  readonly test?: readonly string[];
  readonly metric?: readonly string[];
  readonly app?: string;
  readonly image?: string;
  readonly shares?: string;
  readonly bake?: string;
  readonly hours?: string;
  readonly calibration?: string;
  /** False with --no-hold. */
  readonly hold?: boolean;
}

export function addJournalOptions(command: Command): Command {
  return command
    .option(
      "--journal <place>",
      "where the upgrade is written down: a file, or postgres://USER:PASSWORD@HOST/DATABASE for several machines (or FAIRWAY_JOURNAL); default: .fairway/CLUSTER.upgrade",
    )
    .option("--rules <file>", "findings to ignore and checks of your own, YAML (default: .fairway-preflight.yaml)")
    .option("--metrics-url <url>", "Prometheus that answers --metric (or FAIRWAY_METRICS_URL)")
    .option("--secret <name=value...>", "revision: value of a secret of the app, as for fairway deploy", collect, []);
}

export function addPlanOptions(command: Command): Command {
  return command
    .option("--to <version>", "Kubernetes version, for example 1.35.1, or 1.35 for its newest patch")
    .addOption(new Option("--strategy <name>", "which way").choices(strategyNames).default("node-pool"))
    .option("--pool <name...>", "only these node pools, in this order")
    .option("--calibration <file>", "durations that the estimates are made of, as fairway calibrate writes them")
    .option("--spare <name...>", "pools that get a second one like them while they are upgraded")
    .option("--rehearse-on <address>", "guarded: the inactive cluster that goes first")
    .option(
      "--standby <address>",
      "active-active, region-failover: the other cluster; cluster-blue-green: the new one, which is made",
    )
    .option(
      "--switcher <address>",
      "what moves traffic: tm://SUBSCRIPTION/GROUP/PROFILE, afd://SUBSCRIPTION/GROUP/PROFILE/ORIGIN-GROUP or apim://SUBSCRIPTION/GROUP/SERVICE/BACKEND (or FAIRWAY_SWITCHER)",
    )
    .option(
      "--route <name=address...>",
      "which route of the switcher leads to which cluster; default: one called like it",
    )
    .option("--drain <minutes>", "how long callers may take to leave a cluster; default 5")
    .option("--quiet <condition>", 'wait also until this holds, for example "sum(rate(requests_total[1m])) < 1"')
    .option("--canary <percent>", "what an upgraded cluster gets first; default of active-active: 1, for --bake 10")
    .option(
      "--entrance <host>",
      "cluster-blue-green: where callers enter the new cluster; default: what its gateway says",
    )
    .option("--keep <minutes>", "cluster-blue-green: how long the old cluster is kept after the switch; default 60")
    .option("--approve", "wait for a person before every point of no return")
    .option("--window <hours>", "disturb nothing outside of these hours in UTC, for example 22:00-04:00")
    .option("--test <command...>", "after every step; the upgrade goes on when it ends with 0")
    .option("--metric <condition...>", 'after every step, for example "sum(rate(errors_total[5m])) < 0.1"')
    .option("--app <file>", "revision: description of the app, YAML or JSON")
    .option("--image <image>", "revision: another image than the file names")
    .option("--shares <percents>", "revision: shares of the new revision, one after another; default 10,50,100")
    .option("--bake <minutes>", "revision, --canary: how long a share is watched; default 0, and 10")
    .option("--hours <hours>", 'maintenance: hours to set, for example "Tuesday 01:00 8h"; default: those that are set')
    .option("--no-hold", "maintenance: let the apps be changed meanwhile");
}

/** The gates that the options ask for. Throws `usage`. */
export function gatesOf({ approve, window, test = [], metric = [] }: PlanOptions): readonly Gate[] {
  return [
    ...(window === undefined ? [] : [windowGate(window)]),
    ...(approve === true ? [{ kind: "person" } as const] : []),
    ...test.map((command): Gate => ({ kind: "command", command })),
    ...metric.map((text): Gate => ({ kind: "metric", ...metricCondition(text, "--metric") })),
  ];
}

/** Throws `usage`. */
export function hoursOf({ hours }: PlanOptions): WeeklyHours | undefined {
  if (hours === undefined) return undefined;
  const [, day = "", hour, duration] = /^(\w+) ([01]?\d|2[0-3]):00 (\d{1,2})h$/.exec(hours) ?? [];
  const weekDay = weekDays.find((one) => one.toLowerCase() === day.toLowerCase());
  const durationHours = Number(duration);
  // Container Apps docs, planned maintenance.
  if (weekDay && durationHours >= 8 && durationHours <= 24) return { weekDay, startHour: Number(hour), durationHours };
  throw new FairwayError("usage", `"${hours}" are no hours of a week.`, {
    hint: 'Write --hours "Tuesday 01:00 8h": a day, a full hour in UTC, and 8 to 24 hours.',
    path: "--hours",
  });
}

function windowGate(text: string): Gate {
  const [, from, to] = /^([01]\d:[0-5]\d|2[0-3]:[0-5]\d)-([01]\d:[0-5]\d|2[0-3]:[0-5]\d)$/.exec(text) ?? [];
  if (from === undefined || to === undefined || from === to) {
    throw new FairwayError("usage", `"${text}" are no hours.`, {
      hint: "Write --window 22:00-04:00.",
      path: "--window",
    });
  }
  return { kind: "window", from, to };
}

/** `QUERY < NUMBER`. Throws `usage`. */
export function metricCondition(text: string, option: string): MetricCondition {
  const [, query, comparison, bound] = /^(.*\S)\s*([<>])\s*(-?\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (query === undefined || bound === undefined || (comparison !== "<" && comparison !== ">")) {
    throw new FairwayError("usage", `"${text}" is no condition.`, {
      hint: `Write ${option} "QUERY < NUMBER" or "QUERY > NUMBER".`,
      path: option,
    });
  }
  return { query, comparison, bound: Number(bound) };
}
