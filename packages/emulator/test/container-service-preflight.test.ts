import { describe, expect, it } from "vitest";
import { recordDeprecatedCall } from "../src/world/kubernetes/deprecated-calls.ts";
import { flowControlResources } from "../src/world/kubernetes/resources/flow-control.ts";
import {
  clusterPath,
  including,
  poolPath,
  startWithCluster,
  type TestWorld,
  to135,
} from "./container-service-world.ts";

const hourMs = 3_600_000;

/** As the API server takes a call down: that of a version which the next minor does not have. */
function callOldApi({ cluster }: TestWorld): void {
  const [type] = flowControlResources;
  if (!type) throw new Error("there is no resource to call");
  recordDeprecatedCall(cluster(), { ...type, version: "v1beta3", removedIn: "1.35" }, "operator/1.0");
}

describe("an upgrade of the control plane to the next minor", () => {
  it("is refused while an API that goes with it was called in the last twelve hours", () => {
    const world = startWithCluster();
    callOldApi(world);
    const refused = world.call("PUT", clusterPath, to135);
    expect(refused).toMatchObject({
      status: 400,
      body: {
        code: "ValidationError",
        subcode: "UpgradeBlockedOnDeprecatedAPIUsage",
        message: including(".v1beta3"),
      },
    });
    const patch = { location: "westeurope", properties: { kubernetesVersion: "1.34.4" } };
    world.settle(world.call("PUT", clusterPath, patch));
    world.kernel.runFor(12 * hourMs);
    expect(world.call("PUT", clusterPath, to135).status).toBe(200);
  });

  it("is bypassed by a force that has not run out", () => {
    const world = startWithCluster();
    callOldApi(world);
    const force = (until: string) => ({
      location: "westeurope",
      properties: { ...to135.properties, upgradeSettings: { overrideSettings: { forceUpgrade: true, until } } },
    });
    expect(world.call("PUT", clusterPath, force("2026-01-01T00:00:00Z")).status).toBe(400);
    expect(world.call("PUT", clusterPath, force("2027-01-01T00:00:00Z")).status).toBe(200);
  });
});

describe("the subnet of a pool", () => {
  const vnetSubnetID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/nodes";

  it("must have an address for each node, surge node and pod with flat addresses", () => {
    const world = startWithCluster({
      subnetAddresses: () => 251,
      properties: { networkProfile: { networkPlugin: "azure" } },
      pool: { vnetSubnetID, maxPods: 30, upgradeSettings: { maxSurge: "1" } },
    });
    const scale = (count: number) => world.call("PUT", poolPath("nodepool1"), { properties: { count } });
    // (nodes + 1) x 31: seven nodes need 248, eight 279.
    expect(scale(8)).toMatchObject({
      status: 400,
      body: { code: "InsufficientSubnetSize", message: including("279") },
    });
    expect(scale(7).status).toBe(200);
  });

  it("must have one for each node alone with the overlay", () => {
    const world = startWithCluster({ subnetAddresses: () => 11, pool: { vnetSubnetID } });
    const scale = (count: number) => world.call("PUT", poolPath("nodepool1"), { properties: { count } });
    expect(scale(11).status).toBe(400);
    expect(scale(10).status).toBe(200);
  });
});
