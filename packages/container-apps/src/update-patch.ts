import type { Configuration, ContainerApp, ManagedServiceIdentity, TrafficWeight } from "@azure/arm-appcontainers";
import { configurationChanges } from "./comparison.ts";
import type { DesiredApp } from "./desired/container-app.ts";
import type { LiveApp } from "./live-app.ts";
import { type ExplicitTraffic, saysTheSame, trafficEntries } from "./traffic.ts";

/**
 * What a PATCH must carry so that the live app becomes the desired one; undefined when nothing. Traffic goes along only
 * when the array is not in plain names, or names what is dead: otherwise a shift that happens meanwhile would be undone.
 */
export function updatePatch(live: LiveApp, desired: DesiredApp, isNewRevision: boolean): ContainerApp | undefined {
  const changed = configurationChanges(live.app, desired).length > 0 || isNewRevision;
  const traffic = trafficToWrite(live, desired);
  if (!changed && !traffic) return undefined;
  const { configuration, template, tags } = desired;
  return {
    location: live.app.location,
    ...(changed ? { tags } : {}),
    ...(changed && desired.identity ? identityToWrite(live.app.identity) : {}),
    configuration: changed ? withTraffic(configuration, traffic) : { ingress: { traffic: traffic ?? [] } },
    ...(isNewRevision ? { template } : {}),
  };
}

/**
 * The split after a deploy: as it is, in names; all of it for a revision that has no older one beside it, or that takes
 * over from the older one because there is no ingress.
 */
export function trafficAfter(live: LiveApp, desired: DesiredApp): ExplicitTraffic {
  const isShared = Boolean(desired.configuration.ingress) && Object.keys(live.traffic.weights).length > 0;
  if (isShared) return live.traffic;
  return { ...live.traffic, weights: { [desired.revision]: 100 } };
}

function trafficToWrite(live: LiveApp, desired: DesiredApp): TrafficWeight[] | undefined {
  if (!desired.configuration.ingress) return undefined;
  const entries = live.app.configuration?.ingress?.traffic ?? [];
  const after = trafficAfter(live, desired);
  return saysTheSame(entries, after) ? undefined : trafficEntries(after);
}

function withTraffic(configuration: Configuration, traffic: TrafficWeight[] | undefined): Configuration {
  if (!traffic || !configuration.ingress) return configuration;
  return { ...configuration, ingress: { ...configuration.ingress, traffic } };
}

/** The app's own identity, beside those that it was given. */
function identityToWrite(live: ManagedServiceIdentity | undefined): { identity?: ManagedServiceIdentity } {
  if (live?.type.startsWith("SystemAssigned")) return {};
  return { identity: { type: live?.type === "UserAssigned" ? "SystemAssigned,UserAssigned" : "SystemAssigned" } };
}
