import type { VirtualWorld } from "../../virtual/world.ts";
import { clusterNames, profileName } from "../names.ts";
import type { Disturbances } from "./disturbances.ts";
import { convergenceMs, everyMinute } from "./routes.ts";
import type { Tell } from "./watch.ts";

/** What name servers and resolvers take after a change, and something more: propagation and time to live are a minute each. */
const usualLagMs = 4 * 60_000;
/** An app of one replica is away while its node is replaced. */
const restartMs = 10 * 60_000;

/**
 * Callers are sent to clusters that answer: none gets its first traffic while an app of it serves nobody, and none that is
 * gone or does not answer has some for longer than the name servers take to follow.
 */
export function watchSwitch(world: VirtualWorld, disturbances: Disturbances, tell: Tell): () => void {
  const { azure, kernel } = world;
  const isGone = new Set<string>();
  const badSinceMs = new Map<string, number>();
  let weights: Readonly<Record<string, number>> = {};
  const endTrace = kernel.trace.follow(({ kind, data }) => {
    const cluster = String(data["cluster"]);
    if (kind === "cluster.deleted") isGone.add(cluster);
    if (kind === "controlplane.reachable") isGone.delete(cluster);
    if (kind !== "trafficManager.written") return;
    const before = weights;
    weights = data["weights"] as Record<string, number>;
    if (Object.values(weights).every((weight) => weight === 0)) tell("traffic", "Nobody has any traffic.");
    for (const [name, weight] of Object.entries(weights)) {
      const isNew = Object.keys(before).length > 0 && (before[name] ?? 0) === 0 && weight > 0;
      if (isNew) kernel.clock.after(convergenceMs, () => checkReceiver(name));
    }
  });
  function checkReceiver(name: string): void {
    if ((weights[name] ?? 0) === 0 || disturbances.excuses || answers(name)) return;
    tell("traffic", `${name} was given traffic, and does not answer.`);
  }
  function answers(name: string): boolean {
    if (isGone.has(name)) return false;
    const hosts = azure.dataPlane.hosts().filter((host) => clusterOfHost(host) === name);
    return hosts.every((host) =>
      azure.dataPlane.route(host)?.backends.some(({ weight, endpoints }) => weight > 0 && endpoints.length > 0),
    );
  }
  const stop = everyMinute(kernel, () => {
    const nowMs = kernel.clock.now();
    const answered = new Set((azure.nameServers(profileName)?.answers ?? []).map(({ endpoint }) => endpoint));
    for (const name of clusterNames) {
      const isExcused = disturbances.excuses && !isGone.has(name);
      if (!answered.has(name) || isExcused || answers(name)) {
        badSinceMs.delete(name);
        continue;
      }
      const sinceMs = badSinceMs.get(name) ?? nowMs;
      badSinceMs.set(name, sinceMs);
      const longestMs = isGone.has(name) ? usualLagMs + disturbances.longestLagMs : restartMs;
      if (nowMs - sinceMs <= longestMs) continue;
      const minutes = Math.round((nowMs - sinceMs) / 60_000);
      tell(
        "traffic",
        `Callers are sent to ${name}, which ${isGone.has(name) ? "is gone" : "does not answer"} for ${minutes} minutes.`,
      );
    }
  });
  return () => {
    endTrace();
    stop();
  };
}

/** `app1.default.prod-xxxxxxxx.hcp.…`: its public hosts only. */
function clusterOfHost(host: string): string | undefined {
  return /^app\d+\.default\.(.+)-[^-.]+\.hcp\./.exec(host)?.[1];
}
