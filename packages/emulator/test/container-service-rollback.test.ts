import { describe, expect, it } from "vitest";
import {
  clusterPath,
  including,
  type Json,
  kubelets,
  like,
  poolPath,
  poolTo,
  startWithCluster,
  sundayEveningMs,
  type TestWorld,
  to135,
} from "./container-service-world.ts";

const dayMs = 24 * 3_600_000;

function upgraded(): TestWorld {
  const world = startWithCluster();
  world.settle(world.call("PUT", clusterPath, to135));
  return world;
}

const pool = ({ call }: TestWorld): Json => call("GET", poolPath("nodepool1")).body["properties"];

const recent = ({ call }: TestWorld): Json =>
  call("GET", `${poolPath("nodepool1")}/upgradeProfiles/default`).body["properties"]["recentlyUsedVersions"];

describe("the rollback of a pool", () => {
  it("brings version and image of before back, once", () => {
    const world = upgraded();
    expect(recent(world)).toEqual([
      { orchestratorVersion: "1.34.2", nodeImageVersion: including("2204"), timestamp: like(/Z$/) },
    ]);
    const back = world.call("PUT", poolPath("nodepool1"), poolTo("1.34.2"));
    expect(back.body["properties"]["provisioningState"]).toBe("Upgrading");
    expect(world.settle(back)["status"]).toBe("Succeeded");
    expect(pool(world)).toMatchObject({ currentOrchestratorVersion: "1.34.2", nodeImageVersion: including("2204") });
    expect(kubelets(world)).toEqual(Array(3).fill("v1.34.2"));
    expect(recent(world)).toEqual([]);
  });

  it("goes to no other older version, nor to the one before after a rollback", () => {
    const world = upgraded();
    expect(world.call("PUT", poolPath("nodepool1"), poolTo("1.34.1"))).toMatchObject({
      status: 400,
      body: { code: "OperationNotAllowed", message: including("Downgrading") },
    });
  });

  it("is possible for seven days", () => {
    const world = upgraded();
    world.kernel.runFor(7.1 * dayMs);
    expect(recent(world)).toEqual([]);
    expect(world.call("PUT", poolPath("nodepool1"), poolTo("1.34.2")).status).toBe(400);
  });

  it("is refused while a channel upgrades the cluster by itself", () => {
    const world = upgraded();
    const autoUpgradeProfile = { upgradeChannel: "patch" };
    world.settle(world.call("PUT", clusterPath, { location: "westeurope", properties: { autoUpgradeProfile } }));
    expect(world.call("PUT", poolPath("nodepool1"), poolTo("1.34.2"))).toMatchObject({
      status: 400,
      body: { code: "OperationNotAllowed", message: including("auto-upgrade channel") },
    });
  });

  it("takes a node image back alone, and no image that was never there", () => {
    const world = startWithCluster({ startMs: sundayEveningMs });
    const before = pool(world)["nodeImageVersion"];
    world.kernel.runFor(dayMs);
    world.settle(world.call("POST", `${poolPath("nodepool1")}/upgradeNodeImageVersion`));
    expect(pool(world)["nodeImageVersion"]).not.toBe(before);
    const put = (nodeImageVersion: string) =>
      world.call("PUT", poolPath("nodepool1"), { properties: { nodeImageVersion } });
    expect(put("AKSUbuntu-1804-2019.01.01")).toMatchObject({
      status: 400,
      body: { message: including("not accepted") },
    });
    world.settle(put(before));
    expect(pool(world)["nodeImageVersion"]).toBe(before);
  });
});
