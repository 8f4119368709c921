import type { TargetName } from "../live/laboratory.ts";
import { measureRun, type Script } from "../live/measure.ts";
import type { RunReport } from "../report/report.ts";
import type { ExperimentContext } from "./context.ts";
import { errorShareOf } from "./error-share.ts";
import { deployStable, releaseApp, releaseDatabase } from "./sample-apps.ts";

const ratePerSecond = 60;
/** Three payments in ten fail. */
const badErrorRate = 0.3;
const steps = [10, 50, 100] as const;
const holdMs = 2_500;
/** A canary with more errors than this is taken back. */
const errorShareMax = 0.05;
/** Answers that must be seen before a canary is judged. */
const answersMin = 10;

/** 1.0.0 → 1.1.0 at 10, 50 and 100 % under load; then the same with a 1.1.0 that fails three payments in ten. */
export async function runRelease(context: ExperimentContext, target: TargetName): Promise<RunReport[]> {
  return [await release(context, target, "good"), await release(context, target, "bad")];
}

async function release(context: ExperimentContext, target: TargetName, quality: "good" | "bad"): Promise<RunReport> {
  const { laboratory, seed, signal } = context;
  const databaseUrl = await releaseDatabase(context, target);
  const stable = await deployStable(context, target);
  await laboratory.targets[target].shift("payment-api", { [stable.name]: 100 }).result(signal && { signal });
  const id = `release-${quality}-${target === "AKS" ? "aks" : "aca"}`;
  const title = quality === "good" ? "Release 1.0.0 → 1.1.0" : "Release of a bad 1.1.0";
  return await measureRun(
    laboratory,
    { id, experiment: "release", title, target, seed, ratePerSecond, databaseUrl, isNew: quality === "good" },
    async (script) => {
      await script.wait(1_000);
      script.mark("deploy 1.1.0 at 0 %");
      const next = releaseApp(databaseUrl, "1.1.0", quality === "bad" ? badErrorRate : 0);
      const canary = await script.target.apply(next).result();
      await stepThrough(script, stable.name, canary.name);
    },
    signal,
  );
}

async function stepThrough(script: Script, stable: string, canary: string): Promise<void> {
  for (const percent of steps) {
    const weights = percent === 100 ? { [canary]: 100 } : { [canary]: percent, [stable]: 100 - percent };
    await script.target.shift("payment-api", weights).result();
    script.mark(`${percent} % to 1.1.0`);
    await script.wait(holdMs);
    const { share, answers } = errorShareOf(script.load.buckets(), canary);
    if (answers < answersMin || share <= errorShareMax) continue;
    await script.target.shift("payment-api", { [stable]: 100 }).result();
    script.mark(`rolled back: ${Math.round(share * 100)} % of ${answers} answers were errors`);
    script.addFigure({ name: "share at which it was rolled back", value: percent, unit: "%", basis: "measured" });
    await script.wait(holdMs);
    return;
  }
}
