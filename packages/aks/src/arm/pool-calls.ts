import type { AgentPool, ContainerServiceClient } from "@azure/arm-containerservice";
import { FairwayError } from "@fairway/model";
import type { Arm, ArmOperation, ClusterAddress } from "./arm-types.ts";

export interface Calls {
  readonly request: <T>(send: () => Promise<T>) => Promise<T>;
  readonly start: (poller: Poller) => Promise<ArmOperation>;
}

export interface Poller {
  submitted(): Promise<void>;
  pollUntilDone(options?: { abortSignal?: AbortSignal }): Promise<unknown>;
}

/** Writes of single node pools. */
export function createPoolCalls(
  client: ContainerServiceClient,
  { request, start }: Calls,
  { resourceGroup, cluster }: ClusterAddress,
): Pick<Arm, "upgradePool" | "rollBackPool" | "createPool" | "deletePool"> {
  return {
    upgradePool: async (pool, version) => {
      const current = await request(() => client.agentPools.get(resourceGroup, cluster, pool));
      return start(
        client.agentPools.createOrUpdate(resourceGroup, cluster, pool, { ...current, orchestratorVersion: version }),
      );
    },
    rollBackPool: async (pool, version) => {
      const [current, profile] = await request(() =>
        Promise.all([
          client.agentPools.get(resourceGroup, cluster, pool),
          client.agentPools.getUpgradeProfile(resourceGroup, cluster, pool),
        ]),
      );
      const recent = profile.recentlyUsedVersions?.find(({ orchestratorVersion }) => orchestratorVersion === version);
      if (!recent) throw notRecent(pool, version);
      const { nodeImageVersion } = recent;
      const wanted = { ...current, orchestratorVersion: version, ...(nodeImageVersion ? { nodeImageVersion } : {}) };
      return start(client.agentPools.createOrUpdate(resourceGroup, cluster, pool, wanted));
    },
    createPool: async (pool, like, version) => {
      const model = await request(() => client.agentPools.get(resourceGroup, cluster, like));
      return start(
        client.agentPools.createOrUpdate(resourceGroup, cluster, pool, {
          ...settingsOf(model),
          orchestratorVersion: version,
        }),
      );
    },
    deletePool: (pool) => start(client.agentPools.delete(resourceGroup, cluster, pool)),
  };
}

/** What a person chose for a pool, without what Azure tells of it. */
function settingsOf(pool: AgentPool): AgentPool {
  const told = ["eTag", "provisioningState", "currentOrchestratorVersion", "nodeImageVersion", "powerState"];
  return Object.fromEntries(Object.entries(pool).filter(([name]) => !told.includes(name)));
}

function notRecent(pool: string, version: string): FairwayError {
  return new FairwayError("upgrade-invalid", `Azure does not remember ${version} for node pool ${pool}.`, {
    hint: "It keeps one version back for seven days. Make a new pool at that version, and move the pods: az aks nodepool add.",
  });
}
