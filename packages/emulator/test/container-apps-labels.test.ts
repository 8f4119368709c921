import type { ContainerApp } from "@azure/arm-appcontainers";
import { describe, expect, it } from "vitest";
import { prepare, startServer } from "./container-apps-server.ts";
import {
  type AppChanges,
  appBody,
  appPath,
  at,
  deploy,
  itemsOf,
  type Json,
  listOf,
  revisions,
  startWorld,
  type TestWorld,
  textOf,
  weightsAt,
} from "./container-apps-world.ts";

function labelled(label: string, suffix: string, changes: AppChanges = {}): AppChanges {
  return {
    ...changes,
    container: { image: `shop/web:${suffix}`, ...changes.container },
    template: { revisionSuffix: suffix },
    configuration: { activeRevisionsMode: "Labels", targetLabel: label },
  };
}

function active(world: TestWorld): readonly string[] {
  return revisions(world)
    .filter((revision) => at(revision, "properties.active") as unknown)
    .map(({ name }) => textOf(name));
}

function traffic(world: TestWorld): Json {
  return at(world.call("GET", appPath).body, "properties.configuration.ingress.traffic");
}

function fqdn(world: TestWorld): string {
  return textOf(at(world.call("GET", appPath).body, "properties.configuration.ingress.fqdn"));
}

function history(world: TestWorld, label: string): readonly unknown[] {
  const { body } = world.call("GET", `${appPath}/labelHistories/${label}`);
  return listOf(at(body, "properties.records")).map(({ revision, status }) => [revision, status]);
}

/** The app's own traffic set by label, without anything else. */
function shift(world: TestWorld, entries: readonly Record<string, unknown>[]): void {
  const patch = { properties: { configuration: { ingress: { traffic: entries } } } };
  world.settle(world.call("PATCH", appPath, patch));
  world.kernel.runFor(60_000);
}

describe("labels mode", () => {
  it("puts each new revision on its label once it is ready, and deactivates what no label is on", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview" });
    const app = deploy(world, labelled("blue", "v1"));
    expect(at(app, "properties.configuration")).toMatchObject({ activeRevisionsMode: "Labels", targetLabel: "blue" });
    expect(traffic(world)).toEqual([{ revisionName: "web--v1", label: "blue", weight: 100 }]);
    deploy(world, labelled("green", "v2"));
    expect(traffic(world)).toEqual([
      { revisionName: "web--v1", label: "blue", weight: 100 },
      { revisionName: "web--v2", label: "green", weight: 0 },
    ]);
    expect(weightsAt(world, fqdn(world))).toEqual({ "web--v1": 100 });
    const host = fqdn(world).replace("web.", "web---green.");
    expect(weightsAt(world, host)).toEqual({ "web--v2": 100 });
    deploy(world, labelled("green", "v3"));
    world.kernel.runFor(60_000);
    expect(active(world)).toEqual(["web--v1", "web--v3"]);
    expect(weightsAt(world, host)).toEqual({ "web--v3": 100 });
    expect(history(world, "green")).toEqual([
      ["web--v3", "Succeeded"],
      ["web--v2", "Succeeded"],
    ]);
    const [newest, older] = listOf(at(world.call("GET", `${appPath}/labelHistories/green`).body, "properties.records"));
    expect(newest).not.toHaveProperty("stop");
    expect(older).toHaveProperty("stop");
  });

  it("leaves a label where it is when the new revision does not start", () => {
    const world = startWorld({
      apiVersion: "2025-10-02-preview",
      behaviour: ({ image }) => (image.endsWith("bad") ? { crash: { afterMs: 100, exitCode: 1 } } : {}),
    });
    deploy(world, labelled("blue", "v1"));
    deploy(world, labelled("blue", "bad"));
    world.kernel.runFor(120_000);
    expect(traffic(world)).toEqual([{ revisionName: "web--v1", label: "blue", weight: 100 }]);
    expect(active(world)).toEqual(["web--v1"]);
    expect(history(world, "blue")).toEqual([
      ["web--bad", "Failed"],
      ["web--v1", "Succeeded"],
    ]);
  });

  it("shares traffic out by label, and brings a revision of the history back", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview" });
    deploy(world, labelled("blue", "v1"));
    deploy(world, labelled("green", "v2"));
    shift(world, [
      { label: "blue", weight: 90 },
      { label: "green", weight: 10 },
    ]);
    expect(weightsAt(world, fqdn(world))).toEqual({ "web--v1": 90, "web--v2": 10 });
    const next = labelled("green", "v3", {
      ingress: {
        traffic: [
          { label: "blue", weight: 90 },
          { label: "green", weight: 10 },
        ],
      },
    });
    deploy(world, next);
    world.kernel.runFor(60_000);
    expect(weightsAt(world, fqdn(world))).toEqual({ "web--v1": 90, "web--v3": 10 });
    shift(world, [
      { label: "blue", revisionName: "web--v1", weight: 0 },
      { label: "green", revisionName: "web--v2", weight: 100 },
    ]);
    expect(active(world)).toEqual(["web--v1", "web--v2"]);
    expect(weightsAt(world, fqdn(world))).toEqual({ "web--v2": 100 });
    shift(world, [{ label: "green", weight: 100 }]);
    expect(active(world)).toEqual(["web--v2"]);
  });

  it("is entered from multiple mode with the labels that there are, and left again with the split as it is", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview" });
    deploy(world, { template: { revisionSuffix: "v1" } });
    deploy(world, { container: { image: "shop/web:2" }, template: { revisionSuffix: "v2" } });
    const mode = (activeRevisionsMode: string, more: Record<string, unknown> = {}) => ({
      properties: { configuration: { activeRevisionsMode, ...more } },
    });
    const refused = world.call("PATCH", appPath, mode("Labels"));
    expect([refused.status, textOf(at(refused.body, "error.message"))]).toEqual([
      400,
      expect.stringContaining("targetLabel is required"),
    ]);
    world.settle(world.call("PATCH", appPath, mode("Labels", { targetLabel: "blue" })));
    world.kernel.runFor(60_000);
    expect(active(world)).toEqual(["web--v2"]);
    expect(traffic(world)).toEqual([{ revisionName: "web--v2", label: "blue", weight: 100 }]);
    world.settle(world.call("PATCH", appPath, mode("Multiple")));
    world.kernel.runFor(60_000);
    expect(traffic(world)).toEqual([{ revisionName: "web--v2", label: "blue", weight: 100 }]);
    expect(at(world.call("GET", appPath).body, "properties.configuration.targetLabel")).toBe("");
  });

  it("refuses a new revision without a label, and forgets histories on request", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview" });
    const body = appBody({ configuration: { activeRevisionsMode: "Labels" } });
    expect(world.call("PUT", appPath, body).status).toBe(400);
    const bad = appBody({ configuration: { activeRevisionsMode: "Labels", targetLabel: "No Label" } });
    expect(world.call("PUT", appPath, bad).status).toBe(400);
    deploy(world, labelled("blue", "v1"));
    expect(itemsOf(world.call("GET", `${appPath}/labelHistories`)).map(({ name }) => name)).toEqual(["blue"]);
    const path = `${appPath}/labelHistories/blue`;
    expect([world.call("DELETE", path).status, world.call("DELETE", path).status]).toEqual([200, 204]);
    expect(at(world.call("GET", path).body, "error.code")).toBe("LabelHistoryNotFound");
  });
});

