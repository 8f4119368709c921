import type { TargetName } from "../live/laboratory.ts";
import { measureRun } from "../live/measure.ts";
import { sumRevisions } from "../load/recorder.ts";
import type { RunReport } from "../report/report.ts";
import type { ExperimentContext } from "./context.ts";
import { deployStable, releaseApp, releaseDatabase } from "./sample-apps.ts";

const ratePerSecond = 150;
const holdMs = 5_000;

/** Requested 90/10 and 99/1 against what really arrived, per stretch of time and in total. */
export async function runSplit(context: ExperimentContext, targetName: TargetName): Promise<RunReport[]> {
  const target = context.laboratory.targets[targetName];
  const stable = await deployStable(context, targetName);
  const canary = await target.apply(releaseApp(await releaseDatabase(context, targetName), "1.1.0")).result();
  const reports: RunReport[] = [];
  for (const percent of [10, 1]) {
    await target.shift("payment-api", { [stable.name]: 100 - percent, [canary.name]: percent }).result();
    reports.push(await hold(context, targetName, canary.name, percent));
  }
  return reports;
}

async function hold(
  context: ExperimentContext,
  target: TargetName,
  canary: string,
  percent: number,
): Promise<RunReport> {
  const { laboratory, seed, signal } = context;
  const id = `split-${100 - percent}-${percent}-${target === "AKS" ? "aks" : "aca"}`;
  const title = `Split ${100 - percent}/${percent}`;
  return await measureRun(
    laboratory,
    { id, experiment: "split", title, target, seed, ratePerSecond },
    async (script) => {
      // A split that was just set still reaches the routers: what is measured begins afterwards.
      await script.wait(1_500);
      const before = sumRevisions(script.load.buckets());
      await script.wait(holdMs);
      const after = sumRevisions(script.load.buckets());
      const arrived = difference(before, after);
      const total = Object.values(arrived).reduce((sum, count) => sum + count, 0);
      const share = total === 0 ? 0 : (100 * (arrived[canary] ?? 0)) / total;
      script.addFigure({ name: "requested share", value: percent, unit: "%", basis: "documented" });
      script.addFigure({
        name: "share that arrived",
        value: Math.round(share * 100) / 100,
        unit: "%",
        basis: "measured",
      });
      script.addFigure({ name: "answers counted", value: total, unit: "requests", basis: "measured" });
    },
    signal,
  );
}

function difference(
  before: ReturnType<typeof sumRevisions>,
  after: ReturnType<typeof sumRevisions>,
): Record<string, number> {
  const answers = (sum: ReturnType<typeof sumRevisions>, revision: string): number =>
    (sum[revision]?.ok ?? 0) + (sum[revision]?.failed ?? 0);
  const revisions = Object.keys(after).filter((revision) => revision !== "");
  return Object.fromEntries(
    revisions.map((revision) => [revision, answers(after, revision) - answers(before, revision)]),
  );
}
