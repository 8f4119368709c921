import { FairwayError } from "@fairway/sdk";
import type { Incident, IncidentPlan, Remedy } from "./incident.ts";
import { atRandom } from "./moments.ts";
import { type ClusterName, clusterNamed, environmentName } from "./places.ts";
import { clearFaults, injectFault, type Site } from "./site.ts";
import { entry } from "./topology.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** What a fault of the library does to a cluster or to the environment, and who ends it. */
interface LibraryIncident {
  readonly title: string;
  readonly on: "cluster" | "environment";
  /** Waits for an upgrade from the first step on. Default: it comes at a moment of its own. */
  readonly isThereBefore?: true;
  /** Undefined: there is nothing to aim at. */
  parameters(site: Site, place: ClusterName): Parameters | Promise<Parameters | undefined>;
  /** Absent: it ends by itself, or nobody can end it. */
  readonly remedy?: Pick<Remedy, "by" | "what">;
}

const ofCluster = { on: "cluster", parameters: (_: Site, cluster: ClusterName) => ({ cluster }) } as const;
const ofPool = {
  on: "cluster",
  parameters: (site: Site, cluster: ClusterName) => ({
    cluster,
    pool: site.stream("library/pool").pick(site.topology.pools.map(({ name }) => name)),
  }),
} as const;
const ofBudget = {
  on: "cluster",
  parameters: (_: Site, cluster: ClusterName) => ({ cluster, namespace: "default" }),
} as const;
const ofEnvironment = { on: "environment", parameters: () => ({ environment: environmentName }) } as const;
const ofEntry = { on: "environment", parameters: () => ({ app: entry }) } as const;

/** Some minutes, half an hour at times. */
const passing = (site: Site) => Math.round(site.stream("library/passing").logNormal(300, 1_800));

/**
 * The fault library, but for what F1 to F8 are made of, and for what concerns volumes, queues, scaling to zero and releases: the
 * apps of trials have none of them.
 */
const library = {
  "zonal-capacity": {
    ...ofPool,
    title: "a zone has no machines of the size of a pool",
    remedy: { by: "support", what: "capacity in the zone" },
  },
  "subnet-full": {
    ...ofCluster,
    title: "the subnet has no addresses for more nodes",
    remedy: { by: "people", what: "a larger subnet" },
  },
  "cni-ip-starvation": {
    ...ofCluster,
    title: "pods that start get no address",
    remedy: { by: "people", what: "more addresses for pods" },
  },
  "pdb-blocks-drain": {
    ...ofBudget,
    title: "a disruption budget never lets a drain through",
    remedy: { by: "people", what: "the budget changed" },
  },
  "pdb-precheck": {
    ...ofBudget,
    title: "a disruption budget allows nothing, and Azure refuses the upgrade",
    isThereBefore: true,
    remedy: { by: "people", what: "the budget changed" },
  },
  "removed-api": {
    on: "cluster",
    parameters: (_: Site, cluster: ClusterName) => ({ cluster, api: "policy/v1beta1" }),
    title: "somebody calls an API that the new version removes, and Azure refuses the upgrade",
    isThereBefore: true,
    remedy: { by: "people", what: "the caller moved to the new API" },
  },
  "state-drift": {
    ...ofPool,
    title: "a pool's upgrade fails in the middle, and the resource shows the new version",
    isThereBefore: true,
    remedy: { by: "people", what: "what made the upgrade fail" },
  },
  "leftover-cordon": {
    ...ofPool,
    title: "a pool's upgrade fails and leaves a node cordoned",
    isThereBefore: true,
    remedy: { by: "people", what: "what made the upgrade fail" },
  },
  "apiserver-gap": {
    on: "cluster",
    parameters: (site: Site, cluster: ClusterName) => ({ cluster, durationSeconds: passing(site) }),
    title: "nobody reaches the API server for some minutes",
  },
  "konnectivity-broken": {
    ...ofCluster,
    title: "the API server does not reach the nodes",
    remedy: { by: "support", what: "the tunnel repaired" },
  },
  "webhook-deadlock": {
    ...ofCluster,
    title: "an admission webhook that fails closed has nobody to answer",
    remedy: { by: "people", what: "the webhook's configuration deleted" },
  },
  "dns-broken": {
    ...ofCluster,
    title: "names are not found in the cluster",
    remedy: { by: "people", what: "the name servers restarted" },
  },
  "identity-lost": {
    ...ofCluster,
    title: "pods that start get no identity",
    remedy: { by: "people", what: "the identity assigned again" },
  },
  "node-lost": {
    on: "cluster",
    parameters: async (site: Site, cluster: ClusterName) => await someNode(site, cluster),
    title: "a machine is gone without a word",
  },
  throttled: {
    on: "cluster",
    parameters: (site: Site) => ({ provider: "Microsoft.ContainerService", durationSeconds: passing(site) }),
    title: "Azure Resource Manager refuses calls for some minutes, since there were too many",
  },
  "env-wedge": {
    ...ofEnvironment,
    title: "the environment takes no change",
    remedy: { by: "support", what: "the environment repaired" },
  },
  "node-update-gap": {
    ...ofEnvironment,
    title: "the platform stops replicas before their successors run",
  },
  "cold-start-tail": { ...ofEnvironment, title: "new replicas start up to 22 seconds later", isThereBefore: true },
  "no-replica-from-zero": {
    ...ofEnvironment,
    title: "new replicas are never assigned",
    remedy: { by: "support", what: "the environment repaired" },
  },
  "scaler-churn": {
    ...ofEntry,
    title: "the replicas of the entrance are replaced again and again",
    remedy: { by: "people", what: "other scale rules" },
  },
} as const satisfies Record<string, LibraryIncident>;

