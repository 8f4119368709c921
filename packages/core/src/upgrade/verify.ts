import { FairwayError } from "@fairway/model";
import type { NodeStatus } from "../capabilities.ts";
import { poll } from "../clock.ts";
import type { DeploymentTarget } from "../target.ts";
import { defaultPollMs, type StepContext, settled } from "./step-context.ts";

/** How long nodes and apps may take to be well after a step: images are pulled, caches filled. */
const patienceMs = 10 * 60_000;

/** Waits until all nodes take pods and no app is down or degraded. Rejects with what is still wrong at the end. */
export async function verify(context: StepContext): Promise<string> {
  const { ports, signal, report, target } = context;
  let cluster = target.supports("upgrades") ? await settled(context) : undefined;
  let wrong: readonly string[] = [];
  return await poll(
    ports.clock,
    async () => {
      const { apps, complaints } = await complaintsOf(context, cluster?.nodes);
      cluster = undefined;
      if (complaints.length === 0) return `${apps} apps healthy`;
      if (complaints.join() !== wrong.join()) report(`Not well yet: ${complaints.join("; ")}`);
      wrong = complaints;
      return undefined;
    },
    {
      everyMs: ports.pollMs ?? defaultPollMs,
      timeoutMs: patienceMs,
      signal,
      onTimeout: () =>
        new FairwayError("upgrade-failed", `${target.address} is not well: ${wrong.join("; ")}.`, {
          hint: "Nothing more is touched. Mend what is named and resume, or go back: fairway upgrade rollback.",
        }),
    },
  );
}

/** What is not well now. `known`: nodes that have just been read. */
export async function complaintsOf(
  { target }: StepContext,
  known?: readonly NodeStatus[],
): Promise<{ readonly apps: number; readonly complaints: readonly string[] }> {
  const [nodes, statuses] = await Promise.all([known ?? nodesOf(target), target.statuses()]);
  const ill = nodes.filter(({ ready }) => !ready).map(({ name }) => `node ${name} is not ready`);
  const apps = statuses
    .filter(({ health }) => health !== "healthy")
    .map(({ app, health, messages }) => `${app} is ${health}${messages[0] === undefined ? "" : ` (${messages[0]})`}`);
  return { apps: statuses.length, complaints: [...ill, ...apps] };
}

/** None where nodes are the platform's affair. */
async function nodesOf(target: DeploymentTarget): Promise<readonly NodeStatus[]> {
  return target.supports("upgrades") ? (await target.capability("upgrades").status()).nodes : [];
}
