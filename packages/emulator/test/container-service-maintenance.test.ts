import { describe, expect, it } from "vitest";
import { nextOpening } from "../src/world/container-service/maintenance-opening.ts";
import type { MaintenanceWindow } from "../src/world/container-service/maintenance-window.ts";
import { clusterPath, poolPath, startWithCluster, sundayEveningMs, type TestWorld } from "./container-service-world.ts";

const hourMs = 3_600_000;
const minuteMs = 60_000;

function openings(window: Partial<MaintenanceWindow>, after: string, count: number): string[] {
  const full = { durationHours: 4, utcOffset: "+00:00", startDate: "2026-01-01", startTime: "03:00", ...window };
  const found: string[] = [];
  for (let afterMs = Date.parse(after); found.length < count; ) {
    const opening = nextOpening(full as MaintenanceWindow, afterMs);
    if (!opening) break;
    found.push(new Date(opening.fromMs).toISOString().slice(0, 16));
    afterMs = opening.fromMs;
  }
  return found;
}

describe("openings of a maintenance window", () => {
  it.each<[string, Partial<MaintenanceWindow>, string, string[]]>([
    [
      "every third day from its start",
      { schedule: { daily: { intervalDays: 3 } } },
      "2026-01-02T00:00Z",
      ["2026-01-04T03:00", "2026-01-07T03:00"],
    ],
    ["every day, a day begun", { schedule: { daily: { intervalDays: 1 } } }, "2026-01-05T03:00Z", ["2026-01-06T03:00"]],
    [
      "every other Friday",
      { schedule: { weekly: { intervalWeeks: 2, dayOfWeek: "Friday" } } },
      "2026-01-01T00:00Z",
      ["2026-01-02T03:00", "2026-01-16T03:00", "2026-01-30T03:00"],
    ],
    [
      "the 31st, where there is one",
      { schedule: { absoluteMonthly: { intervalMonths: 1, dayOfMonth: 31 } } },
      "2026-01-01T00:00Z",
      ["2026-01-31T03:00", "2026-03-31T03:00"],
    ],
    [
      "the first of each third month",
      { schedule: { absoluteMonthly: { intervalMonths: 3, dayOfMonth: 1 } } },
      "2026-01-02T00:00Z",
      ["2026-04-01T03:00", "2026-07-01T03:00"],
    ],
    [
      "the last Tuesday",
      { schedule: { relativeMonthly: { intervalMonths: 1, weekIndex: "Last", dayOfWeek: "Tuesday" } } },
      "2026-01-01T00:00Z",
      ["2026-01-27T03:00", "2026-02-24T03:00", "2026-03-31T03:00"],
    ],
    [
      "the second Monday of each other month",
      { schedule: { relativeMonthly: { intervalMonths: 2, weekIndex: "Second", dayOfWeek: "Monday" } } },
      "2026-01-01T00:00Z",
      ["2026-01-12T03:00", "2026-03-09T03:00"],
    ],
    [
      "local time, ahead of UTC",
      { utcOffset: "+05:30", schedule: { weekly: { intervalWeeks: 1, dayOfWeek: "Monday" } } },
      "2026-01-01T00:00Z",
      ["2026-01-04T21:30", "2026-01-11T21:30"],
    ],
    [
      "not on days that are not allowed",
      { notAllowedDates: [{ start: "2026-01-05", end: "2026-01-07" }], schedule: { daily: { intervalDays: 1 } } },
      "2026-01-03T12:00Z",
      ["2026-01-04T03:00", "2026-01-08T03:00"],
    ],
    [
      "not before its start",
      { startDate: "2123-01-01", schedule: { daily: { intervalDays: 1 } } },
      "2026-01-03T12:00Z",
      ["2123-01-01T03:00"],
    ],
  ])("are %s", (_, window, after, expected) => {
    expect(openings(window, after, expected.length)).toEqual(expected);
  });
});

