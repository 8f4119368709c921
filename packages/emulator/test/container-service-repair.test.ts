import { ContainerServiceClient } from "@azure/arm-containerservice";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { type Azure, startAzure } from "../src/index.ts";
import { eventually } from "./container-apps-server.ts";
import {
  clusterPath,
  type Json,
  poolPath,
  startWithCluster,
  type TestWorld,
  to135,
  withUserPool,
} from "./container-service-world.ts";

const nodesResource = { group: "", resource: "nodes" };
const minuteMs = 60_000;

function nodesOf({ cluster }: TestWorld): Json[] {
  return cluster().store.list(nodesResource) as unknown as Json[];
}

function lose(world: TestWorld, pool = "nodepool1"): string {
  const names = nodesOf(world).map(({ metadata }) => String(metadata?.["name"]));
  const node = names.find((name) => name.startsWith(`aks-${pool}-`)) ?? "";
  world.faults.inject({ kind: "node-lost", parameters: { cluster: "main", node } });
  return node;
}

function readyStatus(world: TestWorld, node: string): unknown {
  const conditions = nodesOf(world).find(({ metadata }) => metadata?.["name"] === node)?.["status"]?.["conditions"];
  return conditions?.find(({ type }) => type === "Ready")?.status;
}

const isRepair = ({ source }: Json): boolean => source?.["component"] === "aks-auto-repair";

/** In the order in which they began; those of the last hour. */
function repairEvents({ cluster }: TestWorld): Json[] {
  const events = cluster().store.list({ group: "", resource: "events" }) as unknown as Json[];
  return events.filter(isRepair).toSorted((a, b) => (String(a["lastTimestamp"]) < String(b["lastTimestamp"]) ? -1 : 1));
}

const reasons = (world: TestWorld): string[] => repairEvents(world).map((event) => String(event["reason"]));

const actions = (world: TestWorld): unknown[] => world.trace("node.repairing").map(({ data }) => data["action"]);

describe("node auto-repair", () => {
  it("reboots a node that was silent for ten minutes, and reimages it when that was in vain", () => {
    const world = startWithCluster();
    const node = lose(world);
    world.kernel.runFor(10 * minuteMs);
    expect(readyStatus(world, node)).toBe("Unknown");
    expect(reasons(world)).toEqual([]);
    world.kernel.runFor(minuteMs + 20_000);
    expect(reasons(world)[0]).toBe("NodeRebootStart");
    world.kernel.runFor(20 * minuteMs);
    expect(readyStatus(world, node)).toBe("True");
    expect(repairEvents(world)).toMatchObject([
      {
        type: "Normal",
        reason: "NodeRebootStart",
        message: "Node auto-repair is initiating a reboot action due to NotReady status persisting for more than 5 minutes.",
        involvedObject: { kind: "Node", name: node },
      },
      { reason: "NodeRebootEnd", message: "Reboot action from node auto-repair is completed." },
      { reason: "NodeReimageStart" },
      { reason: "NodeReimageEnd", message: "Reimage action from node auto-repair is completed." },
    ]);
    expect(nodesOf(world)).toHaveLength(3);
    world.kernel.runFor(60 * minuteMs);
    expect(actions(world)).toEqual(["reboot", "reimage"]);
  });

  it("leaves a node to the upgrade of its pool, and to people who mark it", () => {
    const world = withUserPool();
    const upgraded = lose(world, "nodepool1");
    const marked = lose(world, "work");
    world.cluster().store.update(nodesResource, undefined, marked, (node) => ({
      ...node,
      spec: {
        ...(node["spec"] as object),
        taints: [{ key: "node.cloudprovider.kubernetes.io/shutdown", effect: "NoSchedule" }],
      },
    }));
    world.kernel.runFor(9 * minuteMs);
    const settings = { drainTimeoutInMinutes: 1_440, nodeSoakDurationInMinutes: 30, maxSurge: "1" };
    world.settle(
      world.call("PUT", clusterPath, {
        ...to135,
        properties: {
          ...to135.properties,
          agentPoolProfiles: [{ name: "nodepool1", mode: "System", upgradeSettings: settings }],
        },
      }),
      3_000,
    );
    expect(actions(world)).toEqual([]);
    expect(readyStatus(world, upgraded)).toBe("True");
    world.kernel.runFor(120 * minuteMs);
    expect(actions(world)).toEqual([]);
    expect(readyStatus(world, marked)).not.toBe("True");
  });

  it("gives up after three rounds with a node that never joins", () => {
    const world = startWithCluster();
    world.faults.inject({
      kind: "node-join-failed",
      parameters: { cluster: "main", pool: "nodepool1", count: 100 },
    });
    const node = lose(world);
    world.kernel.runFor(85 * minuteMs);
    const round = ["reboot", "reimage", "redeploy"];
    expect(actions(world)).toEqual([...round, ...round, ...round]);
    expect(world.trace("node.repair-failed")).toHaveLength(1);
    world.kernel.runFor(240 * minuteMs);
    expect(actions(world)).toHaveLength(9);
    expect(readyStatus(world, node)).toBe("False");
    expect(reasons(world)).toEqual([]);
  });

  it("says why a redeployment failed for which there was no place, and tries again", () => {
    const world = startWithCluster();
    const where = { cluster: "main", pool: "nodepool1" };
    world.faults.inject({ kind: "node-join-failed", parameters: { ...where, count: 1 } });
    world.faults.inject({ kind: "zonal-capacity", parameters: where });
    const node = lose(world);
    world.kernel.runFor(55 * minuteMs);
    expect(readyStatus(world, node)).toBe("True");
    expect(repairEvents(world).find(({ reason }) => reason === "NodeRedeployError")).toMatchObject({
      type: "Warning",
      message: expect.stringMatching(/^Node auto-repair redeploy action failed .* details here: \w*Allocation\w*$/) as unknown,
    });
    expect(actions(world)).toEqual(["reboot", "reimage", "redeploy", "reboot", "reimage"]);
  });

  it("waits for the API server, and forgets a node that is removed", () => {
    const world = withUserPool();
    lose(world, "work");
    world.kernel.runFor(5 * minuteMs);
    const parameters = { cluster: "main", durationSeconds: 3_600 };
    world.faults.inject({ kind: "control-plane-unavailable", parameters });
    world.kernel.runFor(59 * minuteMs);
    expect(actions(world)).toEqual([]);
    world.kernel.runFor(7 * minuteMs);
    expect(actions(world)).toEqual(["reboot"]);
    world.settle(world.call("DELETE", poolPath("work")));
    world.kernel.runFor(60 * minuteMs);
    expect(actions(world)).toEqual(["reboot"]);
  });

  it("ends with its cluster, whatever is under way", () => {
    const world = startWithCluster();
    lose(world);
    world.kernel.runFor(12 * minuteMs);
    expect(actions(world)).toEqual(["reboot"]);
    world.settle(world.call("DELETE", clusterPath));
    world.kernel.runFor(120 * minuteMs);
    expect(actions(world)).toEqual(["reboot"]);
  });
});

