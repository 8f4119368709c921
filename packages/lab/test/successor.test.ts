import { TrafficManagerManagementClient } from "@azure/arm-trafficmanager";
import { Random } from "@fairway/kernel";
import { defineApp } from "@fairway/model";
import {
  clusterOf,
  makePlan,
  type Operation,
  type PlanRequest,
  resumeUpgrade,
  rollBackUpgrade,
  runUpgrade,
  type UpgradePorts,
  type UpgradeState,
} from "@fairway/sdk";
import { expect, test } from "vitest";
import { createPlatform } from "../src/live/platform.ts";
import { createMemoryJournal } from "../src/virtual/memory-journal.ts";
import { type CallFate, startProcess, type VirtualProcess } from "../src/virtual/process.ts";
import { openVirtualWorld } from "../src/virtual/world.ts";

test("a new cluster takes the place of the old one, with its apps and their secrets, which the journal never has", async () => {
  await using place = await openPlace(1);
  const plan = await place.plan();
  expect(plan.steps.map(({ id }) => id)).toEqual([
    "new-cluster",
    "new-apps",
    "new-apps-verify",
    "new-route",
    "new-switch",
    "new-switch-verify",
    "new-keep",
    "new-keep-verify",
    "new-old-delete",
    "new-old-route",
  ]);
  expect(plan.steps.filter(({ noReturn }) => noReturn !== undefined).map(({ id }) => id)).toEqual(["new-old-delete"]);
  const state = await place.run((ports) => runUpgrade(ports, plan));
  expect(state.phase).toEqual({ kind: "finished" });
  expect(await place.clusters()).toEqual({ blue: undefined, green: plan.version });
  expect(await place.weights()).toEqual({ [clusterOf(place.green)]: 100 });
  const green = await place.world.connect(place.green);
  await place.world.run(async () => {
    const app = await green.capability("clusters").describe("web");
    expect(app).toMatchObject({ image: "web:1.0.0", secrets: { "api-key": "very secret" } });
    expect((await green.status("web")).health).toBe("healthy");
  });
  expect(JSON.stringify(await place.journal.read())).not.toContain("very secret");
  const back = place.run((ports) => rollBackUpgrade(ports, place.blue));
  expect((await back).notes["new-old-delete"]).toBe("what is deleted stays deleted");
  expect(await place.clusters()).toEqual({ blue: undefined, green: plan.version });
});

test("traffic goes back to the old cluster while that is kept, and the new one goes again", async () => {
  await using place = await openPlace(2);
  const plan = await place.plan({ gates: [{ kind: "command", command: "smoke" }] });
  let tests = 0;
  // The third is the one after the time in which the old one is kept.
  const gates = { command: async () => ({ passed: ++tests < 3, evidence: "no" }), metric: async () => 0 };
  await expect(place.run((ports) => runUpgrade(ports, plan), { gates })).rejects.toMatchObject({
    message: "The gate is shut: run smoke: no.",
  });
  expect(await place.weights()).toEqual({ [clusterOf(place.blue)]: 0, [clusterOf(place.green)]: 100 });
  const state = await place.run((ports) => rollBackUpgrade(ports, place.blue));
  expect(state.phase).toEqual({ kind: "rolled-back" });
  expect(await place.weights()).toEqual({ [clusterOf(place.blue)]: 100 });
  expect(await place.clusters()).toEqual({ blue: expect.stringMatching(/^1\.34/) as unknown, green: undefined });
});

test("the old cluster is not deleted when somebody has given it traffic again", async () => {
  await using place = await openPlace(3);
  const plan = await place.plan({ gates: [{ kind: "person" }] });
  const paused = await place.run((ports) => runUpgrade(ports, plan));
  expect(paused.phase).toMatchObject({ kind: "paused" });
  await place.move({ blue: 50, green: 50 });
  await expect(place.run((ports) => resumeUpgrade(ports, place.blue))).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("somebody has moved traffic") as unknown,
  });
  await place.move({ blue: 0, green: 100 });
  expect((await place.run((ports) => resumeUpgrade(ports, place.blue))).phase).toEqual({ kind: "finished" });
});

test("a successor that cannot be is refused", async () => {
  await using place = await openPlace(4);
  const refused = async (successor: Partial<PlanRequest["successor"]>, message: RegExp) => {
    const request = { successor: { address: place.green, exists: false, ...successor } };
    await expect(place.plan(request)).rejects.toMatchObject({ message: expect.stringMatching(message) as unknown });
  };
  await refused({ address: place.blue }, /^Both are the cluster/);
  await refused({ exists: true }, /^There is a cluster .*green already/);
  await refused({ address: place.green.replace(/aks:\/\/[^/]+/, "aks://other") }, /is in another subscription/);
  const blue = await place.world.connect(place.blue);
  await place.world.run(async () => {
    const [old] = await blue.revisions("web");
    const next = await blue.apply(web("1.1.0")).result();
    await blue.shift("web", { [next.name]: 10, [old?.name ?? ""]: 90 }).result();
  });
  const plan = await place.plan();
  await expect(place.run((ports) => runUpgrade(ports, plan))).rejects.toMatchObject({
    code: "conflict",
    message: "web divides its traffic among 2 revisions.",
  });
});

