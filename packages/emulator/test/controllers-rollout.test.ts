import { expect, test } from "vitest";
import { createTestWorld, deploymentOf, resources } from "./controllers-world.ts";

test("a deployment comes up on its nodes and says so", () => {
  const t = createTestWorld();
  t.apply(resources.deployments, deploymentOf("web"));
  t.until("three pods are ready", () => t.ready().length === 3, 60);
  t.run(2);
  expect(t.deployment("web").status).toMatchObject({
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    unavailableReplicas: 0,
    conditions: [
      { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
      { type: "Available", status: "True", reason: "MinimumReplicasAvailable" },
    ],
  });
  const nodeNames = new Set(t.pods().map((pod) => pod.spec.nodeName));
  expect(nodeNames.size).toBe(3);
});
