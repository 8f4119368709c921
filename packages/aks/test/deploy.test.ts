import { defineApp } from "@fairway/model";
import { describe, expect, test } from "vitest";
import { like, messages, sharedCluster, shop, shop2 } from "./azure.ts";

const weights = (revisions: readonly { name: string; weight: number }[]) =>
  Object.fromEntries(revisions.map(({ name, weight }) => [name, weight]));

const namesOf = (objects: readonly { metadata?: { name?: string } }[]) =>
  new Set(objects.map(({ metadata }) => metadata?.name));

const inNamespace = sharedCluster();

describe.concurrent("apply", () => {
  test("gives the first revision all traffic, and makes no second one of the same description", async () => {
    const place = await inNamespace();
    const { target } = place;
    const first = await target.apply(shop()).result();
    expect(first).toMatchObject({
      app: "shop",
      name: like(/^shop--[a-z0-9]{8}$/),
      image: "registry.example/shop:1.0.0",
      weight: 100,
      replicas: { ready: 1, total: 1 },
      state: { kind: "ready" },
    });
    expect(await target.apply(shop()).result()).toEqual(first);
    expect(await target.revisions("shop")).toEqual([first]);
    expect(await target.apps()).toEqual(["shop"]);
    expect(await target.status("shop")).toMatchObject({
      url: like(/^http:\/\/shop\.test-\d+\.main-[a-z0-9]+\.hcp\.westeurope\.azmk8s\.io$/),
      health: "healthy",
      messages: [],
    });
  });

  test("gives a later revision none, and leaves the weights that were set", async () => {
    const place = await inNamespace();
    const { target } = place;
    const first = await target.apply(shop()).result();
    const second = await target.apply(shop2()).result();
    expect(second.weight).toBe(0);
    await target.shift("shop", { [first.name]: 90, [second.name]: 10 }).result();
    const third = await target.apply(shop({ env: { MODE: "other" } })).result();
    expect(weights(await target.revisions("shop"))).toEqual({ [third.name]: 0, [second.name]: 10, [first.name]: 90 });
  });

  test("of other scale and budget changes the revision that is there", async () => {
    const place = await inNamespace();
    const first = await place.target.apply(shop({ scale: { min: 2, max: 2 } })).result();
    const { policy, namespace } = place;
    const budget = async () =>
      (await policy.listNamespacedPodDisruptionBudget({ namespace })).items.map(({ spec }) => spec?.maxUnavailable);
    expect(await budget()).toEqual([1]);
    const again = await place.target.apply(shop({ scale: { min: 1, max: 1 } })).result();
    expect(again).toMatchObject({ name: first.name, replicas: { ready: 1, total: 1 } });
    expect(await budget()).toEqual([]);
  });

  test("of an image that is not there fails with the reason, and touches no traffic", async () => {
    const place = await inNamespace();
    const { target } = place;
    const first = await target.apply(shop()).result();
    const failing = target.apply(shop({ image: "registry.example/shop:does-not-exist" }));
    await expect(failing.result()).rejects.toMatchObject({
      code: "revision-failed",
      message: like(/^Revision shop--\w+ does not become ready: ImagePullBackOff/),
      hint: like(/Traffic was not touched/),
    });
    expect(failing.state().kind).toBe("failed");
    const revisions = await target.revisions("shop");
    expect(weights(revisions)).toMatchObject({ [first.name]: 100 });
    expect(revisions[0]).toMatchObject({ weight: 0, state: { kind: "failed", reason: like(/^ImagePullBackOff/) } });
    expect(await target.status("shop")).toMatchObject({ messages: [like(/ImagePullBackOff/)] });
  });

  test("takes unused revisions out of service and keeps as many as it was told", async () => {
    const place = await inNamespace();
    const { target } = place;
    const names: string[] = [];
    for (const version of ["1", "2", "3", "4"]) {
      const app = shop({ image: `registry.example/shop:${version}`, scale: { min: 2, max: 2 } });
      const { name } = await target.apply(app, { historyLimit: 1 }).result();
      await target.shift("shop", { [name]: 100 }).result();
      names.push(name);
    }
    const revisions = await target.revisions("shop");
    // The third was in use until after the last apply, so it still runs, ready for a roll-back.
    expect(revisions.map(({ name, state }) => [name, state.kind])).toEqual([
      [names[3], "ready"],
      [names[2], "ready"],
      [names[1], "inactive"],
    ]);
    const { core, policy, namespace } = place;
    const services = namesOf((await core.listNamespacedService({ namespace })).items);
    expect(services).toEqual(new Set(["shop", ...names.slice(1)]));
    const budgets = namesOf((await policy.listNamespacedPodDisruptionBudget({ namespace })).items);
    expect(budgets).toEqual(new Set(names.slice(2)));
  });

  test("puts secrets into one immutable Secret and nowhere else", async () => {
    const place = await inNamespace();
    const app = shop({ secrets: { token: "hunter2" }, env: { TOKEN: { secret: "token" } } });
    const operation = place.target.apply(app);
    const { name } = await operation.result();
    const { core, apps, namespace } = place;
    const secrets = (await core.listNamespacedSecret({ namespace })).items;
    expect(secrets).toMatchObject([{ metadata: { name }, immutable: true }]);
    const deployments = await apps.listNamespacedDeployment({ namespace });
    expect(JSON.stringify([deployments, operation.toJSON(), await messages(operation)])).not.toContain("hunter2");
    const changed = await place.target.apply(shop({ ...app, secrets: { token: "hunter3" } })).result();
    expect(changed.name).not.toBe(name);
  });

  test("warns of a dependency that is not there", async () => {
    const place = await inNamespace();
    const operation = place.target.apply(shop({ dependsOn: ["config-server"] }));
    await operation.result();
    expect(await messages(operation)).toContainEqual(like(/^Warning: shop depends on config-server/));
    await place.target.apply(defineApp({ name: "config-server", image: "registry.example/config:1" })).result();
    const again = place.target.apply(shop({ dependsOn: ["config-server"] }));
    await again.result();
    expect((await messages(again)).filter((message) => message.startsWith("Warning"))).toEqual([]);
  });

  test("leaves what others have written on our objects, and says whose fields are whose", async () => {
    const place = await inNamespace();
    const { name } = await place.target.apply(shop()).result();
    const { apps, namespace } = place;
    const deployment = { name, namespace };
    const annotation = [{ op: "add", path: "/metadata/annotations/team", value: "shop" }];
    await apps.patchNamespacedDeployment({ ...deployment, body: annotation, fieldManager: "somebody" });
    await place.target.apply(shop({ scale: { min: 2, max: 2 } })).result();
    const { metadata } = await apps.readNamespacedDeployment(deployment);
    expect(metadata?.annotations).toMatchObject({ team: "shop" });
    const managers = metadata?.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`);
    expect(managers).toEqual(expect.arrayContaining(["fairway Apply", "somebody Update"]));
  });

  test("without ingress replaces the revision that worked before", async () => {
    const place = await inNamespace();
    const { target } = place;
    const worker = (image: string) => shop({ image, ingress: { exposure: "none" } });
    const first = await target.apply(worker("registry.example/worker:1")).result();
    expect(first.weight).toBe(100);
    const second = await target.apply(worker("registry.example/worker:2")).result();
    expect(second.weight).toBe(100);
    expect(await target.revisions("shop")).toMatchObject([
      { state: { kind: "ready" } },
      { state: { kind: "inactive" } },
    ]);
    const divided = target.shift("shop", { [first.name]: 50, [second.name]: 50 });
    await expect(divided.result()).rejects.toMatchObject({ code: "not-supported" });
    const back = await target.shift("shop", { [first.name]: 100 }).result();
    expect(weights(back)).toEqual({ [second.name]: 0, [first.name]: 100 });
    expect((await target.status("shop")).url).toBeUndefined();
  });

  test("that is cancelled says so", async () => {
    const place = await inNamespace();
    const operation = place.target.apply(shop({ image: "registry.example/slow:1", scale: { min: 3, max: 3 } }));
    operation.cancel();
    await expect(operation.result()).rejects.toMatchObject({ code: "operation-cancelled" });
    expect(operation.state().kind).toBe("cancelled");
  });
});

describe.concurrent("plan", () => {
  test("of a new app creates everything and writes nothing", async () => {
    const place = await inNamespace();
    const app = shop({ secrets: { token: "hunter2" }, scale: { min: 2, max: 4, rules: [{ type: "http" }] } });
    const plan = await place.target.plan(app);
    expect(plan.revision.isNew).toBe(true);
    expect(plan.traffic).toEqual({ before: {}, after: { [plan.revision.name]: 100 } });
    expect(plan.changes.every(({ action }) => action === "create")).toBe(true);
    expect(plan.changes.map(({ resource }) => resource.replace(/ .*/, "")).toSorted()).toEqual([
      "Deployment",
      "Gateway",
      "HTTPRoute",
      "PodDisruptionBudget",
      "ScaledObject",
      "Secret",
      "Service",
      "Service",
    ]);
    expect(plan.notEquivalent).toContainEqual({ path: "scale.rules[0]", effect: "approximated", message: like(/CPU/) });
    expect(JSON.stringify(plan)).not.toMatch(/hunter2|aHVudGVyMg/);
    expect(await place.target.apps()).toEqual([]);
    expect((await place.target.apply(app).result()).name).toBe(plan.revision.name);
  });

  test("of what is there keeps everything", async () => {
    const place = await inNamespace();
    const app = shop({
      env: { MODE: "live" },
      secrets: { token: "hunter2" },
      probes: { readiness: { path: "/ready", periodSeconds: 1 }, liveness: { path: "/alive" } },
      resources: { cpu: 0.5, memory: "1024Mi" },
      scale: { min: 2, max: 4, rules: [{ type: "memory", utilization: 60 }] },
      shutdown: { graceSeconds: 20, drainDelaySeconds: 5 },
    });
    const { name } = await place.target.apply(app).result();
    const plan = await place.target.plan(app);
    expect(plan.changes.filter(({ action }) => action !== "keep")).toEqual([]);
    expect(plan).toMatchObject({
      revision: { name, isNew: false },
      traffic: { before: { [name]: 100 }, after: { [name]: 100 } },
    });
  });

  test("shows what changes in place, what is new and what stops", async () => {
    const place = await inNamespace();
    const first = await place.target.apply(shop({ scale: { min: 2, max: 4 } })).result();
    const scaled = await place.target.plan(shop({ scale: { min: 2, max: 6 } }));
    expect(scaled.changes.filter(({ action }) => action !== "keep")).toEqual([
      {
        resource: `ScaledObject ${first.name}`,
        action: "update",
        properties: [{ path: "spec.maxReplicaCount", before: 4, after: 6 }],
      },
    ]);
    const second = await place.target.apply(shop2()).result();
    const third = await place.target.plan(shop({ image: "registry.example/shop:3" }));
    expect(third.traffic).toEqual({ before: { [first.name]: 100 }, after: { [first.name]: 100 } });
    expect(third.changes).toContainEqual({
      resource: `Deployment ${second.name}`,
      action: "update",
      properties: [{ path: "spec.replicas", before: 1, after: 0 }],
    });
    const fixed = await place.target.plan(shop({ scale: { min: 1, max: 1 } }));
    expect(
      fixed.changes
        .filter(({ action }) => action === "delete")
        .map(({ resource }) => resource)
        .toSorted(),
    ).toEqual([`PodDisruptionBudget ${first.name}`, `ScaledObject ${first.name}`]);
  });
});

describe.concurrent("remove", () => {
  test("takes the whole app away, and again nothing", async () => {
    const place = await inNamespace();
    const { target } = place;
    await target.apply(shop({ secrets: { token: "x" }, scale: { min: 2, max: 4 } })).result();
    await target.apply(shop2()).result();
    await target.apply(defineApp({ name: "other", image: "registry.example/other:1" })).result();
    await target.remove("shop").result();
    await target.remove("shop").result();
    expect(await target.apps()).toEqual(["other"]);
    await expect(target.status("shop")).rejects.toMatchObject({ code: "app-not-found" });
    const { core, namespace } = place;
    expect((await core.listNamespacedSecret({ namespace })).items).toEqual([]);
    const services = (await core.listNamespacedService({ namespace })).items.map(
      ({ metadata }) => metadata?.name ?? "",
    );
    expect(services.filter((name) => name.startsWith("shop"))).toEqual([]);
  });
});
