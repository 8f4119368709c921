import { monotonicMs, type Scheduler } from "@fairway/kernel";
import type { DeploymentTarget } from "@fairway/sdk";
import type { Timeline } from "../report/report.ts";

const sampleEveryMs = 500;

/** The part of a timeline that the target shows. */
export type Seen = Pick<Timeline, "revisions" | "replicas" | "weights" | "nodes" | "events">;

/** Watches a target from outside while an experiment runs: replicas, weights, nodes. Never steers. */
export interface TargetRecorder {
  /** Something worth a line in the picture. */
  mark(text: string): void;
  stop(): Promise<Seen>;
}

export function recordTarget(target: DeploymentTarget, app: string, clock: Scheduler): TargetRecorder {
  const startMs = monotonicMs();
  const seen: Seen = {
    revisions: {},
    replicas: [],
    weights: [],
    nodes: [],
    events: [],
  };
  const elapsedMs = (): number => Math.round(monotonicMs() - startMs);
  let isStopped = false;
  let sampling = sampleAgain();

  async function sampleAgain(): Promise<void> {
    await Promise.all([sampleRevisions(), sampleNodes()]);
    if (!isStopped) clock.after(sampleEveryMs, () => (sampling = sampleAgain()));
  }

  async function sampleRevisions(): Promise<void> {
    const atMs = elapsedMs();
    // The control plane may be away: then nothing is known, and nothing is drawn.
    const revisions = await target.revisions(app).catch(() => undefined);
    if (!revisions) return;
    const active = revisions.filter(({ state, weight }) => state.kind !== "inactive" || weight > 0);
    for (const { name, image } of active) seen.revisions[name] = image;
    seen.replicas.push({
      atMs,
      byRevision: Object.fromEntries(active.map(({ name, replicas }) => [name, replicas.ready])),
    });
    seen.weights.push({ atMs, byRevision: Object.fromEntries(active.map(({ name, weight }) => [name, weight])) });
  }

  async function sampleNodes(): Promise<void> {
    if (!target.supports("upgrades")) return;
    const atMs = elapsedMs();
    const status = await target
      .capability("upgrades")
      .status()
      .catch(() => undefined);
    const nodes = status?.nodes ?? [];
    const byVersion: Record<string, number> = {};
    for (const { version, ready } of nodes) if (ready) byVersion[version] = (byVersion[version] ?? 0) + 1;
    seen.nodes.push({
      atMs,
      byVersion,
      cordoned: nodes.filter((node) => !node.schedulable).length,
      apiReachable: nodes.length > 0,
    });
  }

  return {
    mark: (text) => void seen.events.push({ atMs: elapsedMs(), text }),
    async stop() {
      isStopped = true;
      await sampling;
      return seen;
    },
  };
}
