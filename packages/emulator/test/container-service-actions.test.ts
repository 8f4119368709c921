import { describe, expect, it } from "vitest";
import { parameters, startAzure } from "./container-service-client.ts";
import {
  all,
  clusterPath,
  group,
  including,
  poolPath,
  startWithCluster,
  withUserPool,
} from "./container-service-world.ts";

const nodeCount = ({ cluster }: { cluster(): { store: { list(kind: object): readonly unknown[] } } }): number =>
  cluster().store.list({ group: "", resource: "nodes" }).length;

describe("the official client @azure/arm-containerservice, beside create and upgrade", () => {
  it("stops a cluster, is refused upgrades, and starts it", async () => {
    await using azure = await startAzure();
    const { managedClusters } = azure.client;
    await managedClusters.createOrUpdate(group, "main", parameters);
    await managedClusters.stop(group, "main");
    const stopped = await managedClusters.get(group, "main");
    expect(stopped).toMatchObject({ powerState: { code: "Stopped" }, provisioningState: "Succeeded" });
    expect(stopped.agentPoolProfiles?.[0]).toMatchObject({ count: 2, powerState: { code: "Stopped" } });
    expect(azure.provider.clusters.named("main")?.pools.get("nodepool1")?.machines).toEqual([]);
    const upgrade = { ...parameters, kubernetesVersion: "1.35.1" };
    await expect(managedClusters.createOrUpdate(group, "main", upgrade)).rejects.toMatchObject({
      statusCode: 409,
      code: "OperationNotAllowed",
    });
    await expect(managedClusters.stop(group, "main")).rejects.toMatchObject({
      statusCode: 400,
      message: including("Power State(Stopped), stopping cannot be performed"),
    });
    await managedClusters.start(group, "main");
    expect(await managedClusters.get(group, "main")).toMatchObject({ powerState: { code: "Running" } });
    expect(azure.provider.clusters.named("main")?.pools.get("nodepool1")?.machines).toHaveLength(2);
  });

  it("rotates certificates and keys, and resets profiles without telling secrets", async () => {
    await using azure = await startAzure();
    const { managedClusters } = azure.client;
    await managedClusters.createOrUpdate(group, "main", parameters);
    await managedClusters.rotateClusterCertificates(group, "main");
    expect(azure.world.trace.records().some(({ data }) => data["why"] === "certificate rotation")).toBe(true);
    await managedClusters.rotateServiceAccountSigningKeys(group, "main");
    await managedClusters.resetServicePrincipalProfile(group, "main", { clientId: "someone", secret: "hush" });
    await managedClusters.resetAADProfile(group, "main", { managed: true });
    const cluster = await managedClusters.get(group, "main");
    expect(cluster.servicePrincipalProfile).toEqual({ clientId: "someone" });
    expect(cluster.aadProfile).toMatchObject({ managed: true });
  });

  it("runs a command and reads its result", async () => {
    await using azure = await startAzure({
      runCommand: ({ line }, done) => done({ exitCode: 3, logs: `ran ${line}` }),
    });
    const { managedClusters } = azure.client;
    await managedClusters.createOrUpdate(group, "main", parameters);
    const result = await managedClusters.runCommand(group, "main", { command: "kubectl get nodes" });
    expect(result).toMatchObject({ provisioningState: "Succeeded", exitCode: 3, logs: "ran kubectl get nodes" });
    const again = await managedClusters.getCommandResult(group, "main", String(result.id));
    expect(again).toMatchObject({ exitCode: 3 });
    await expect(managedClusters.runCommand(group, "main", { command: "" })).rejects.toMatchObject({ statusCode: 400 });
  });

  it("reads credentials in every way, machines, and what there is none of", async () => {
    await using azure = await startAzure();
    const { managedClusters, machines, privateEndpointConnections } = azure.client;
    await managedClusters.createOrUpdate(group, "main", parameters);
    const admin = await managedClusters.listClusterAdminCredentials(group, "main");
    expect(admin.kubeconfigs?.[0]?.name).toBe("clusterAdmin");
    const monitoring = await managedClusters.listClusterMonitoringUserCredentials(group, "main");
    expect(monitoring.kubeconfigs?.[0]?.name).toBe("clusterMonitoringUser");
    const profile = await managedClusters.getAccessProfile(group, "main", "clusterUser");
    expect(Buffer.from(profile.kubeConfig ?? []).toString()).toBe("kubeconfig of clusterUser in main");
    const [first] = await all(machines.list(group, "main", "nodepool1"));
    expect(first?.properties?.network?.ipAddresses?.[0]?.ip).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(await machines.get(group, "main", "nodepool1", String(first?.name))).toMatchObject({ name: first?.name });
    expect((await privateEndpointConnections.list(group, "main")).value).toEqual([]);
  });

  it("keeps maintenance configurations, and refuses bad ones", async () => {
    await using azure = await startAzure();
    const { managedClusters, maintenanceConfigurations } = azure.client;
    await managedClusters.createOrUpdate(group, "main", parameters);
    const window = {
      durationHours: 4,
      startTime: "03:00",
      schedule: { weekly: { intervalWeeks: 1, dayOfWeek: "Friday" } },
    };
    const put = (name: string, maintenanceWindow: typeof window) =>
      maintenanceConfigurations.createOrUpdate(group, "main", name, { maintenanceWindow });
    const created = await put("aksManagedAutoUpgradeSchedule", window);
    expect(created.maintenanceWindow).toMatchObject({ ...window, utcOffset: "+00:00" });
    await expect(put("weekends", window)).rejects.toMatchObject({ statusCode: 400, code: "InvalidParameter" });
    await expect(put("default", { ...window, durationHours: 2 })).rejects.toMatchObject({ statusCode: 400 });
    const names = (await all(maintenanceConfigurations.listByManagedCluster(group, "main"))).map(({ name }) => name);
    expect(names).toEqual(["aksManagedAutoUpgradeSchedule"]);
    await maintenanceConfigurations.delete(group, "main", "aksManagedAutoUpgradeSchedule");
    const gone = maintenanceConfigurations.get(group, "main", "aksManagedAutoUpgradeSchedule");
    await expect(gone).rejects.toMatchObject({ statusCode: 404, code: "NotFound" });
  });

  it("stops and starts a user pool, which takes its upgrade when it starts", () => {
    const world = withUserPool();
    const { call, settle } = world;
    settle(
      call("PUT", clusterPath, {
        properties: {
          kubernetesVersion: "1.35.1",
          agentPoolProfiles: [
            { name: "nodepool1", orchestratorVersion: "1.34.2" },
            { name: "work", orchestratorVersion: "1.34.2" },
          ],
        },
      }),
    );
    const stop = call("PUT", poolPath("work"), { properties: { powerState: { code: "Stopped" } } });
    expect(stop.body["properties"]).toMatchObject({ provisioningState: "Stopping", count: 3 });
    settle(stop);
    expect(call("GET", poolPath("work")).body["properties"]["powerState"]).toEqual({ code: "Stopped" });
    expect(nodeCount(world)).toBe(3);
    settle(call("PUT", poolPath("work"), { properties: { orchestratorVersion: "1.35.1" } }));
    expect(nodeCount(world)).toBe(3);
    const start = call("PUT", poolPath("work"), { properties: { powerState: { code: "Running" } } });
    expect(start.body["properties"]["provisioningState"]).toBe("Starting");
    settle(start);
    expect(nodeCount(world)).toBe(6);
    expect(call("GET", poolPath("work")).body["properties"]["currentOrchestratorVersion"]).toBe("1.35.1");
  });

  it("does not stop a system pool", () => {
    const { call } = startWithCluster();
    const answer = call("PUT", poolPath("nodepool1"), { properties: { powerState: { code: "Stopped" } } });
    expect(answer).toMatchObject({ status: 400, body: { code: "InvalidParameter", message: including("powerState") } });
  });
});
