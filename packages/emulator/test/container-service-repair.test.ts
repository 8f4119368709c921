import { describe, expect, it } from "vitest";
import { noCapacity, noDisturbances } from "../src/world/container-service/disturbances.ts";
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

function readyStatus({ cluster }: TestWorld, node: string): string | undefined {
  const { status } = (cluster().store.get(nodesResource, undefined, node) ?? {}) as {
    status?: { conditions?: { type: string; status: string }[] };
  };
  return status?.conditions?.find(({ type }) => type === "Ready")?.status;
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
        message:
          "Node auto-repair is initiating a reboot action due to NotReady status persisting for more than 5 minutes.",
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

  it("leaves a node to the upgrade of its pool, and to those who mark it", () => {
    const world = startWithCluster({ pool: { upgradeSettings: { maxSurge: "1", nodeSoakDurationInMinutes: 30 } } });
    const upgraded = lose(world);
    world.kernel.runFor(9 * minuteMs);
    world.settle(world.call("PUT", clusterPath, to135));
    expect(actions(world)).toEqual([]);
    expect(readyStatus(world, upgraded)).toBe("True");
    const marked = lose(world);
    world.cluster().store.update(nodesResource, undefined, marked, (node) => ({
      ...node,
      spec: {
        ...(node["spec"] as object),
        taints: [{ key: "node.cloudprovider.kubernetes.io/shutdown", effect: "NoSchedule" }],
      },
    }));
    world.kernel.runFor(120 * minuteMs);
    expect(actions(world)).toEqual([]);
    expect(readyStatus(world, marked)).toBe("Unknown");
  });

  it("gives up after three rounds with a node that never joins", () => {
    const world = startWithCluster();
    world.faults.inject({
      kind: "node-join-failed",
      parameters: { cluster: "main", pool: "nodepool1", count: 100 },
    });
    const node = lose(world);
    world.kernel.runFor(110 * minuteMs);
    const round = ["reboot", "reimage", "redeploy"];
    expect(actions(world)).toEqual([...round, ...round, ...round]);
    expect(world.trace("node.repair-failed")).toHaveLength(1);
    world.kernel.runFor(240 * minuteMs);
    expect(actions(world)).toHaveLength(9);
    expect(readyStatus(world, node)).toBe("False");
    expect(reasons(world)).toEqual([]);
  });

  it("says why a redeployment failed for which there was no place, and tries again", () => {
    let isFull = false;
    const allocation = () => (isFull ? noCapacity("AllocationFailed") : undefined);
    const world = startWithCluster({ disturbances: { ...noDisturbances, allocation } });
    isFull = true;
    world.faults.inject({ kind: "node-join-failed", parameters: { cluster: "main", pool: "nodepool1" } });
    const node = lose(world);
    world.kernel.runFor(55 * minuteMs);
    expect(readyStatus(world, node)).toBe("True");
    expect(repairEvents(world).find(({ reason }) => reason === "NodeRedeployError")).toMatchObject({
      type: "Warning",
      message:
        "Node auto-repair redeploy action failed due to an operation failure. See error details here: AllocationFailed",
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
    world.kernel.runFor(6 * minuteMs);
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
