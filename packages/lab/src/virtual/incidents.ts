import { clusterOf, type DeploymentTarget, FairwayError, type Step } from "@fairway/sdk";
import { badReleaseErrors } from "./assumptions.ts";
import type { Incident } from "./incident.ts";
import { atRandom } from "./moments.ts";
import { type ClusterName, clusterNames, environmentName, profileName } from "./places.ts";
import { giveAllTo, giveBack } from "./routes.ts";
import { clearFaults, clustersNow, injectFault, type Site } from "./site.ts";
import { type AppShape, appOf, configServer, entry, imageOf, type Topology, wayOf } from "./topology.ts";

/** F1. About two minutes, as the company tells it; the patience of the liveness probe is Kubernetes' own, 30 s. */
export const slowConfiguration: Incident = {
  title: "the configuration service needs two minutes to start and is killed after 30 s",
  begin: (site) => injectFault(site, "slow-start", { image: imageOf(configServer, "*"), delayMs: 120_000 }),
  remedy: {
    by: "people",
    what: "a startup probe for the configuration service",
    apply: (site) => release(site, configServer, { isPatient: true, version: "1.0.1" }),
  },
};

/** F2. At some moment the subscription may use no more than it has without any surge. */
export const quotaExhausted: Incident = {
  title: "the quota runs out in the middle of a surge",
  begin(site, { plannedMs }) {
    const vcpus = site.clustersPerRegion * vcpusOf(site.topology);
    atRandom(site, plannedMs, () => injectFault(site, "quota-surge", { vcpus }));
  },
  remedy: { by: "support", what: "a higher quota", apply: async (site) => clearFaults(site) },
};

/** F3. The next machine that comes up anywhere does not join. */
export const nodeWithoutIdentity: Incident = {
  title: "a node comes up without identity",
  begin(site, { plannedMs, steps }) {
    const { kernel } = site.world;
    atRandom(site, plannedMs, () => {
      for (const step of steps) {
        const cluster = nameOf(step.target);
        for (const pool of poolsOf(step)) injectFault(site, "node-join-failed", { cluster, pool });
      }
      const stop = kernel.trace.follow(({ kind }) => {
        if (kind !== "node.join-failed") return;
        stop();
        clearFaults(site);
      });
    });
  },
  remedy: { by: "people", what: "the node deleted by hand", apply: async (site) => clearFaults(site) },
};

/** `prod` of an address of its. */
function nameOf(address: string): string {
  return clusterOf(address).split("/").at(-1) ?? "";
}

/** In which a step makes machines. */
function poolsOf({ action }: Step): readonly string[] {
  if (action.kind === "cluster") return Object.keys(action.from.pools);
  return action.kind === "pool" || action.kind === "create-pool" ? [action.pool] : [];
}

/** F4. One of the control-plane upgrades fails, and from then on nobody reaches the API server. */
export const controlPlaneStuck: Incident = {
  title: "the control-plane upgrade fails and nobody can do anything",
  begin(site) {
    const cluster = site.stream("F4").pick(site.clusters.filter((name) => name !== environmentName));
    if (cluster === undefined) return;
    injectFault(site, "controlplane-stuck", { cluster });
    const stop = site.world.kernel.trace.follow(({ kind }) => {
      if (kind !== "controlplane.stuck") return;
      stop();
      injectFault(site, "apiserver-gap", { cluster, durationSeconds: 86_400 });
    });
  },
  remedy: { by: "support", what: "the control plane repaired", apply: async (site) => clearFaults(site) },
};

/** F5. What was replaced does not get along with the new version: it lives for a minute or so and is killed. */
export const apiChange: Incident = {
  title: "an app does not get along with the new version",
  begin(site) {
    const random = site.stream("F5");
    const app = appOfF5(site);
    const afterMs = Math.round(random.logNormal(60_000, 300_000));
    injectFault(site, "behaviour-change", { image: imageOf(app, "1.0.0"), afterMs });
  },
  remedy: {
    by: "people",
    what: "a version of the app that gets along",
    apply: (site) => release(site, appOfF5(site), { version: "1.0.1" }),
  },
};

/** On the way of a payment. */
function appOfF5(site: Site): string {
  const onTheWay = wayOf(site.topology, entry).map(({ name }) => name);
  return site.stream("F5/app").pick(onTheWay) ?? entry;
}

/** F6. Half the time it takes no change, half the time callers follow an hour or so late. Who has no switch does not meet it. */
export const switchFails: Incident = {
  title: "the switch itself fails or lags",
  begin(site) {
    if (!site.switcher) return;
    const random = site.stream("F6");
    if (random.chance(1, 2)) injectFault(site, "switch-refused", { profile: profileName });
    else {
      const lagSeconds = Math.round(random.logNormal(1_800, 7_200));
      injectFault(site, "switch-lag", { profile: profileName, lagSeconds });
    }
  },
  remedy: { by: "support", what: "the switch repaired", apply: async (site) => clearFaults(site) },
};

