import { isAbsolute, resolve } from "node:path";
import type { CalibrationChanges } from "@fairway/emulator";
import type { ClusterSnapshot, RehearsedUpgrade } from "@fairway/lab";
import {
  type ClusterStrategy,
  clusterOf,
  type DeploymentTarget,
  FairwayError,
  makeMaintenancePlan,
  makePlan,
  makeReleasePlan,
  NotSupportedError,
  type PlannedTarget,
  type PlanRequest,
  parseTargetAddress,
  type ReleaseSource,
  type SuccessorRequest,
  type TrafficRequest,
  type UpgradePlan,
} from "@fairway/sdk";
import { type AppFileOptions, readApp } from "../app-file.ts";
import { readCalibration } from "../calibration-file.ts";
import type { Context } from "../context.ts";
import { type OpenSwitcher, targetAddress } from "../target.ts";
import { wholeNumber } from "../whole-number.ts";
import { gatesOf, hoursOf, type PlanOptions } from "./options.ts";
import { durationsWith } from "./plan-durations.ts";
import { trafficOf } from "./traffic.ts";

type Open = (address: string) => Promise<DeploymentTarget>;

export interface ReadPlan {
  readonly plan: UpgradePlan;
  /** What the virtual lane needs to go through it; absent where it has no model. */
  readonly rehearsal?: { readonly snapshot: ClusterSnapshot; readonly upgrade: RehearsedUpgrade };
}

/** The plan that the options ask for, from what the target says of itself. Throws `usage` for options that do not go together. */
export async function readPlan(
  options: PlanOptions,
  context: Context,
  open: Open,
  openSwitcher: OpenSwitcher,
): Promise<ReadPlan> {
  const { strategy, rehearseOn, standby } = options;
  if (rehearseOn !== undefined && strategy !== "guarded") throw onlyFor("--rehearse-on", "guarded");
  const hasOther = strategy === "cluster-blue-green" || strategy === "active-active" || strategy === "region-failover";
  if (standby !== undefined && !hasOther) throw onlyFor("--standby", "active-active");
  if (options.app !== undefined && strategy !== "revision") throw onlyFor("--app", "revision");
  if (options.hours !== undefined && strategy !== "maintenance") throw onlyFor("--hours", "maintenance");
  if (strategy === "revision") return { plan: await releasePlan(options, context, open) };
  if (strategy === "maintenance") return { plan: await maintenancePlan(options, context, open) };
  return await clusterPlan({ ...options, strategy }, context, open, openSwitcher);
}

/** The description of a release, with the secrets of this command line. */
export async function readRelease(
  source: ReleaseSource,
  { secret = [] }: { readonly secret?: readonly string[] },
  context: Context,
): ReturnType<typeof readApp> {
  const { file, image } = source;
  const options: AppFileOptions = { secret, ...(image === undefined ? {} : { image }) };
  return await readApp(file, options, context);
}

async function clusterPlan(
  options: PlanOptions & { readonly strategy: ClusterStrategy },
  context: Context,
  open: Open,
  openSwitcher: OpenSwitcher,
): Promise<ReadPlan> {
  const { to, strategy, pool, spare, rehearseOn, standby } = options;
  const isSuccessor = strategy === "cluster-blue-green";
  if (to === undefined) throw missing("--to", "Name the version: --to 1.35.1, or 1.35 for its newest patch.");
  const gates = gatesOf(options);
  const calibration = await calibrationOf(options, context);
  const target = await open(targetAddress(context, options));
  const active = await read(target);
  const other = rehearseOn ?? standby;
  const second = other === undefined || isSuccessor ? undefined : await read(await open(other));
  const successor = isSuccessor && other !== undefined ? await successorOf(other, options, target) : undefined;
  const clusters = [active, second, successor].flatMap((one) => (one ? [one.address] : []));
  const traffic = await trafficOf(options, context, clusters, openSwitcher);
  const request = {
    strategy,
    version: to,
    gates,
    ...(pool ? { pools: pool } : {}),
    ...(spare ? { spares: spare } : {}),
    ...(traffic ? { traffic } : {}),
    ...(successor ? { successor } : {}),
    ...(calibration ? { durations: await durationsWith(calibration) } : {}),
  };
  const plan = makePlan(request, active, second);
  const upgrade = { ...request, version: plan.version };
  return { plan, rehearsal: rehearsalOf(upgrade, active, second, calibration) };
}

