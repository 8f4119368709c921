import { type App, FairwayError, stepTo, type TrafficWeights } from "@fairway/model";
import type { Plan } from "../plan.ts";
import { clusterOf, type Gate, gateTitle, type ReleaseSource, type Step, type UpgradePlan } from "./plan.ts";

export interface ReleaseRequest {
  /** Share of the new revision, in percent, one after another: 10, 50, 100. */
  readonly steps: readonly number[];
  /** How long each share is watched. Default 0: until what has traffic can serve. */
  readonly bakeMinutes?: number;
  readonly gates?: readonly Gate[];
  readonly source?: ReleaseSource;
}

/** An app, and what its target would do to it. */
export interface PlannedRelease {
  readonly address: string;
  readonly app: App;
  readonly deploy: Plan;
}

/**
 * The way of an app to its next revision: made without traffic, then share by share, with a look and the gates after
 * each. What turns out to be bad goes back to the weights of before at once. Throws `upgrade-invalid` when there is nothing to release, or the shares
 * do not rise to 100.
 */
export function makeReleasePlan(request: ReleaseRequest, { address, app, deploy }: PlannedRelease): UpgradePlan {
  const { bakeMinutes = 0, gates = [], source } = request;
  const { name: revision } = deploy.revision;
  const from = deploy.traffic.before;
  if (from[revision] === 100) throw invalid(`${revision} has all the traffic of ${app.name} already.`, "app");
  const steps: Step[] = [];
  const add = (id: string, title: string, action: Step["action"]) =>
    void steps.push({ id, title, target: address, action });
  const gate = (one: Gate) => add(`gate-${steps.length + 1}`, gateTitle(one), { kind: "gate", gate: one });
  const before = gates.filter(({ kind }) => kind === "window" || kind === "weekly" || kind === "person");
  const after = gates.filter((one) => !before.includes(one));

  add("check", `look for what stands against a revision of ${app.name}`, { kind: "check", subject: `app ${app.name}` });
  add("release", `make ${revision}, without traffic beside the older ones`, {
    kind: "release",
    app: app.name,
    revision,
    ...(source === undefined ? {} : { source }),
  });
  for (const [index, share] of sharesOf(request, from, app).entries()) {
    // A person is asked once, before anybody is served by it.
    for (const one of before) if (index === 0 || one.kind !== "person") gate(one);
    const weights = stepTo(from, revision, share);
    add(`shift-${share}`, `give ${revision} ${share} %`, { kind: "shift", app: app.name, weights, from });
    const bake = bakeMinutes > 0 ? ` and stays so for ${bakeMinutes} minutes` : "";
    const look = { kind: "watch", app: app.name, bakeMinutes } as const;
    add(`shift-${share}-watch`, `look whether what has traffic can serve${bake}`, look);
    after.forEach(gate);
  }
  return {
    strategy: "revision",
    cluster: clusterOf(address),
    version: revision,
    from: { version: textOf(from), pools: {} },
    steps,
    restores: true,
  };
}

/** None when there is nothing to share: the first revision has it all, and without ingress there is no traffic. */
function sharesOf({ steps }: ReleaseRequest, from: TrafficWeights, app: App): readonly number[] {
  const areRising = steps.every((share, index) => Number.isInteger(share) && share > (steps[index - 1] ?? 0));
  if (!areRising || steps.at(-1) !== 100) {
    throw invalid(`The shares ${steps.join(", ")} must be whole percentages that rise to 100.`, "steps");
  }
  return app.ingress.exposure === "none" || Object.keys(from).length === 0 ? [] : steps;
}

function textOf(weights: TrafficWeights): string {
  const names = Object.entries(weights).map(([name, weight]) => (weight === 100 ? name : `${name} (${weight} %)`));
  return names.join(" and ") || "nothing";
}

function invalid(message: string, path: string): FairwayError {
  return new FairwayError("upgrade-invalid", message, {
    hint: "Change the app, or give shares such as 10, 50, 100.",
    path,
  });
}
