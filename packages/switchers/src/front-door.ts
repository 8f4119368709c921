import { type AFDOrigin, type AFDOriginGroup, CdnManagementClient } from "@azure/arm-cdn";
import type { OperationContext, Switcher } from "@fairway/core";
import { distribute, FairwayError } from "@fairway/model";
import { clientOptions, type InGroup, type SwitcherOptions } from "./options.ts";
import { createSwitcher, type Divider, type Percent, type WeightedRoute } from "./switcher.ts";

export interface FrontDoorAddress extends InGroup {
  readonly scheme: "afd";
  readonly profile: string;
  readonly originGroup: string;
}

interface OriginGroup {
  readonly group: AFDOriginGroup;
  readonly origins: readonly AFDOrigin[];
}

/** A change takes so long at most, and the next one begins when it is everywhere (Front Door FAQ). */
const propagationMs = 20 * 60_000;

/**
 * Weights of the origins of an origin group of Front Door Standard or Premium. It decides per request, at each edge. An
 * origin at 0 % is disabled, since a weight is at least 1. Origins are resources of their own without ETags: a movement is
 * one change or several, those that open an origin first, and it takes up to 20 minutes for each. Rejects with
 * `target-not-found`, and with `target-invalid` when weights do not decide.
 */
export function createFrontDoor(place: FrontDoorAddress, options: SwitcherOptions): Promise<Switcher> {
  return createSwitcher(options, dividerOf(place, options));
}

function dividerOf(
  { subscriptionId, resourceGroup, profile, originGroup }: FrontDoorAddress,
  options: SwitcherOptions,
): Divider<OriginGroup> {
  const { afdOriginGroups, afdOrigins } = new CdnManagementClient(
    options.credential,
    subscriptionId,
    clientOptions(options),
  );
  const path = [resourceGroup, profile, originGroup] as const;
  const subject = `Origin group ${originGroup} of Front Door profile ${profile} in resource group ${resourceGroup}`;
  return {
    subject,
    noun: "origin",
    addingMs: propagationMs,
    movesInSteps: true,
    async read() {
      const group = await afdOriginGroups.get(...path);
      const origins: AFDOrigin[] = [];
      for await (const origin of afdOrigins.listByOriginGroup(...path)) origins.push(origin);
      refuseOtherRouting({ group, origins }, subject);
      return { group, origins };
    },
    routes: ({ origins }) => routesOf(origins),
    traits: ({ group, origins }) => ({
      decidesPer: "request",
      smallestStep: 1,
      convergenceMs: convergenceOf(origins),
      affinity: group.sessionAffinityState === "Enabled" ? "cookie" : "none",
    }),
    async write({ origins }, percent, { signal, report }: OperationContext) {
      const changes = changesOf(routesOf(origins), percent);
      for (const { name, weight } of changes) {
        signal.throwIfAborted();
        report(weight === 0 ? `Disabling the origin ${name}` : `Giving the origin ${name} weight ${weight}`);
        const change = weight === 0 ? { enabledState: "Disabled" } : { enabledState: "Enabled", weight };
        await afdOrigins.beginUpdateAndWait(...path, name, change);
      }
      // Also what a process before this one has changed may still be on its way.
      return convergenceOf(origins);
    },
    async add({ origins }, name, host) {
      await afdOrigins.beginCreateAndWait(...path, name, likeOthers(origins, host));
    },
    remove: (_, name) => afdOrigins.beginDeleteAndWait(...path, name),
  };
}

function convergenceOf(origins: readonly AFDOrigin[]): number {
  return Math.max(1, origins.length) * propagationMs;
}

function routesOf(origins: readonly AFDOrigin[]): readonly WeightedRoute[] {
  return origins.map(({ name = "", enabledState, weight = 0 }) => ({
    name,
    weight: enabledState === "Disabled" ? 0 : weight,
  }));
}

/** As few as lead there: who is to get something is opened before anybody is closed. */
export function changesOf(routes: readonly WeightedRoute[], percent: Percent): readonly WeightedRoute[] {
  const wanted = routes.map(({ name, weight }) => ({ name, weight: percent[name] ?? 0, before: weight }));
  const opened = wanted.filter(({ weight, before }) => before === 0 && weight > 0);
  const closed = wanted.filter(({ weight, before }) => before > 0 && weight === 0);
  const kept = wanted.filter(({ weight, before }) => before > 0 && weight > 0 && before !== weight);
  const now: Record<string, number> = Object.fromEntries(routes.map(({ name, weight }) => [name, weight]));
  const changes: WeightedRoute[] = [];
  for (const { name, weight } of [...opened, ...closed, ...kept]) {
    const shares = distribute(100, now);
    if (wanted.every((one) => shares[one.name] === one.weight)) break;
    now[name] = weight;
    changes.push({ name, weight });
  }
  return changes;
}

/** Disabled, and otherwise as the others are. */
function likeOthers([first]: readonly AFDOrigin[], hostName: string): AFDOrigin {
  const { httpPort, httpsPort, priority, enforceCertificateNameCheck, originHostHeader } = first ?? {};
  return {
    hostName,
    ...(httpPort === undefined ? {} : { httpPort }),
    ...(httpsPort === undefined ? {} : { httpsPort }),
    ...(enforceCertificateNameCheck === undefined ? {} : { enforceCertificateNameCheck }),
    // An origin that is called by its own name has that as its host header.
    ...(originHostHeader && originHostHeader === first?.hostName ? { originHostHeader: hostName } : {}),
    priority: priority ?? 1,
    weight: 1,
    enabledState: "Disabled",
  };
}

/** Front Door docs, routing methods: first comes who is of the first priority, then who is fastest, and then weights. */
function refuseOtherRouting({ group, origins }: OriginGroup, subject: string): void {
  const priorities = new Set(origins.map(({ priority = 1 }) => priority));
  if (priorities.size > 1) {
    const text = `${subject} has origins of different priorities (${[...priorities].join(", ")}), so weights do not decide.`;
    throw new FairwayError("target-invalid", text, {
      hint: "Give all of them one: az afd origin update --priority 1.",
      path: "priority",
    });
  }
  const { additionalLatencyInMilliseconds = 0 } = group.loadBalancingSettings ?? {};
  if (additionalLatencyInMilliseconds > 0) return;
  throw new FairwayError("target-invalid", `${subject} sends everybody to the fastest origin, whatever the weights.`, {
    hint: "Raise its latency sensitivity: az afd origin-group update --additional-latency-in-milliseconds 1000.",
    path: "loadBalancingSettings.additionalLatencyInMilliseconds",
  });
}
