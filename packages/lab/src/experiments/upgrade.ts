import type { DeploymentTarget } from "@fairway/sdk";
import { z } from "zod";
import { configServer, paymentApi } from "../live/apps.ts";
import type { Laboratory, TargetName } from "../live/laboratory.ts";
import { measureRun, type Script } from "../live/measure.ts";
import type { RunReport } from "../report/report.ts";
import type { ExperimentContext } from "./context.ts";
import { deployTogether, removeSampleApps } from "./sample-apps.ts";

const ratePerSecond = 60;
/** The story's two minutes against 30 s of patience; here it is 10 s against 4 s. */
const slowStartMs = 10_000;

/** How long callers are watched after the platform says that it is done: what is down now stays down. */
const settleMs = 3_500;

interface Variant {
  readonly id: string;
  readonly title: string;
  readonly target: TargetName;
  readonly isGuarded: boolean;
}

const variants: Readonly<Record<TargetName, readonly Variant[]>> = {
  AKS: [
    {
      id: "upgrade-unguarded-aks",
      title: "Upgrade in place, as the company first did it",
      target: "AKS",
      isGuarded: false,
    },
    {
      id: "upgrade-guarded-aks",
      title: "Upgrade in place, guarded by budgets and startup probes",
      target: "AKS",
      isGuarded: true,
    },
  ],
  "Container Apps": [
    {
      id: "maintenance-aca",
      title: "Environment maintenance that replaces every replica",
      target: "Container Apps",
      isGuarded: true,
    },
  ],
};

/** A platform that is replaced under the app, while the service on which everything depends starts slowly (F1). */
export async function runUpgrade(context: ExperimentContext, target: TargetName): Promise<RunReport[]> {
  const reports: RunReport[] = [];
  for (const variant of variants[target]) reports.push(await upgrade(context, variant));
  return reports;
}

async function upgrade(context: ExperimentContext, variant: Variant): Promise<RunReport> {
  const { laboratory, seed, signal } = context;
  const target = laboratory.targets[variant.target];
  const databaseUrl = await context.database(variant.id);
  // Whatever another experiment left would go on carrying the traffic.
  await removeSampleApps(target);
  const app = paymentApi({ version: "1.0.0", databaseUrl, replicas: 3, isGuarded: variant.isGuarded });
  await deployTogether(context, variant.target, configServer(variant.isGuarded), app);
  laboratory.command("POST", "/_emulator/faults", {
    kind: "slow-start",
    parameters: { image: "config-server:*", delayMs: slowStartMs },
  });
  try {
    const { id, title } = variant;
    return await measureRun(
      laboratory,
      { id, experiment: "upgrade", title, target: variant.target, seed, ratePerSecond, databaseUrl, isNew: true },
      async (script) => {
        await script.wait(1_000);
        if (target.supports("upgrades")) await upgradeCluster(target, script);
        else await maintain(context, script);
        await script.wait(settleMs);
      },
      signal,
    );
  } finally {
    laboratory.command("DELETE", "/_emulator/faults");
  }
}

async function upgradeCluster(target: DeploymentTarget, script: Script): Promise<void> {
  const upgrades = target.capability("upgrades");
  const available = await upgrades.available();
  const version = available.findLast(({ isPreview }) => !isPreview)?.version;
  if (!version) throw new Error("The cluster has no version to go to.");
  const operation = upgrades.start(version);
  const stop = (): void => operation.cancel();
  script.signal?.addEventListener("abort", stop, { once: true });
  try {
    const marked = markEvents(operation.events(), script);
    await operation.result(script.signal && { signal: script.signal });
    await marked;
  } finally {
    script.signal?.removeEventListener("abort", stop);
  }
}

async function markEvents(events: AsyncIterable<{ message: string }>, script: Script): Promise<void> {
  for await (const { message } of events) script.mark(message);
}

async function maintain({ laboratory }: ExperimentContext, script: Script): Promise<void> {
  script.mark("maintenance of the environment");
  laboratory.command("POST", "/_emulator/maintenance", { environment: "lab" });
  while (isMaintained(laboratory)) await script.wait(100);
  script.mark("maintenance is over");
}

const stateSchema = z.object({ environments: z.array(z.object({ maintenance: z.object({ kind: z.string() }) })) });

function isMaintained(laboratory: Laboratory): boolean {
  const { environments } = stateSchema.parse(laboratory.command("GET", "/_emulator"));
  return environments.some(({ maintenance }) => maintenance.kind === "running");
}
