import type { Template } from "@azure/arm-appcontainers";
import { expect, test } from "vitest";
import { group, startTarget } from "./embedded.ts";

const quickly = { updateIntervalInMs: 50 };
const container = { name: "main", image: "shop/web:1" };

test("every app is looked at, by whom it is made or not", { timeout: 30_000 }, async () => {
  await using world = await startTarget();
  const { client, target } = world;
  const environment = await client.managedEnvironments.get(group, "main");
  const make = async (name: string, configuration: object, scale: Template["scale"], more: Template = {}) => {
    const template = { containers: [container], ...(scale ? { scale } : {}), ...more };
    const app = { location: environment.location, environmentId: environment.id ?? "", configuration, template };
    await client.containerApps.createOrUpdate(group, name, app, quickly);
  };
  const queue = {
    name: "orders",
    custom: { type: "azure-servicebus", metadata: { queueName: "orders", messageCount: "5" } },
  };
  await client.daprComponents.createOrUpdate(group, "main", "state", {
    componentType: "state.redis",
    version: "v1",
    metadata: [{ name: "actorStateStore", value: "true" }],
    scopes: ["actors"],
  });
  await make("sound", { ingress: { external: true, targetPort: 80 } }, { minReplicas: 2, maxReplicas: 4 });
  await make("asleep", {}, { minReplicas: 0, maxReplicas: 1 });
  await make("consumer", { activeRevisionsMode: "Multiple" }, { minReplicas: 0, maxReplicas: 3, rules: [queue] });
  const template = {
    revisionSuffix: "two",
    containers: [{ ...container, image: "shop/web:2" }],
    scale: { minReplicas: 0, maxReplicas: 3, rules: [queue] },
  };
  await client.containerApps.update(group, "consumer", { location: environment.location, template }, quickly);
  await make(
    "actors",
    { ingress: { targetPort: 80 }, dapr: { enabled: true, appId: "actors" } },
    { minReplicas: 0, maxReplicas: 2 },
    { terminationGracePeriodSeconds: 60 },
  );
  await target.apply(world.describeApp({ ingress: { exposure: "public" }, scale: { min: 2, max: 2 } })).result();
  const second = await target
    .apply(world.describeApp({ image: "shop/web:2", ingress: { exposure: "public" }, scale: { min: 2, max: 2 } }))
    .result();
  const [, first] = await target.revisions("web");
  await target.shift("web", { [second.name]: 10, [first?.name ?? ""]: 90 }).result();

  const { findings, version } = await target.capability("preflight").check();
  expect(version).toBeUndefined();
  expect(findings.map(({ severity, code, subject }) => `${severity} ${code} ${subject}`)).toEqual([
    "required FW043 app asleep",
    "required FW047 app consumer",
    "required FW050 app actors",
    "recommended FW042 app consumer",
    "recommended FW044 app actors",
    "recommended FW044 app asleep",
    "recommended FW044 app consumer",
    "recommended FW046 app web",
    "recommended FW048 app actors",
    "recommended FW049 environment",
  ]);
});

test("a window ends the finding about it, where the environment takes one", async () => {
  await using world = await startTarget();
  const { client, target } = world;
  const check = async () => (await target.capability("preflight").check()).findings;
  const { location } = await client.managedEnvironments.get(group, "main");
  const withProfiles = { location, workloadProfiles: [{ name: "Consumption", workloadProfileType: "Consumption" }] };
  await client.managedEnvironments.createOrUpdate(group, "main", withProfiles);
  expect(await check()).toEqual([
    expect.objectContaining({ code: "FW049", evidence: expect.stringMatching(/no window is set/) as unknown }),
  ]);
  await client.maintenanceConfigurations.createOrUpdate(group, "main", "default", {
    scheduledEntries: [{ weekDay: "Tuesday", startHourUtc: 1, durationHours: 8 }],
  });
  expect(await check()).toEqual([]);
});