test("a replacement that is killed between any two calls ends upgraded or cleanly taken back", async () => {
  const random = new Random("successor");
  const phases = new Set<unknown>();
  for (let seed = 100; seed < 108; seed += 1) {
    await using place = await openPlace(seed);
    const successor = { address: place.green, exists: false, keepMinutes: 2 };
    const plan = await place.plan({ successor });
    const goesBack = seed % 2 === 1;
    const drive = async (start: (ports: UpgradePorts) => Operation<UpgradeState>) => {
      const atCall = 1 + random.below(90);
      const fate: CallFate = random.chance(1, 2) ? "killed-before" : "killed-after";
      const process = startProcess(place.world, ({ number }) => (number === atCall ? fate : "answered"));
      const died = process.killed.then(() => "died" as const);
      const outcome = await place.world.run(() => Promise.race([start(place.ports({}, process)).result(), died]));
      if (outcome === "died") place.journal.abandon();
      return outcome;
    };
    let outcome = await drive((ports) => runUpgrade(ports, plan));
    for (let turn = 0; outcome === "died" && turn < 20; turn += 1) {
      const begun = (await place.journal.read()).length > 0;
      outcome = await drive((ports) => {
        if (!begun) return runUpgrade(ports, plan);
        return goesBack ? rollBackUpgrade(ports, place.blue) : resumeUpgrade(ports, place.blue);
      });
    }
    const where = `seed ${seed}: ${JSON.stringify((await place.journal.read()).map((entry) => ("step" in entry ? `${entry.type} ${entry.step}` : entry.type)))}`;
    expect(outcome, where).not.toBe("died");
    const phase = typeof outcome === "string" ? undefined : outcome.phase.kind;
    phases.add(phase);
    const { blue, green } = await place.clusters();
    const weights = await place.weights();
    // Whoever is left has all of the traffic.
    if (green === undefined) {
      expect([phase, weights], where).toEqual(["rolled-back", { [clusterOf(place.blue)]: 100 }]);
    } else {
      expect(green, where).toBe(plan.version);
      expect(blue, where).toBeUndefined();
      expect(weights[clusterOf(place.green)], where).toBe(100);
    }
  }
  expect(phases).toEqual(new Set(["finished", "rolled-back"]));
});

async function openPlace(seed: number) {
  const world = await openVirtualWorld({ seed });
  const { azure, httpClient } = world;
  const { clusterAddress: blue } = await world.run(() =>
    createPlatform(azure, { group: "lab", name: "blue", nodeCount: 2, httpClient }),
  );
  const green = blue.replace("/blue/", "/green/");
  const target = await world.connect(blue);
  await world.run(() => target.apply(web("1.0.0")).result());
  const options = { endpoint: azure.armUrl, httpClient };
  const client = new TrafficManagerManagementClient(azure.credential, azure.subscriptionId, options);
  await world.run(() => client.profiles.createOrUpdate("lab", "shop", profile([{ name: "blue", weight: 100 }])));
  const reference = {
    address: `tm://${azure.subscriptionId}/lab/shop`,
    routes: { blue: clusterOf(blue), green: clusterOf(green) },
  };
  // Loads its library: not while virtual time runs.
  const switcher = await world.connectSwitcher(reference);
  const journal = createMemoryJournal();
  const ports = (changes: Partial<UpgradePorts> = {}, process: VirtualProcess = startProcess(world)): UpgradePorts => ({
    clock: process.clock,
    journal: process.open(journal),
    by: "test",
    pollMs: 10_000,
    connect: (address) => process.connect(address),
    switcher: (wanted) => process.connectSwitcher(wanted),
    check: async () => [],
    gates: { command: async () => ({ passed: true, evidence: "ok" }), metric: async () => 0 },
    ...changes,
  });
  return {
    world,
    blue,
    green,
    journal,
    ports,
    plan: (request: Partial<PlanRequest> = {}) =>
      world.run(async () => {
        const facts = await (await world.connect(blue)).capability("upgrades").facts();
        const traffic = {
          switcher: reference,
          weights: await switcher.weights(),
          convergenceMs: switcher.traits.convergenceMs,
        };
        return makePlan(
          {
            strategy: "cluster-blue-green",
            version: "1.35",
            traffic,
            successor: { address: green, exists: false },
            ...request,
          },
          { address: blue, facts },
        );
      }),
    run: (start: (ports: UpgradePorts) => Operation<UpgradeState>, changes: Partial<UpgradePorts> = {}) =>
      world.run(() => start(ports(changes)).result()),
    weights: () => world.run(() => switcher.weights()),
    async move(weights: Readonly<Record<string, number>>) {
      const endpoints = Object.entries(weights).map(([name, weight]) => ({ name, weight }));
      await world.run(() => client.profiles.createOrUpdate("lab", "shop", profile(endpoints)));
    },
    clusters: () =>
      world.run(async () => {
        const version = async (address: string) => {
          const found = await world.connect(address).catch(() => undefined);
          return (await found?.capability("upgrades").status())?.version;
        };
        return { blue: await version(blue), green: await version(green) };
      }),
    async [Symbol.asyncDispose]() {
      world[Symbol.dispose]();
    },
  };
}

function web(tag: string) {
  return defineApp({
    name: "web",
    image: `web:${tag}`,
    secrets: { "api-key": "very secret" },
    env: { KEY: { secret: "api-key" } },
    ingress: { exposure: "public" },
    scale: { min: 2, max: 2 },
  });
}

function profile(endpoints: readonly { readonly name: string; readonly weight: number }[]) {
  return {
    location: "global",
    trafficRoutingMethod: "Weighted",
    dnsConfig: { relativeName: "shop", ttl: 60 },
    monitorConfig: { protocol: "HTTP", port: 80, path: "/healthz" },
    endpoints: endpoints.map(({ name, weight }) => ({
      name,
      type: "Microsoft.Network/trafficManagerProfiles/externalEndpoints",
      target: `${name}.shop.example`,
      ...(weight === 0 ? { endpointStatus: "Disabled" } : { endpointStatus: "Enabled", weight }),
    })),
  };
}
