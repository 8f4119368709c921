import { describe, expect, it } from "vitest";
import {
  clusterPath,
  type Json,
  poolPath,
  startWithCluster,
  subscription,
  type TestWorld,
  to135,
} from "./container-service-world.ts";

const path = `/subscriptions/${subscription}/providers/Microsoft.Compute/locations/westeurope/usages`;

const used = ({ call }: TestWorld, family: string): Json | undefined =>
  (call("GET", path).body["value"] as unknown as Json[]).find(({ name }) => name["value"] === family);

describe("GET Microsoft.Compute usages", () => {
  it("counts the vCPUs of nodes by family and region, surge nodes included", () => {
    const world = startWithCluster({ vcpuQuota: () => 100 });
    expect(used(world, "standardDSv5Family")).toEqual({
      unit: "Count",
      currentValue: 12,
      limit: 100,
      name: { value: "standardDSv5Family", localizedValue: "Standard DSv5 Family vCPUs" },
    });
    expect(used(world, "cores")).toMatchObject({ currentValue: 12, limit: 100 });
    expect(used(world, "standardESv5Family")).toMatchObject({ currentValue: 0 });
    const upgrade = world.call("PUT", clusterPath, to135);
    let most = 0;
    while (world.call("GET", clusterPath).body["properties"]["provisioningState"] === "Upgrading") {
      most = Math.max(most, Number(used(world, "standardDSv5Family")?.["currentValue"]));
      world.kernel.runFor(20_000);
    }
    expect(most).toBe(16);
    expect(world.settle(upgrade)["status"]).toBe("Succeeded");
    expect(used(world, "standardDSv5Family")).toMatchObject({ currentValue: 12 });
    world.settle(world.call("PUT", poolPath("nodepool1"), { properties: { count: 5 } }));
    expect(used(world, "virtualMachines")).toMatchObject({ currentValue: 5 });
  });

  it("answers for nothing else of Microsoft.Compute", () => {
    const { call } = startWithCluster();
    expect(call("GET", path.replace("usages", "vmSizes")).status).toBe(404);
    expect(call("PUT", path, {}).status).toBe(405);
  });
});
