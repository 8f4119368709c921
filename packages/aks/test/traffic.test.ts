import { describe, expect, test } from "vitest";
import { like, sharedCluster, shop, shop2 } from "./azure.ts";

const weights = (revisions: readonly { name: string; weight: number }[]) =>
  Object.fromEntries(revisions.map(({ name, weight }) => [name, weight]));

const inNamespace = sharedCluster();

describe.concurrent("shift", () => {
  test("sets the weights of the route, and inside calls go to the larger share", async () => {
    const place = await inNamespace();
    const { target } = place;
    const first = await target.apply(shop()).result();
    const second = await target.apply(shop2()).result();
    const { objects, core, namespace } = place;
    const backends = async () => {
      const header = {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name: "shop", namespace },
      };
      const route = (await objects.read(header)) as {
        spec?: { rules?: { backendRefs?: { name: string; weight: number }[] }[] };
      };
      return weights(route.spec?.rules?.[0]?.backendRefs ?? []);
    };
    const selected = async () =>
      (await core.readNamespacedService({ name: "shop", namespace })).spec?.selector?.["fairway.dev/revision"];

    const shifted = await target.shift("shop", { [second.name]: 10, [first.name]: 90 }).result();
    expect(weights(shifted)).toEqual({ [first.name]: 90, [second.name]: 10 });
    expect(await backends()).toEqual({ [first.name]: 90, [second.name]: 10 });
    expect(await selected()).toBe(first.name);

    await target.shift("shop", { [second.name]: 100 }).result();
    expect(await backends()).toEqual({ [first.name]: 0, [second.name]: 100 });
    expect(await selected()).toBe(second.name);
  });

  test("starts a revision that was out of service before it gets traffic", async () => {
    const place = await inNamespace();
    const { target } = place;
    const first = await target.apply(shop({ scale: { min: 2, max: 2 } })).result();
    const second = await target.apply(shop2()).result();
    await target.shift("shop", { [second.name]: 100 }).result();
    await target.apply(shop({ image: "registry.example/shop:3" })).result();
    expect((await target.revisions("shop")).find(({ name }) => name === first.name)).toMatchObject({
      state: { kind: "inactive" },
      replicas: { total: 0 },
    });
    const back = await target.shift("shop", { [first.name]: 100 }).result();
    expect(back.find(({ name }) => name === first.name)).toMatchObject({
      weight: 100,
      state: { kind: "ready" },
      replicas: { ready: 2, total: 2 },
    });
    const { policy, namespace } = place;
    const budgets = (await policy.listNamespacedPodDisruptionBudget({ namespace })).items;
    expect(budgets.map(({ metadata }) => metadata?.name)).toEqual([first.name]);
  });

  test.each([
    ["that sum to 99", (name: string) => ({ [name]: 99 }), "traffic-invalid"],
    ["with fractions", (name: string) => ({ [name]: 99.5, other: 0.5 }), "traffic-invalid"],
    ["of a revision that is not there", () => ({ "shop--nothere1": 100 }), "revision-not-found"],
  ])("refuses weights %s and changes nothing", async (_what, make, code) => {
    const place = await inNamespace();
    const first = await place.target.apply(shop()).result();
    await expect(place.target.shift("shop", make(first.name)).result()).rejects.toMatchObject({ code });
    expect(weights(await place.target.revisions("shop"))).toEqual({ [first.name]: 100 });
  });

  test("at the same moment as others and as an apply loses nobody's change", async () => {
    const place = await inNamespace();
    const { target } = place;
    const first = await target.apply(shop()).result();
    const second = await target.apply(shop2()).result();
    const other = await place.connect();
    const third = target.apply(shop({ image: "registry.example/shop:3" }));
    await Promise.all([
      other.shift("shop", { [first.name]: 70, [second.name]: 30 }).result(),
      target.shift("shop", { [first.name]: 70, [second.name]: 30 }).result(),
    ]);
    const { name } = await third.result();
    expect(weights(await target.revisions("shop"))).toEqual({ [first.name]: 70, [second.name]: 30, [name]: 0 });
  });

  test("to a revision that cannot serve is refused, and changes nothing", async () => {
    const place = await inNamespace();
    const { target } = place;
    const first = await target.apply(shop()).result();
    const broken = shop({ image: "registry.example/shop:does-not-exist" });
    await target
      .apply(broken)
      .result()
      .catch(() => undefined);
    const [{ name } = first] = await target.revisions("shop");
    await expect(target.shift("shop", { [name]: 100 }).result()).rejects.toMatchObject({
      code: "revision-failed",
      message: like(/ImagePullBackOff/),
    });
    expect(weights(await target.revisions("shop"))).toEqual({ [name]: 0, [first.name]: 100 });
  });

  test("of an app that is not there is refused", async () => {
    const place = await inNamespace();
    await expect(place.target.shift("nobody", { a: 100 }).result()).rejects.toMatchObject({
      code: "app-not-found",
      message: like(/nobody/),
    });
  });
});

