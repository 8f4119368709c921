import { createVirtualKernel } from "@fairway/kernel";
import { describe, expect, it } from "vitest";
import { createVirtualAzure } from "../src/index.ts";
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

describe("GET usages of a virtual network", () => {
  it("counts the addresses that nodes have of a subnet", async () => {
    const kernel = createVirtualKernel({ seed: 1 });
    const azure = createVirtualAzure(kernel);
    const { token } = await azure.credential.getToken();
    const group = `/subscriptions/${azure.subscriptionId}/resourceGroups/shop`;
    const network = `${group}/providers/Microsoft.Network/virtualNetworks/net`;
    const arm = (method: string, path: string, body?: unknown) =>
      azure.arm({
        method,
        url: `${azure.armUrl}${path}`,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body)),
      });
    arm("PUT", `${group}?api-version=2024-11-01`, { location: "westeurope" });
    arm("PUT", `${network}?api-version=2024-05-01`, {
      location: "westeurope",
      properties: { subnets: [{ name: "nodes", properties: { addressPrefix: "10.0.0.0/24" } }] },
    });
    arm("PUT", `${network}/subnets/more?api-version=2024-05-01`, { properties: { addressPrefix: "10.0.1.0/28" } });
    const pool = { name: "pool1", mode: "System", count: 3, vmSize: "Standard_D4s_v5", maxPods: 30 };
    const cluster = (count: number) => ({
      location: "westeurope",
      identity: { type: "SystemAssigned" },
      properties: {
        dnsPrefix: "main",
        kubernetesVersion: "1.34.2",
        networkProfile: { networkPlugin: "azure" },
        agentPoolProfiles: [{ ...pool, count, vnetSubnetID: `${network}/subnets/nodes` }],
      },
    });
    const address = `${group}/providers/Microsoft.ContainerService/managedClusters/main?api-version=2025-10-01`;
    expect(arm("PUT", address, cluster(3)).status).toBe(201);
    kernel.runFor(20 * 60_000);
    // One for each node, and one for each of its pods: 9 x 31 with the surge.
    const refused = arm("PUT", address, cluster(8));
    expect(refused).toMatchObject({ status: 400, body: { code: "InsufficientSubnetSize" } });
    const usage = (subnet: string, currentValue: number, limit: number) => ({
      id: `${network}/subnets/${subnet}`,
      currentValue,
      limit,
      name: { localizedValue: "Subnet size and usage", value: "SubnetSpace" },
      unit: "Count",
    });
    const { body } = arm("GET", `${network}/usages?api-version=2024-05-01`);
    expect(body).toEqual({ value: expect.arrayContaining([usage("nodes", 93, 251), usage("more", 0, 11)]) as unknown });
    expect(arm("GET", `${network}x/usages?api-version=2024-05-01`).status).toBe(404);
    azure.close();
  });
});