/** F7. For reasons unknown nobody gets to one of the clusters, or to the only one. Who has another one sends everybody there. */
export const routeFails: Incident = {
  title: "the route of one region fails",
  begin(site, { plannedMs }) {
    // A cluster and the one that takes its place stand in the same region.
    const endpoints = site.clusters.length === 1 ? clusterNames : [brokenCluster(site)];
    atRandom(site, plannedMs, () => {
      if (!site.switcher) site.onlyRoute.isBroken = true;
      else for (const endpoint of endpoints) breakRoute(site, endpoint);
    });
  },
  remedy: {
    by: "support",
    what: "the route repaired",
    first: (site) => giveAllTo(site, (cluster) => cluster !== brokenCluster(site)),
    async apply(site) {
      clearFaults(site);
      site.onlyRoute.isBroken = false;
      await giveBack(site);
    },
  },
};

function breakRoute(site: Site, endpoint: ClusterName): void {
  injectFault(site, "endpoint-unreachable", { profile: profileName, endpoint });
}

function brokenCluster(site: Site): ClusterName {
  return site.stream("F7").pick(site.switcher ? site.clusters : [site.clusters[0]]) ?? site.clusters[0];
}

/** F8. A team releases in the middle of it: a tenth of the traffic, and after ten minutes all of it. */
export const badRelease: Incident = {
  title: "a bad release in the middle of it",
  begin(site, { plannedMs }) {
    const random = site.stream("F8");
    const { from, to } = badReleaseErrors;
    const env = { FAULT_ERROR_RATE: (from + (to - from) * random.unit()).toFixed(3) };
    injectFault(site, "bad-release", { image: imageOf(entry, badVersion), env });
    void releaseBadly(site, random.below(Math.max(1, Math.round(plannedMs))));
  },
  remedy: {
    by: "people",
    what: "the release taken back",
    async apply(site) {
      for (const cluster of await clustersNow(site)) await takeBack(site, await site.target(cluster));
    },
  },
};

const badVersion = "2.0.0";
const bakeMs = 10 * 60_000;
const firstShare = 10;

/** Like anybody, the team tries again when the cluster takes no release just now. */
async function releaseBadly(site: Site, afterMs: number): Promise<void> {
  await site.world.wait(afterMs);
  for (const cluster of await clustersNow(site)) {
    const target = await site.target(cluster);
    for (let tries = 0; tries < 6; tries += 1) {
      try {
        const [stable] = await target.revisions(entry);
        const bad = await target.apply(appOf(shapeOf(site, entry), { ...site, version: badVersion })).result();
        if (!stable) return;
        await target.shift(entry, { [stable.name]: 100 - firstShare, [bad.name]: firstShare }).result();
        await site.world.wait(bakeMs);
        // Whoever was called in the meantime has seen to it.
        if ((await shareOf(target, bad.name)) === firstShare) await target.shift(entry, { [bad.name]: 100 }).result();
        break;
      } catch (error) {
        if (!(error instanceof FairwayError)) throw error;
        await site.world.wait(bakeMs);
      }
    }
  }
}

async function shareOf(target: DeploymentTarget, revision: string): Promise<number | undefined> {
  return (await target.revisions(entry)).find(({ name }) => name === revision)?.weight;
}

/** All the traffic to the good version, which a cluster that is new may never have had. One that is being made has no apps. */
async function takeBack(site: Site, target: DeploymentTarget): Promise<void> {
  if (target.supports("maintenance")) await target.capability("maintenance").release().result();
  const revisions = (await target.apps()).includes(entry) ? await target.revisions(entry) : [];
  if (revisions.every(({ image }) => image !== imageOf(entry, badVersion))) return;
  const stable =
    revisions.find(({ image }) => image !== imageOf(entry, badVersion)) ??
    (await target.apply(appOf(shapeOf(site, entry), site)).result());
  await target.shift(entry, { [stable.name]: 100 }).result();
}

/** A new version of an app, with all the traffic, wherever the app is. */
async function release(site: Site, app: string, change: { version: string; isPatient?: boolean }): Promise<void> {
  const shape = shapeOf(site, app);
  for (const cluster of await clustersNow(site)) {
    const target = await site.target(cluster);
    // Whoever holds changes back during a maintenance lets this one through.
    if (target.supports("maintenance")) await target.capability("maintenance").release().result();
    const changed = appOf(shape, { budgets: site.budgets, ...change });
    const revision = await target.apply(changed).result();
    await target.shift(app, { [revision.name]: 100 }).result();
    // The broken one goes, so that nothing is ill any more.
    await target.apply(changed, { historyLimit: 0 }).result();
  }
}

function shapeOf({ topology }: Site, app: string): AppShape {
  const shape = topology.apps.find(({ name }) => name === app);
  if (shape) return shape;
  throw new Error(`There is no app ${app}.`);
}

function vcpusOf({ pools }: Topology): number {
  return pools.reduce((sum, { count, vmSize }) => sum + count * Number(/^Standard_D(\d+)/.exec(vmSize)?.[1] ?? 0), 0);
}