async function calibrationOf({ calibration }: PlanOptions, context: Context): Promise<CalibrationChanges | undefined> {
  return calibration === undefined ? undefined : await readCalibration(calibration, context);
}

/** The same as plain data, for worlds in which gates are open. */
function rehearsalOf(
  { strategy, version, pools, spares, traffic, successor }: PlanRequest,
  active: PlannedTarget,
  second: PlannedTarget | undefined,
  calibration: CalibrationChanges | undefined,
): NonNullable<ReadPlan["rehearsal"]> {
  const { drainMinutes, canary } = traffic ?? {};
  const { keepMinutes } = successor ?? {};
  const shares = traffic && second && sharesIn(traffic.weights, active, second);
  return {
    snapshot: { target: active.address, facts: active.facts },
    upgrade: {
      strategy,
      version,
      ...(pools ? { pools } : {}),
      ...(spares ? { spares } : {}),
      ...(second ? { second: second.facts } : {}),
      ...(shares ? { shares } : {}),
      ...(drainMinutes === undefined ? {} : { drainMinutes }),
      ...(canary ? { canary } : {}),
      ...(keepMinutes === undefined ? {} : { keepMinutes }),
      ...(calibration ? { calibration } : {}),
    },
  };
}

/** Of the two alone: what others get is not modelled. */
function sharesIn(
  weights: TrafficRequest["weights"],
  active: PlannedTarget,
  second: PlannedTarget,
): readonly [number, number] | undefined {
  const [own, its] = [active, second].map(({ address }) => weights[clusterOf(address)] ?? 0);
  if (own === undefined || its === undefined || own + its === 0) return undefined;
  const share = Math.round((100 * own) / (own + its));
  return [share, 100 - share];
}

async function successorOf(
  text: string,
  { entrance, keep = "60" }: PlanOptions,
  target: DeploymentTarget,
): Promise<SuccessorRequest> {
  const address = parseTargetAddress(text);
  if (address.kind !== "aks") throw new NotSupportedError("clusters", text, "Name a cluster: aks://…");
  return {
    address: address.canonical,
    exists: (await target.capability("clusters").state(address.canonical)) !== undefined,
    keepMinutes: wholeNumber(keep, "--keep", 0, 7 * 24 * 60),
    ...(entrance === undefined ? {} : { host: entrance }),
  };
}

async function read(target: DeploymentTarget): Promise<PlannedTarget> {
  return { address: target.address, facts: await target.capability("upgrades").facts() };
}

async function releasePlan(options: PlanOptions, context: Context, open: Open): Promise<UpgradePlan> {
  const { app: file, image, shares = "10,50,100", bake = "0" } = options;
  if (file === undefined) throw missing("--app", "Name the description of the app: --app app.yaml.");
  const steps = shares.split(",").map((share) => wholeNumber(share.trim(), "--shares", 1, 100));
  const bakeMinutes = wholeNumber(bake, "--bake", 0, 24 * 60);
  const path = isAbsolute(file) ? file : resolve(context.folder, file);
  const source = { file: path, ...(image === undefined ? {} : { image }) };
  const app = await readRelease(source, options, context);
  const target = await open(targetAddress(context, options));
  const request = { steps, bakeMinutes, gates: gatesOf(options), source };
  return makeReleasePlan(request, { address: target.address, app, deploy: await target.plan(app) });
}

async function maintenancePlan(options: PlanOptions, context: Context, open: Open): Promise<UpgradePlan> {
  const wanted = hoursOf(options);
  const gates = gatesOf(options);
  const target = await open(targetAddress(context, options));
  const maintenance = target.capability("maintenance");
  const [hours, replicas] = await Promise.all([maintenance.hours(), maintenance.replicas()]);
  const request = { gates, holds: options.hold !== false, ...(wanted ? { hours: wanted } : {}) };
  return makeMaintenancePlan(request, { address: target.address, hours, replicas });
}

function onlyFor(option: string, strategy: string): FairwayError {
  return new FairwayError("usage", `${option} is for --strategy ${strategy}.`, {
    hint: `Add --strategy ${strategy}, or leave it out.`,
    path: option,
  });
}

function missing(option: string, hint: string): FairwayError {
  return new FairwayError("usage", `${option} is missing.`, { hint, path: option });
}