/** From Monday 02:00 on, for four hours; the world starts on Sunday at 20:00. */
const monday = {
  schedule: { weekly: { intervalWeeks: 1, dayOfWeek: "Monday" } },
  durationHours: 4,
  startTime: "02:00",
};

function begin(autoUpgradeProfile: Record<string, string>, kubernetesVersion = "1.34.2"): TestWorld {
  return startWithCluster({ startMs: sundayEveningMs, properties: { kubernetesVersion, autoUpgradeProfile } });
}

function setWindow({ call }: TestWorld, name: string, window: object = monday): number {
  return call("PUT", `${clusterPath}/maintenanceConfigurations/${name}`, { properties: { maintenanceWindow: window } })
    .status;
}

function runUntil({ kernel }: TestWorld, hours: number): void {
  kernel.runUntil(sundayEveningMs + hours * hourMs);
}

const version = ({ call }: TestWorld) => call("GET", clusterPath).body["properties"]["currentKubernetesVersion"];
const image = ({ call }: TestWorld) => call("GET", poolPath("nodepool1")).body["properties"]["nodeImageVersion"];

describe("auto-upgrade", () => {
  it.each([
    ["patch", "1.34.2", "1.34.4"],
    ["stable", "1.34.2", "1.35.3"],
    ["rapid", "1.34.2", "1.36.1"],
    ["node-image", "1.34.2", "1.34.2"],
    ["none", "1.34.2", "1.34.2"],
  ])("by the channel %s goes from %s to %s in its window, and not before", (upgradeChannel, from, to) => {
    const world = begin({ upgradeChannel, nodeOSUpgradeChannel: "None" }, from);
    expect(setWindow(world, "aksManagedAutoUpgradeSchedule")).toBe(200);
    const before = image(world);
    runUntil(world, 6 - 1 / 60);
    expect([version(world), image(world)]).toEqual([from, before]);
    runUntil(world, 10);
    expect(version(world)).toBe(to);
    const pool = world.call("GET", poolPath("nodepool1")).body["properties"];
    expect(pool).toMatchObject({ currentOrchestratorVersion: to, provisioningState: "Succeeded" });
    if (upgradeChannel === "none") expect(image(world)).toBe(before);
    else expect(image(world)).not.toBe(before);
  });

  it("renews node images by the channel of the node OS, in its own window", () => {
    const world = begin({ nodeOSUpgradeChannel: "NodeImage" });
    const before = image(world);
    setWindow(world, "aksManagedAutoUpgradeSchedule");
    runUntil(world, 10);
    expect(image(world)).toBe(before);
    setWindow(world, "aksManagedNodeOSUpgradeSchedule", { ...monday, schedule: { daily: { intervalDays: 1 } } });
    runUntil(world, 34);
    expect(image(world)).not.toBe(before);
    expect(world.trace("maintenance.began")).toHaveLength(1);
  });

  it.each(["None", "Unmanaged", "SecurityPatch"])(
    "leaves the nodes alone with the channel %s",
    (nodeOSUpgradeChannel) => {
      const world = begin({ nodeOSUpgradeChannel });
      const before = image(world);
      setWindow(world, "aksManagedNodeOSUpgradeSchedule");
      runUntil(world, 10);
      expect(image(world)).toBe(before);
    },
  );

  it("waits for the next window when its configuration is younger than a quarter of an hour", () => {
    const world = begin({ upgradeChannel: "patch" });
    runUntil(world, 6 - 10 / 60);
    setWindow(world, "aksManagedAutoUpgradeSchedule");
    runUntil(world, 10);
    expect(version(world)).toBe("1.34.2");
    setWindow(world, "aksManagedAutoUpgradeSchedule", { ...monday, schedule: { daily: { intervalDays: 1 } } });
    runUntil(world, 34);
    expect(version(world)).toBe("1.34.4");
  });

  it("does nothing on days that are not allowed, nor when the configuration is gone", () => {
    const world = begin({ upgradeChannel: "patch" });
    const daily = { ...monday, schedule: { daily: { intervalDays: 1 } } };
    setWindow(world, "aksManagedAutoUpgradeSchedule", {
      ...daily,
      notAllowedDates: [{ start: "2026-01-12", end: "2026-01-12" }],
    });
    runUntil(world, 12);
    expect(version(world)).toBe("1.34.2");
    world.call("DELETE", `${clusterPath}/maintenanceConfigurations/aksManagedAutoUpgradeSchedule`);
    runUntil(world, 48);
    expect(version(world)).toBe("1.34.2");
  });

  it("is refused by what would refuse a client, and tries again until the window closes", () => {
    const world = begin({ upgradeChannel: "patch" });
    setWindow(world, "aksManagedAutoUpgradeSchedule");
    const { store } = world.cluster();
    const budgets = { group: "policy", resource: "poddisruptionbudgets" };
    const spec = { maxUnavailable: 0, selector: { matchLabels: { app: "shop" } } };
    store.create(budgets, {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "shop", namespace: "default" },
      spec,
    });
    runUntil(world, 8);
    const refusals = world.trace("maintenance.refused");
    expect(refusals[0]?.data).toMatchObject({ kind: "version", code: "UnsatisfiablePDB" });
    expect(refusals.length).toBeGreaterThan(20);
    store.delete(budgets, "default", "shop");
    runUntil(world, 8 + 6 / 60);
    expect(world.call("GET", clusterPath).body["properties"]["provisioningState"]).toBe("Upgrading");
    runUntil(world, 11);
    expect(version(world)).toBe("1.34.4");
  });

  it("waits while a client's write goes on, and begins nothing after the window", () => {
    const world = begin({ upgradeChannel: "patch" });
    setWindow(world, "aksManagedAutoUpgradeSchedule");
    runUntil(world, 6 - 1 / 60);
    world.call("POST", `${clusterPath}/stop`);
    world.kernel.runFor(minuteMs * 30);
    runUntil(world, 10.1);
    world.settle(world.call("POST", `${clusterPath}/start`));
    runUntil(world, 20);
    expect(version(world)).toBe("1.34.2");
  });
});

