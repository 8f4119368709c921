import type { Incident } from "./incident.ts";
import { clearFaults, injectFault, type Site } from "./site.ts";
import { appOf, configServer, entry, imageOf, type Topology, wayOf } from "./topology.ts";

/** F1. About two minutes, as the company tells it; the patience of the liveness probe is Kubernetes' own, 30 s. */
export const slowConfiguration: Incident = {
  title: "the configuration service needs two minutes to start and is killed after 30 s",
  begin: (site) => void injectFault(site, "slow-start", { image: imageOf(configServer, "*"), delayMs: 120_000 }),
  remedy: {
    by: "people",
    what: "a startup probe for the configuration service",
    apply: (site) => release(site, configServer, { isPatient: true, version: "1.0.1" }),
  },
};

/** F2. At some moment the subscription may use no more than it has without any surge. */
export const quotaExhausted: Incident = {
  title: "the quota runs out in the middle of a surge",
  begin(site, plannedMs) {
    const vcpus = site.clusters.length * vcpusOf(site.topology);
    atRandom(site, plannedMs, () => void injectFault(site, "quota-surge", { vcpus }));
  },
  remedy: { by: "support", what: "a higher quota", apply: async (site) => clearFaults(site) },
};

/** F3. The next machine that comes up anywhere does not join. */
export const nodeWithoutIdentity: Incident = {
  title: "a node comes up without identity",
  begin(site, plannedMs) {
    const { kernel } = site.world;
    atRandom(site, plannedMs, () => {
      for (const cluster of site.clusters) {
        for (const { name } of site.topology.pools) injectFault(site, "node-join-failed", { cluster, pool: name });
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

/** F4. One of the control-plane upgrades fails, and from then on nobody reaches the API server. */
export const controlPlaneStuck: Incident = {
  title: "the control-plane upgrade fails and nobody can do anything",
  begin(site) {
    const cluster = site.stream("F4").pick(site.clusters);
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

/** F8. A team releases in the middle of it: a tenth of the traffic, and after a while all of it. */
export const badRelease: Incident = {
  title: "a bad release in the middle of it",
  begin: () => {},
};

/** Once, at a moment of the time that the strategy is planned to take. */
function atRandom(site: Site, plannedMs: number, run: () => void): void {
  site.world.kernel.clock.after(site.stream("moment").below(Math.max(1, Math.round(plannedMs))), run);
}

/** A new version of an app, with all the traffic, wherever the app is. */
async function release(site: Site, app: string, change: { version: string; isPatient?: boolean }): Promise<void> {
  const shape = site.topology.apps.find(({ name }) => name === app);
  if (!shape) throw new Error(`There is no app ${app}.`);
  for (const cluster of site.clusters) {
    const target = await site.target(cluster);
    const changed = appOf(shape, { budgets: site.budgets, ...change });
    const revision = await target.apply(changed).result();
    await target.shift(app, { [revision.name]: 100 }).result();
    // The broken one goes, so that nothing is ill any more.
    await target.apply(changed, { historyLimit: 0 }).result();
  }
}

function vcpusOf({ pools }: Topology): number {
  return pools.reduce((sum, { count, vmSize }) => sum + count * Number(/^Standard_D(\d+)/.exec(vmSize)?.[1] ?? 0), 0);
}
