import { FairwayError, type TrafficWeights, unreachable } from "@fairway/model";
import { poll } from "../clock.ts";
import type { AppStatus, DeploymentTarget } from "../target.ts";
import type { AppAction } from "./plan.ts";
import { defaultPollMs, type StepContext } from "./step-context.ts";

/** Takes one step of an app. Each may be repeated: the same description makes no second revision, the same weights nothing. */
export async function takeAppStep(action: AppAction, context: StepContext): Promise<string | undefined> {
  const { target } = context;
  switch (action.kind) {
    case "release":
      return await release(action, context);
    case "shift":
      await context.follow(() => target.shift(action.app, action.weights));
      return undefined;
    case "watch":
      return await watch(action, context);
    default:
      return unreachable(action);
  }
}

/** Weights go back to where they were; a revision that nobody calls stays for a look at what went wrong. */
export async function undoAppStep(action: AppAction, { target, follow }: StepContext): Promise<string | undefined> {
  switch (action.kind) {
    case "release":
      return `${action.revision} stays, without traffic`;
    case "shift":
      if (await hasWeights(target, action.app, action.from)) return "the traffic is where it was";
      await follow(() => target.shift(action.app, action.from));
      return undefined;
    case "watch":
      return undefined;
    default:
      return unreachable(action);
  }
}

export async function hasWeights(target: DeploymentTarget, app: string, wanted: TrafficWeights): Promise<boolean> {
  const revisions = await target.revisions(app);
  return revisions.every(({ name, weight }) => weight === (wanted[name] ?? 0));
}

async function release(
  { app: name, revision, source }: Extract<AppAction, { readonly kind: "release" }>,
  { ports, target, follow }: StepContext,
): Promise<string> {
  if (!ports.app) throw new Error("This plan releases an app, and nobody gives its description.");
  const app = await ports.app(name, source);
  const planned = await target.plan(app);
  if (app.name !== name || planned.revision.name !== revision) {
    throw new FairwayError(
      "conflict",
      `The description of ${name} has changed since the plan: it makes ${planned.revision.name} and not ${revision}.`,
      { hint: "Bring the description back and resume, or roll back and plan anew.", path: source?.file ?? "app" },
    );
  }
  const { name: made, weight } = await follow(() => target.apply(app));
  return `${made} is ready, with ${weight} % of the traffic`;
}

/** How long what has traffic may take to be well: replicas start, caches fill. */
const patienceMs = 10 * 60_000;

async function watch(
  { app, bakeMinutes }: Extract<AppAction, { readonly kind: "watch" }>,
  { ports, target, signal, report }: StepContext,
): Promise<string> {
  let wellSinceMs: number | undefined;
  let wrong = "";
  return await poll(
    ports.clock,
    async () => {
      const nowMs = ports.clock.now();
      const complaints = complaintsOf(await target.status(app));
      if (complaints.length > 0) {
        wrong = complaints.join("; ");
        // What was well and is not any more has shown what it is.
        if (wellSinceMs !== undefined) throw notWell(app, wrong);
        return undefined;
      }
      if (wellSinceMs === undefined) report(`well${bakeMinutes > 0 ? `, and watched for ${bakeMinutes} minutes` : ""}`);
      wellSinceMs ??= nowMs;
      return nowMs - wellSinceMs >= bakeMinutes * 60_000 ? `well for ${bakeMinutes} minutes` : undefined;
    },
    {
      everyMs: ports.pollMs ?? defaultPollMs,
      timeoutMs: patienceMs + bakeMinutes * 60_000,
      signal,
      onTimeout: () => notWell(app, wrong),
    },
  );
}

/** About the revisions that callers reach: others do not matter to them. */
function complaintsOf({ health, revisions }: AppStatus): readonly string[] {
  const carrying = revisions.filter(({ weight }) => weight > 0);
  const ill = carrying
    .filter(({ state }) => state.kind !== "ready" && state.kind !== "idle")
    .map(({ name, state }) => `${name} is ${state.kind}${state.kind === "failed" ? `: ${state.reason}` : ""}`);
  return health === "down" && ill.length === 0 ? ["it is down"] : ill;
}

function notWell(app: string, why: string): FairwayError {
  return new FairwayError("revision-failed", `${app} is not well: ${why}.`, {
    hint: "Look at its logs: fairway logs.",
  });
}
