import { describe, expect, it } from "vitest";
import { parameters, startAzure } from "./container-service-client.ts";
import { all, group } from "./container-service-world.ts";

describe("the official client @azure/arm-containerservice", () => {
  it("creates a cluster, reads it, upgrades it and deletes it", async () => {
    await using azure = await startAzure();
    const { client, world } = azure;
    const created = await client.managedClusters.createOrUpdate(group, "main", parameters);
    expect(created).toMatchObject({ provisioningState: "Succeeded", currentKubernetesVersion: "1.34.2" });
    expect(created.eTag).toBeDefined();

    const profile = await client.managedClusters.getUpgradeProfile(group, "main");
    expect(profile.controlPlaneProfile?.upgrades?.map((upgrade) => upgrade.kubernetesVersion)).toContain("1.35.1");
    const pools = await all(client.agentPools.list(group, "main"));
    expect(pools).toMatchObject([{ name: "nodepool1", count: 2, provisioningState: "Succeeded" }]);
    const versions = await client.agentPools.getAvailableAgentPoolVersions(group, "main");
    expect(versions.agentPoolVersions?.length).toBeGreaterThan(0);

    const upgraded = await client.managedClusters.createOrUpdate(group, "main", {
      ...parameters,
      kubernetesVersion: "1.35.1",
    });
    expect(upgraded).toMatchObject({ provisioningState: "Succeeded", currentKubernetesVersion: "1.35.1" });
    expect(upgraded.agentPoolProfiles?.[0]?.currentOrchestratorVersion).toBe("1.35.1");
    expect(world.trace.records().filter(({ kind, data }) => kind === "node.reimaged" && data["pool"])).toHaveLength(2);

    const clusters = await all(client.managedClusters.list());
    expect(clusters.map(({ name }) => name)).toEqual(["main"]);
    await client.managedClusters.delete(group, "main");
    await expect(client.managedClusters.get(group, "main")).rejects.toMatchObject({
      code: "ResourceNotFound",
      statusCode: 404,
    });
  });

  it("upgrades past the pods of AKS itself, however fast the time goes", async () => {
    await using azure = await startAzure({ systemPods: true });
    const { client } = azure;
    await client.managedClusters.createOrUpdate(group, "main", parameters);
    const upgraded = await client.managedClusters.createOrUpdate(group, "main", {
      ...parameters,
      kubernetesVersion: "1.35.1",
    });
    expect(upgraded).toMatchObject({ provisioningState: "Succeeded", currentKubernetesVersion: "1.35.1" });
  });

  it("adds, scales and re-images a pool, changes tags, and gets credentials and versions", async () => {
    await using azure = await startAzure();
    const { client } = azure;
    await client.managedClusters.createOrUpdate(group, "main", parameters);
    const work = { count: 1, vmSize: "Standard_D4s_v5", mode: "User" };
    const added = await client.agentPools.createOrUpdate(group, "main", "work", work);
    expect(added).toMatchObject({ name: "work", count: 1, provisioningState: "Succeeded" });
    const scaled = await client.agentPools.createOrUpdate(group, "main", "work", { ...work, count: 2 });
    expect(scaled.count).toBe(2);
    await client.agentPools.upgradeNodeImageVersion(group, "main", "work");
    expect((await client.agentPools.get(group, "main", "work")).nodeImageVersion).toMatch(/^AKSUbuntu/);
    await client.agentPools.delete(group, "main", "work");

    const tagged = await client.managedClusters.updateTags(group, "main", { tags: { team: "pay" } });
    expect(tagged.tags).toEqual({ team: "pay" });
    const { kubeconfigs } = await client.managedClusters.listClusterUserCredentials(group, "main");
    expect(Buffer.from(kubeconfigs?.[0]?.value ?? []).toString()).toBe("kubeconfig of clusterUser in main");
    const { values } = await client.managedClusters.listKubernetesVersions("westeurope");
    expect(values?.find(({ isDefault }) => isDefault)?.version).toBe("1.35");
  });

  it("aborts an upgrade and sees it canceled", async () => {
    await using azure = await startAzure();
    const { client } = azure;
    await client.managedClusters.createOrUpdate(group, "main", parameters);
    const poller = client.managedClusters.createOrUpdate(group, "main", { ...parameters, kubernetesVersion: "1.35.1" });
    await poller.submitted();
    await client.managedClusters.abortLatestOperation(group, "main");
    await expect(poller.pollUntilDone()).rejects.toThrow(/abort|cancel/i);
    expect((await client.managedClusters.get(group, "main")).provisioningState).toBe("Canceled");
  });

  it("is told why a write is refused, with the code of AKS", async () => {
    await using azure = await startAzure();
    const { client } = azure;
    const bad = { ...parameters, kubernetesVersion: "1.99.1" };
    await expect(client.managedClusters.createOrUpdate(group, "main", bad)).rejects.toMatchObject({
      statusCode: 400,
      code: "K8sVersionNotSupported",
    });
    await client.managedClusters.createOrUpdate(group, "main", parameters);
    const poller = client.managedClusters.createOrUpdate(group, "main", parameters);
    await poller.submitted();
    await expect(client.managedClusters.createOrUpdate(group, "main", parameters)).rejects.toMatchObject({
      statusCode: 409,
      code: "OperationNotAllowed",
    });
    await poller;
  });
});
