import type { TargetName } from "../live/laboratory.ts";
import { measureRun } from "../live/measure.ts";
import type { RunReport } from "../report/report.ts";
import type { ExperimentContext } from "./context.ts";
import { deployTogether, removeSampleApps } from "./sample-apps.ts";
import {
  appsOf,
  beginFault,
  changePlatform,
  type ScenarioFault,
  type UpgradeScenario,
  upgradeScenarios,
} from "./upgrade-scenario.ts";

/** A platform that is replaced under the app, while the service on which everything depends starts slowly (F1). */
export function runUpgrade(context: ExperimentContext, target: TargetName): Promise<RunReport[]> {
  return upgradeAll(context, "upgrade", target, "F1");
}

/** The same, with nothing going wrong. */
export function runCalmUpgrade(context: ExperimentContext, target: TargetName): Promise<RunReport[]> {
  return upgradeAll(context, "calm-upgrade", target, "none");
}

async function upgradeAll(
  context: ExperimentContext,
  experiment: RunReport["experiment"],
  target: TargetName,
  fault: ScenarioFault,
): Promise<RunReport[]> {
  const reports: RunReport[] = [];
  for (const scenario of upgradeScenarios) {
    if (scenario.target !== target || scenario.fault !== fault) continue;
    reports.push(await upgrade(context, experiment, scenario));
  }
  return reports;
}

async function upgrade(
  context: ExperimentContext,
  experiment: RunReport["experiment"],
  scenario: UpgradeScenario,
): Promise<RunReport> {
  const { laboratory, seed, signal } = context;
  const { id, title, target: targetName, ratePerSecond } = scenario;
  const target = laboratory.targets[targetName];
  const databaseUrl = await context.database(id);
  // Whatever another experiment left would go on carrying the traffic.
  await removeSampleApps(target);
  const { needed, app } = appsOf(scenario, databaseUrl);
  await deployTogether(context, targetName, needed, app);
  beginFault(scenario, laboratory.command);
  try {
    return await measureRun(
      laboratory,
      { id, experiment, title, target: targetName, seed, ratePerSecond, databaseUrl, isNew: true },
      ({ mark, wait, addFigure }) =>
        changePlatform({ target, signal, mark, wait, addFigure, command: laboratory.command }),
      signal,
    );
  } finally {
    laboratory.command("DELETE", "/_emulator/faults");
  }
}
