import type { App } from "@fairway/model";
import type { DeploymentTarget } from "@fairway/sdk";
import { z } from "zod";
import { configServer, paymentApi } from "../live/apps.ts";
import type { TargetName } from "../live/laboratory.ts";
import type { Figure } from "../report/report.ts";
import { endOfTrace, firstMoveOf } from "./first-move.ts";

/** What goes wrong meanwhile: the service on which everything depends starts slowly (F1), or nothing. */
export type ScenarioFault = "F1" | "none";

/** One upgrade of one small platform, as plain data. Both lanes go through it with the functions below. */
export interface UpgradeScenario {
  /** Of the live run. */
  readonly id: string;
  readonly title: string;
  /** In the talk that the strategies are from. */
  readonly story: "S1" | "S6" | "S7";
  readonly target: TargetName;
  readonly isGuarded: boolean;
  readonly fault: ScenarioFault;
  readonly replicas: number;
  readonly ratePerSecond: number;
}

const size = { replicas: 3, ratePerSecond: 60 } as const;

const inPlace = {
  ...size,
  story: "S1",
  title: "Upgrade in place, as the company first did it",
  target: "AKS",
  isGuarded: false,
} as const;
const guarded = {
  ...size,
  story: "S6",
  title: "Upgrade in place, guarded by budgets and startup probes",
  target: "AKS",
  isGuarded: true,
} as const;
const maintenance = {
  ...size,
  story: "S7",
  title: "Environment maintenance that replaces every replica",
  target: "Container Apps",
  isGuarded: true,
} as const;

const nothingWrong = (title: string): string => `${title}, nothing going wrong`;

export const upgradeScenarios: readonly UpgradeScenario[] = [
  { ...inPlace, id: "upgrade-unguarded-aks", fault: "F1" },
  { ...inPlace, id: "upgrade-unguarded-calm-aks", fault: "none", title: nothingWrong(inPlace.title) },
  { ...guarded, id: "upgrade-guarded-aks", fault: "F1" },
  { ...guarded, id: "upgrade-guarded-calm-aks", fault: "none", title: nothingWrong(guarded.title) },
  { ...maintenance, id: "maintenance-aca", fault: "F1" },
  { ...maintenance, id: "maintenance-calm-aca", fault: "none", title: nothingWrong(maintenance.title) },
];

/** The story's two minutes against 30 s of patience; here it is 10 s against 4 s. */
const slowStartMs = 10_000;
/** Before the change. */
const leadMs = 1_000;
/** How long callers are watched after the platform says that it is done: what is down now stays down. */
const settleMs = 3_500;

export function appsOf({ isGuarded, replicas }: UpgradeScenario, databaseUrl: string): { needed: App; app: App } {
  return {
    needed: configServer(isGuarded),
    app: paymentApi({ version: "1.0.0", databaseUrl, replicas, isGuarded }),
  };
}

export type Command = (method: string, path: string, body?: unknown) => unknown;

export function beginFault({ fault }: UpgradeScenario, command: Command): void {
  if (fault === "none") return;
  command("POST", "/_emulator/faults", {
    kind: "slow-start",
    parameters: { image: "config-server:*", delayMs: slowStartMs },
  });
}

/** What a lane gives to those who go through a scenario. */
export interface ScenarioHands {
  readonly target: DeploymentTarget;
  readonly signal: AbortSignal | undefined;
  /** Tells the control door of the embedded Azure to do something. */
  readonly command: Command;
  /** Something worth a line in the picture. */
  mark(text: string): void;
  wait(durationMs: number): Promise<void>;
  addFigure(figure: Figure): void;
}

/** The chance in a scenario that decides most. */
export const firstMove = "drain that the configuration service moved with";

/** Changes the platform under the app, while callers call. */
export async function changePlatform(hands: ScenarioHands): Promise<void> {
  const { target, command, wait } = hands;
  const from = endOfTrace(command);
  await wait(leadMs);
  if (target.supports("upgrades")) await upgradeCluster(hands);
  else await maintain(hands);
  await wait(settleMs);
  const value = firstMoveOf("config-server", command, from);
  if (value !== undefined) hands.addFigure({ name: firstMove, value, unit: "in order", basis: "measured" });
}

async function upgradeCluster({ target, signal, mark }: ScenarioHands): Promise<void> {
  const upgrades = target.capability("upgrades");
  const available = await upgrades.available();
  // The nearest, so that one cluster is enough for several upgrades after another.
  const version = available.find(({ isPreview }) => !isPreview)?.version;
  if (!version) throw new Error("The cluster has no version to go to.");
  const operation = upgrades.start(version);
  const stop = (): void => operation.cancel();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const marked = markEvents(operation.events(), mark);
    await operation.result(signal && { signal });
    await marked;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

async function markEvents(events: AsyncIterable<{ message: string }>, mark: ScenarioHands["mark"]): Promise<void> {
  for await (const { message } of events) mark(message);
}

async function maintain({ command, mark, wait }: ScenarioHands): Promise<void> {
  mark("maintenance of the environment");
  command("POST", "/_emulator/maintenance", { environment: "lab" });
  while (isMaintained(command)) await wait(100);
  mark("maintenance is over");
}

const stateSchema = z.object({ environments: z.array(z.object({ maintenance: z.object({ kind: z.string() }) })) });

function isMaintained(command: Command): boolean {
  const { environments } = stateSchema.parse(command("GET", "/_emulator"));
  return environments.some(({ maintenance: { kind } }) => kind === "running");
}