describe("what else can be asked of an app", () => {
  it("answers an analysis of a host name as for one that is set up", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview" });
    deploy(world);
    const url = `${appPath}/listCustomHostNameAnalysis?api-version=2026-07-01&customHostname=www.shop.test`;
    expect(world.call("POST", url)).toMatchObject({
      status: 200,
      body: {
        isHostnameAlreadyVerified: false,
        customDomainVerificationTest: "Passed",
        hasConflictOnManagedEnvironment: false,
        cNameRecords: [fqdn(world)],
        aRecords: [],
        alternateTxtRecords: [expect.stringMatching(/^[0-9A-F]{64}$/) as unknown],
      },
    });
  });

  it("keeps authentication settings and runs detectors", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview" });
    deploy(world);
    const path = `${appPath}/authConfigs/current`;
    expect(at(world.call("GET", path).body, "error")).toMatchObject({
      code: "AuthConfigNotFound",
      message: "AuthConfig current was not found under container app web.",
    });
    const properties = { platform: { enabled: true } };
    expect(world.call("PUT", path, { properties })).toMatchObject({ status: 200, body: { properties } });
    expect(itemsOf(world.call("GET", `${appPath}/authConfigs`))).toHaveLength(1);
    const [detector] = itemsOf(world.call("GET", `${appPath}/detectors`));
    const one = world.call("GET", `${appPath}/detectors/${textOf(detector?.["name"])}`);
    expect(at(one.body, "properties.dataset.0.table.rows")).toHaveLength(1);
    expect(world.call("GET", `${appPath}/detectors/none`).status).toBe(404);
  });
});

describe("@azure/arm-appcontainers", () => {
  it("asks for the analysis of a host name, for detectors and for label histories", async () => {
    await using server = await startServer({ behaviour: () => ({ createMs: 5, listenAfterMs: 5, stopMs: 5 }) });
    await prepare(server);
    const { location, properties } = appBody({ container: { probes: [] } });
    const { containerApps, containerAppsDiagnostics, containerAppsLabelHistory } = server.client;
    await containerApps.createOrUpdate("shop", "web", { location, ...properties } as unknown as ContainerApp);
    const customHostname = "www.shop.test";
    const analysis = await containerApps.listCustomHostNameAnalysis("shop", "web", { customHostname });
    expect(analysis.customDomainVerificationTest).toBe("Passed");
    const detectors: unknown[] = [];
    for await (const { name } of containerAppsDiagnostics.listDetectors("shop", "web")) detectors.push(name);
    expect(detectors).toContain("containerappsrevisions");
    for await (const history of containerAppsLabelHistory.listLabelHistory("shop", "web"))
      throw new Error(history.name);
  });
});
