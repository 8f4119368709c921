import { readFile } from "node:fs/promises";
import { FairwayError } from "@fairway/model";
import {
  connect,
  connectSwitcher,
  type DeploymentTarget,
  defaultCredential,
  type Fence,
  parseTargetAddress,
  type Switcher,
  type SwitcherReference,
  systemClock,
} from "@fairway/sdk";
import type { Context, TargetOptions } from "./context.ts";
import { withSignInHint } from "./sign-in.ts";
import { unlessAborted } from "./until-aborted.ts";

/** `fence`: see `UpgradePorts`. */
export type OpenTarget = (address: string, fence?: Fence) => Promise<DeploymentTarget>;
export type OpenSwitcher = (reference: SwitcherReference, fence?: Fence) => Promise<Switcher>;

/** Connects to the target of the option or of FAIRWAY_TARGET, runs `work`, and closes the target whatever happens. */
export async function withTarget<T>(
  context: Context,
  options: TargetOptions,
  work: (target: DeploymentTarget) => Promise<T>,
): Promise<T> {
  return await withTargets(context, options, async (open) => work(await open(targetAddress(context, options))));
}

/** The same for work that is about several targets: each is connected once, and once more for who drives. */
export async function withTargets<T>(
  context: Context,
  options: TargetOptions,
  work: (open: OpenTarget, openSwitcher: OpenSwitcher) => Promise<T>,
): Promise<T> {
  const arm = await armOptions(context, options);
  const opened: { address: string; fence: Fence | undefined; target: DeploymentTarget }[] = [];
  async function open(address: string, fence?: Fence): Promise<DeploymentTarget> {
    const known = opened.find((one) => one.address === address && one.fence === fence);
    if (known) return known.target;
    const target = await unlessAborted(context.signal, connect(address, { ...arm, fence }));
    opened.push({ address, fence, target });
    return target;
  }
  async function openSwitcher(reference: SwitcherReference, fence?: Fence): Promise<Switcher> {
    return await unlessAborted(context.signal, connectSwitcher(reference, { ...arm, fence }));
  }
  try {
    return await work(open, openSwitcher);
  } catch (error) {
    throw withSignInHint(error, context, options);
  } finally {
    for (const { target } of opened) await target.close();
  }
}

export interface NamedLog {
  readonly events: AsyncIterable<unknown>;
  /** Whose log it is. */
  readonly name: string;
}

/** The activity log of the target's resource group, some days back. */
export async function withActivityLog<T>(
  context: Context,
  options: TargetOptions,
  days: number,
  work: (log: NamedLog) => Promise<T>,
): Promise<T> {
  const { subscriptionId, resourceGroup } = parseTargetAddress(targetAddress(context, options));
  const { arm = {} } = (await armOptions(context, options)) ?? {};
  const { readActivityLog } = await import("@fairway/lab");
  const to = new Date(systemClock.now());
  const from = new Date(to.getTime() - days * 86_400_000);
  const access = { credential: await defaultCredential(), ...arm };
  const events = readActivityLog({ subscriptionId, resourceGroup, from, to }, access);
  try {
    return await work({ events, name: `${subscriptionId}/${resourceGroup}` });
  } catch (error) {
    throw withSignInHint(error, context, options);
  }
}

export function targetAddress(context: Context, options: TargetOptions): string {
  const address = options.target ?? context.environment["FAIRWAY_TARGET"];
  if (address) return address;
  throw new FairwayError("usage", "No target was named.", {
    hint: "Add --target aks://SUBSCRIPTION/GROUP/CLUSTER/NAMESPACE or --target aca://SUBSCRIPTION/GROUP/ENVIRONMENT, or set FAIRWAY_TARGET.",
    path: "--target",
  });
}

/** Another Azure Resource Manager than the public one: the embedded Azure, or a sovereign cloud. */
async function armOptions(context: Context, options: TargetOptions): Promise<Parameters<typeof connect>[1]> {
  const endpoint = options.armEndpoint ?? context.environment["FAIRWAY_ARM_ENDPOINT"];
  const authorityFile = options.armCa ?? context.environment["FAIRWAY_ARM_CA"];
  if (!endpoint) return {};
  if (!URL.canParse(endpoint)) {
    throw new FairwayError("usage", `The Azure Resource Manager endpoint "${endpoint}" is not a URL.`, {
      hint: "Give --arm-endpoint (or FAIRWAY_ARM_ENDPOINT) a URL such as https://127.0.0.1:4281.",
      path: "--arm-endpoint",
    });
  }
  return { arm: { endpoint, ...(authorityFile ? { caCertificate: await readAuthority(authorityFile) } : {}) } };
}

async function readAuthority(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new FairwayError("usage", `The certificate file ${path} cannot be read.`, {
      hint: "Give --arm-ca (or FAIRWAY_ARM_CA) the path that `fairway emulator` printed, and keep the emulator running.",
      path: "--arm-ca",
      cause,
    });
  }
}
