import { describe, expect, it } from "vitest";
import {
  clusterPath,
  group,
  including,
  poolPath,
  startWithCluster,
  subscription,
  to135,
} from "./container-service-world.ts";

const groupPath = `/subscriptions/${subscription}/resourceGroups/${group}`;
const locksOf = (scope: string): string => `${scope}/providers/Microsoft.Authorization/locks`;
const lock = (level: string) => ({ properties: { level, notes: "kept" } });
const refused = (action: string, scope: string) => ({
  status: 409,
  body: {
    error: {
      code: "ScopeLocked",
      message: including(`cannot perform ${action} operation because following scope(s) are locked: '${scope}'`),
    },
  },
});

describe("management locks", () => {
  it("are made, read, listed and deleted", () => {
    const { call } = startWithCluster();
    const path = `${locksOf(clusterPath)}/keep`;
    expect(call("GET", path)).toMatchObject({ status: 404, body: { error: { code: "LockNotFound" } } });
    expect(call("PUT", path, lock("CanNotDelete"))).toMatchObject({
      status: 201,
      body: { id: path, name: "keep", type: "Microsoft.Authorization/locks", properties: { level: "CanNotDelete" } },
    });
    expect(call("PUT", path, lock("ReadOnly")).status).toBe(200);
    expect(call("PUT", path, lock("Sticky")).status).toBe(400);
    for (const scope of [clusterPath, groupPath, `/subscriptions/${subscription}`]) {
      expect(call("GET", locksOf(scope)).body["value"]).toHaveLength(1);
    }
    expect(call("DELETE", path).status).toBe(200);
    expect(call("DELETE", path).status).toBe(204);
  });

  it("keep what is below them from being deleted, groups with locked resources included", () => {
    const { call } = startWithCluster();
    call("PUT", `${locksOf(clusterPath)}/keep`, lock("CanNotDelete"));
    expect(call("DELETE", clusterPath)).toMatchObject(refused("delete", clusterPath));
    expect(call("DELETE", poolPath("nodepool1"))).toMatchObject(refused("delete", clusterPath));
    expect(call("DELETE", groupPath)).toMatchObject(refused("delete", clusterPath));
    expect(call("PUT", clusterPath, to135).status).toBe(200);
  });

  it("keep what is below them from being changed when they are read-only, actions included", () => {
    const { call } = startWithCluster();
    call("PUT", `${locksOf(groupPath)}/frozen`, lock("ReadOnly"));
    expect(call("PUT", clusterPath, to135)).toMatchObject(refused("write", groupPath));
    expect(call("PATCH", clusterPath, { tags: {} })).toMatchObject(refused("write", groupPath));
    expect(call("POST", `${clusterPath}/listClusterUserCredential`)).toMatchObject(refused("write", groupPath));
    expect(call("GET", clusterPath).status).toBe(200);
    expect(call("DELETE", `${locksOf(groupPath)}/frozen`).status).toBe(200);
    expect(call("PUT", clusterPath, to135).status).toBe(200);
  });

  it("on the group of a cluster's nodes stop upgrades and scaling before they start", () => {
    const { call } = startWithCluster();
    const nodes = `/subscriptions/${subscription}/resourceGroups/MC_shop_main_westeurope`;
    expect(call("PUT", `${locksOf(nodes)}/keep`, lock("CanNotDelete")).status).toBe(201);
    for (const answer of [
      call("PUT", clusterPath, to135),
      call("PUT", poolPath("nodepool1"), { properties: { count: 1 } }),
    ]) {
      expect(answer).toMatchObject({
        status: 409,
        body: { code: "ScopeLocked", message: including("MC_shop_main_westeurope") },
      });
    }
    expect(call("PUT", poolPath("nodepool1"), { properties: { nodeLabels: { a: "b" } } }).status).toBe(200);
  });
});
