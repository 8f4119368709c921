import type { VirtualWorld } from "../../virtual/world.ts";
import { clusterNames } from "../names.ts";
import type { Disturbances } from "./disturbances.ts";
import { convergenceMs, everyMinute } from "./routes.ts";
import type { Tell } from "./watch.ts";

/** Where callers are sent now: name servers, edges, gateways. */
export type Answering = () => { readonly answers: readonly { readonly endpoint: string }[] } | undefined;

/** What name servers and resolvers take after a change, and something more: propagation and time to live are a minute each. */
const usualLagMs = 4 * 60_000;
/** An app of one replica is away while its node is replaced. */
const restartMs = 10 * 60_000;

/**
 * Callers are sent to clusters that answer: none gets its first traffic while an app of it serves nobody, and none that is
 * gone or does not answer has some for longer than the name servers take to follow.
 */
export function watchSwitch(
  world: VirtualWorld,
  disturbances: Disturbances,
  answering: Answering,
  tell: Tell,
): () => void {
  const { azure, kernel } = world;
  const isGone = new Set<string>();
  const badSinceMs = new Map<string, number>();
  let sentTo = receivers();
  const endTrace = kernel.trace.follow(({ kind, data }) => {
    const cluster = String(data["cluster"]);
    if (kind === "cluster.deleted") isGone.add(cluster);
    if (kind === "controlplane.reachable") isGone.delete(cluster);
  });
  function receivers(): ReadonlySet<string> {
    return new Set((answering()?.answers ?? []).map(({ endpoint }) => endpoint));
  }
  function checkReceiver(name: string): void {
    if (!receivers().has(name) || disturbances.excuses || answers(name)) return;
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
    const before = sentTo;
    sentTo = receivers();
    if (sentTo.size === 0 && before.size > 0 && !disturbances.excuses) tell("traffic", "Callers are sent to nobody.");
    for (const name of sentTo) if (!before.has(name)) kernel.clock.after(convergenceMs, () => checkReceiver(name));
    for (const name of clusterNames) {
      const isExcused = disturbances.excuses && !isGone.has(name);
      if (!sentTo.has(name) || isExcused || answers(name)) {
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
