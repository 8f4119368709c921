import {
  FairwayError,
  type Operation,
  readUpgrade,
  resumeUpgrade,
  runUpgrade,
  type UpgradePlan,
  type UpgradePorts,
  type UpgradeState,
} from "@fairway/sdk";
import { clusterNamed } from "./places.ts";
import type { StrategyContext, StrategyEnd } from "./strategy.ts";

/** So often people go on after a failure before they give up. */
const attemptsMax = 6;

/** Runs a plan as the command line does; somebody resumes it after each failure, and says go at its gates. */
export async function drivePlan(context: StrategyContext, plan: UpgradePlan, isCareful: boolean): Promise<StrategyEnd> {
  const { people } = context;
  const ports = portsOf(context, isCareful);
  let operation = runUpgrade(ports, plan);
  for (let failures = 0; ; operation = resumeUpgrade(ports, plan.cluster)) {
    const error = await failureOf(operation);
    const phase = (await readUpgrade(ports))?.phase.kind ?? "none";
    if (!error && phase !== "paused") return { phase, error: null };
    if (!error) await people.approve();
    else if (++failures === attemptsMax) return { phase, error: error.message };
    else await people.call(error.message);
  }
}

async function failureOf(operation: Operation<UpgradeState>): Promise<FairwayError | undefined> {
  try {
    await operation.result();
    return undefined;
  } catch (error) {
    if (error instanceof FairwayError) return error;
    throw error;
  }
}

function portsOf({ site, people, journal }: StrategyContext, isCareful: boolean): UpgradePorts {
  const { clock } = site.world;
  return {
    clock,
    journal,
    by: "platform team",
    pollMs: site.pollMs,
    // Nobody reads it, and of a thousand nodes it is a third of the work.
    tellsNodes: false,
    switcher: (reference) => site.world.connectSwitcher(reference),
    connect: (address) => site.target(clusterNamed(site.world.azure, address)),
    check: async (target, upgrade) => (isCareful ? (await target.capability("preflight").check(upgrade)).findings : []),
    gates: {
      command: (_command, address) => people.test(clusterNamed(site.world.azure, address)),
      metric: async () => 0,
    },
  };
}