export type LibraryIncidentName = keyof typeof library;
export const libraryIncidentNames = Object.keys(library) as readonly LibraryIncidentName[];

export const libraryIncidents = Object.fromEntries(
  libraryIncidentNames.map((kind) => [kind, incidentOf(kind, library[kind])]),
) as Readonly<Record<LibraryIncidentName, Incident>>;

function incidentOf(kind: LibraryIncidentName, incident: LibraryIncident): Incident {
  const { title, remedy } = incident;
  return {
    title,
    begin(site, plan) {
      const place = placeOf(site, incident, plan);
      if (place === undefined) return;
      const strike = async () => {
        const parameters = await incident.parameters(site, place);
        if (parameters) injectFault(site, kind, parameters);
      };
      if (incident.isThereBefore) void strike();
      else atRandom(site, plan.plannedMs, () => void strike());
    },
    ...(remedy ? { remedy: { ...remedy, apply: async (site: Site) => clearFaults(site) } } : {}),
  };
}

/**
 * One of the clusters that the plan is about; what waits for an upgrade is there before a new one is. A platform that has no
 * such place does not meet it.
 */
function placeOf(site: Site, { on, isThereBefore }: LibraryIncident, { steps }: IncidentPlan): ClusterName | undefined {
  const isEnvironment = site.clusters[0] === environmentName;
  if (isEnvironment !== (on === "environment")) return undefined;
  if (isEnvironment) return environmentName;
  const planned = new Set(steps.map(({ target }) => clusterNamed(site.world.azure, target)));
  return site.stream("library/place").pick(isThereBefore ? site.clusters : [...planned]);
}

async function someNode(site: Site, cluster: ClusterName): Promise<Parameters | undefined> {
  try {
    const { nodes } = await (await site.target(cluster)).capability("upgrades").status();
    const node = site.stream("library/node").pick(nodes.map(({ name }) => name));
    return node === undefined ? undefined : { cluster, node };
  } catch (error) {
    // It is not there yet, or nobody reaches it.
    if (error instanceof FairwayError) return undefined;
    throw error;
  }
}