const options = { runtime: "model", timeScale: 3_000 } as const;

async function kubernetes(azure: Azure): Promise<CoreV1Api> {
  const settings = { endpoint: azure.armUrl, tlsOptions: { ca: azure.caCertificate } };
  const client = new ContainerServiceClient(azure.credential, azure.subscriptionId, settings);
  const { kubeconfigs } = await client.managedClusters.listClusterUserCredentials("shop", "main");
  const config = new KubeConfig();
  config.loadFromString(Buffer.from(kubeconfigs?.[0]?.value ?? []).toString());
  return config.makeApiClient(CoreV1Api);
}

async function makeCluster(azure: Azure): Promise<void> {
  const settings = { endpoint: azure.armUrl, tlsOptions: { ca: azure.caCertificate } };
  const client = new ContainerServiceClient(azure.credential, azure.subscriptionId, settings);
  await client.managedClusters.createOrUpdate(
    "shop",
    "main",
    {
      location: "westeurope",
      identity: { type: "SystemAssigned" },
      dnsPrefix: "main",
      agentPoolProfiles: [{ name: "system", count: 2, vmSize: "Standard_D4s_v5", mode: "System" }],
    },
    { updateIntervalInMs: 20 },
  );
}

const readyOf = async (api: CoreV1Api, name: string): Promise<string | undefined> =>
  (await api.readNode({ name })).status?.conditions?.find(({ type }) => type === "Ready")?.status;

it("goes on in a world that was saved, with the node that was lost before", async () => {
  let state = "";
  let node = "";
  {
    await using azure = await startAzure(options);
    await makeCluster(azure);
    const api = await kubernetes(azure);
    node = (await api.listNode()).items[0]?.metadata?.name ?? "";
    azure.control("POST", "/_emulator/nodes/lose", { cluster: "main", node });
    await eventually(async () => (await readyOf(api, node)) === "Unknown");
    state = azure.exportState();
  }
  await using azure = await startAzure({ ...options, seed: 2 });
  await azure.importState(state);
  const api = await kubernetes(azure);
  await eventually(async () => (await readyOf(api, node)) === "True");
  const { items } = await api.listEventForAllNamespaces({ fieldSelector: "reason=NodeRebootEnd" });
  expect(items).toMatchObject([{ source: { component: "aks-auto-repair" }, involvedObject: { name: node } }]);
});