describe.concurrent("scale", () => {
  test("changes replicas without a new revision, and an apply brings the description back", async () => {
    const place = await inNamespace();
    const { target } = place;
    const first = await target.apply(shop()).result();
    const scaled = await target.scale("shop", { min: 3, max: 5 }).result();
    expect(scaled).toMatchObject([{ name: first.name, replicas: { ready: 3, total: 3 } }]);
    const { objects, policy, namespace } = place;
    const header = { apiVersion: "keda.sh/v1alpha1", kind: "ScaledObject", metadata: { name: first.name, namespace } };
    expect(await objects.read(header)).toMatchObject({ spec: { minReplicaCount: 3, maxReplicaCount: 5 } });
    expect((await policy.listNamespacedPodDisruptionBudget({ namespace })).items).toHaveLength(1);
    const again = await target.apply(shop()).result();
    expect(again).toMatchObject({ name: first.name, replicas: { total: 1 } });
  });

  test.each([
    { min: 3, max: 2 },
    { min: -1, max: 2 },
    { min: 1, max: 1.5 },
  ])("refuses %j", async (bounds) => {
    const place = await inNamespace();
    await place.target.apply(shop()).result();
    await expect(place.target.scale("shop", bounds).result()).rejects.toMatchObject({
      code: "app-invalid",
      path: like(/^scale\./),
    });
  });
});

describe.concurrent("labels", () => {
  test("give a revision an address of its own that survives deploys", async () => {
    const place = await inNamespace();
    const { target } = place;
    const labels = target.capability("labels");
    const first = await target.apply(shop({ ingress: { exposure: "public", host: "shop.example.com" } })).result();
    const second = await target.apply(shop2({ ingress: { exposure: "public", host: "shop.example.com" } })).result();
    await labels.set("shop", "canary", second.name).result();
    const third = await target.apply(shop({ image: "registry.example/shop:3" })).result();
    expect((await target.revisions("shop")).map(({ name, labels: own, state }) => [name, own, state.kind])).toEqual([
      [third.name, [], "ready"],
      [second.name, ["canary"], "ready"],
      [first.name, [], "ready"],
    ]);
    const { objects, namespace } = place;
    const header = {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "shop---canary", namespace },
    };
    expect(await objects.read(header)).toMatchObject({ spec: { hostnames: ["shop---canary.example.com"] } });
    await labels.set("shop", "canary", third.name).result();
    await labels.remove("shop", "canary").result();
    await labels.remove("shop", "canary").result();
    expect((await target.revisions("shop")).flatMap(({ labels: own }) => own)).toEqual([]);
  });

  test("refuse what is no part of a host name, unknown revisions and apps without a host", async () => {
    const place = await inNamespace();
    const labels = place.target.capability("labels");
    const { name } = await place.target.apply(shop({ ingress: { exposure: "internal" } })).result();
    await expect(labels.set("shop", "Not_A_Host", name).result()).rejects.toMatchObject({ code: "traffic-invalid" });
    await expect(labels.set("shop", "canary", "shop--nothere1").result()).rejects.toMatchObject({
      code: "revision-not-found",
    });
    await expect(labels.set("shop", "canary", name).result()).rejects.toMatchObject({ code: "not-supported" });
  });
});