describe("maintenance windows", () => {
  it.each<[string, object, string]>([
    ["no schedule", { schedule: {} }, "schedule"],
    [
      "two schedules",
      { schedule: { daily: { intervalDays: 1 }, weekly: { intervalWeeks: 1, dayOfWeek: "Monday" } } },
      "schedule",
    ],
    ["eight days", { schedule: { daily: { intervalDays: 8 } } }, "intervalDays"],
    ["five weeks", { schedule: { weekly: { intervalWeeks: 5, dayOfWeek: "Monday" } } }, "intervalWeeks"],
    ["no weekday", { schedule: { weekly: { intervalWeeks: 1 } } }, "dayOfWeek"],
    ["a 32nd", { schedule: { absoluteMonthly: { intervalMonths: 1, dayOfMonth: 32 } } }, "dayOfMonth"],
    [
      "a fifth week",
      { schedule: { relativeMonthly: { intervalMonths: 1, weekIndex: "Fifth", dayOfWeek: "Monday" } } },
      "weekIndex",
    ],
    ["three hours", { durationHours: 3 }, "durationHours"],
    ["a bad offset", { utcOffset: "Z" }, "utcOffset"],
    ["a bad date", { startDate: "2026-02-30T00" }, "startDate"],
    ["dates the wrong way round", { notAllowedDates: [{ start: "2026-02-02", end: "2026-02-01" }] }, "end"],
  ])("are refused with %s", (_, changes, field) => {
    const { call } = startWithCluster();
    const maintenanceWindow = { ...monday, ...changes };
    const path = `${clusterPath}/maintenanceConfigurations/aksManagedAutoUpgradeSchedule`;
    expect(call("PUT", path, { properties: { maintenanceWindow } })).toMatchObject({
      status: 400,
      body: { code: "InvalidParameter", target: expect.stringContaining(field) as unknown },
    });
  });
});
