import { ApiException, type KubernetesObject, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callRaw, startTestApi, type TestApi } from "./kubernetes-fixture.ts";

type Deployment = KubernetesObject & {
  spec: { replicas: number; template: { spec: { containers: { name: string; image: string; env?: unknown[] }[] } } };
};

interface Wanted {
  readonly name: string;
  readonly replicas?: number;
  readonly image?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly sidecar?: boolean;
}

function configuration({ name, replicas, image = "web:1", env, labels, sidecar }: Wanted): KubernetesObject {
  const variables = env && Object.entries(env).map(([key, value]) => ({ name: key, value }));
  const containers = [
    { name: "web", image, ports: [{ containerPort: 80 }], ...(variables ? { env: variables } : {}) },
    ...(sidecar ? [{ name: "proxy", image: "proxy:1" }] : []),
  ];
  const spec = {
    ...(replicas === undefined ? {} : { replicas }),
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers } },
  };
  const metadata = { name, namespace: "default", ...(labels ? { labels } : {}) };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata, spec } as KubernetesObject;
}

describe("server-side apply through the official client", () => {
  let api: TestApi;
  let objects: KubernetesObjectApi;
  beforeAll(async () => {
    api = await startTestApi();
    objects = KubernetesObjectApi.makeApiClient(api.config);
  });
  afterAll(() => api[Symbol.asyncDispose]());

  function apply(wanted: KubernetesObject, manager: string, force = false): Promise<Deployment> {
    return objects.patch(
      wanted,
      undefined,
      undefined,
      manager,
      force,
      PatchStrategy.ServerSideApply,
    ) as Promise<Deployment>;
  }

  async function conflictOf(
    call: Promise<unknown>,
  ): Promise<{ message: string; details: { causes: { field: string; reason: string }[] } }> {
    const error: unknown = await call.then(
      () => undefined,
      (caught: unknown) => caught,
    );
    if (!(error instanceof ApiException) || error.code !== 409) throw new Error(`expected 409, got ${String(error)}`);
    return JSON.parse(error.body as string) as Awaited<ReturnType<typeof conflictOf>>;
  }

  it("creates what is not there, and writes nothing when nothing changes", async () => {
    const wanted = configuration({ name: "create", replicas: 2 });
    const created = await apply(wanted, "fairway");
    expect(created.spec.replicas).toBe(2);
    const again = await apply(wanted, "fairway");
    expect(again.metadata?.resourceVersion).toBe(created.metadata?.resourceVersion);
    expect(again.metadata?.managedFields?.map(({ manager, operation }) => [manager, operation])).toEqual([
      ["fairway", "Apply"],
    ]);
  });

  it("removes what the manager no longer applies, and leaves what others own", async () => {
    const name = "removal";
    await apply(configuration({ name, env: { A: "1", B: "2" }, labels: { a: "1", b: "2" }, sidecar: true }), "fairway");
    await apply(
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace: "default", labels: { team: "pay" } } },
      "other",
    );
    const reduced = await apply(configuration({ name, env: { B: "2" }, labels: { b: "2" } }), "fairway");
    expect(reduced.metadata?.labels).toEqual({ b: "2", team: "pay" });
    expect(reduced.spec.template.spec.containers.map(({ name: one }) => one)).toEqual(["web"]);
    expect(reduced.spec.template.spec.containers[0]?.env).toEqual([{ name: "B", value: "2" }]);
  });

  it("goes back to the default of a removed field", async () => {
    const name = "default-again";
    await apply(configuration({ name, replicas: 5 }), "fairway");
    const without = await apply(configuration({ name }), "fairway");
    expect(without.spec.replicas).toBe(1);
  });

  it("refuses to change what another manager applied, names the field, and takes it over when forced", async () => {
    const name = "conflict";
    await apply(configuration({ name, replicas: 2 }), "first");
    const conflict = await conflictOf(apply(configuration({ name, replicas: 3, image: "web:2" }), "second"));
    expect(conflict.message).toContain('conflicts with "first"');
    expect(conflict.details.causes).toEqual([
      { reason: "FieldManagerConflict", message: 'conflict with "first"', field: ".spec.replicas" },
      {
        reason: "FieldManagerConflict",
        message: 'conflict with "first"',
        field: '.spec.template.spec.containers[name="web"].image',
      },
    ]);
    const forced = await apply(configuration({ name, replicas: 3, image: "web:2" }), "second", true);
    expect(forced.spec.replicas).toBe(3);
    const back = await conflictOf(apply(configuration({ name, replicas: 2, image: "web:2" }), "first"));
    expect(back.details.causes.map(({ field }) => field)).toEqual([".spec.replicas"]);
  });

  it("lets two managers apply the same value, and keeps the field until both have dropped it", async () => {
    const name = "shared";
    await apply(configuration({ name, replicas: 4 }), "first");
    await apply(configuration({ name, replicas: 4 }), "second");
    const kept = await apply(configuration({ name }), "first");
    expect(kept.spec.replicas).toBe(4);
    const dropped = await apply(configuration({ name }), "second");
    expect(dropped.spec.replicas).toBe(1);
  });

  it("conflicts with what was changed by an ordinary update since", async () => {
    const name = "updated";
    await apply(configuration({ name, replicas: 2 }), "fairway");
    const body = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: "default" },
      spec: { replicas: 9 },
    };
    await objects.patch(
      body as KubernetesObject,
      undefined,
      undefined,
      "kubectl-scale",
      undefined,
      PatchStrategy.MergePatch,
    );
    const conflict = await conflictOf(apply(configuration({ name, replicas: 2 }), "fairway"));
    expect(conflict.message).toMatch(
      /^Apply failed with 1 conflict: conflict with "kubectl-scale" using apps\/v1: \.spec\.replicas$/,
    );
  });

  it("goes on where kubectl apply has left off, and names conflicts in order", async () => {
    const name = "left-off";
    const before = configuration({ name, replicas: 2, image: "web:1" });
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(before) };
    const made = { ...before, metadata: { name, namespace: "default", annotations } };
    await objects.create(made, undefined, undefined, "kubectl-client-side-apply");
    const image = [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: "web:3" }];
    await callRaw(api, `/apis/apps/v1/namespaces/default/deployments/${name}?fieldManager=kubectl-set`, {
      method: "PATCH",
      headers: { "content-type": "application/json-patch+json" },
      body: JSON.stringify(image),
    });
    const wanted = configuration({ name, replicas: 4, image: "web:2" });
    expect((await conflictOf(apply(wanted, "kubectl"))).message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-set" using apps/v1: .spec.template.spec.containers[name="web"].image',
    );
    expect((await conflictOf(apply(wanted, "other"))).message).toContain("2 conflicts");
    const scaled = await apply(configuration({ name, replicas: 4, image: "web:3" }), "kubectl");
    expect(scaled.spec.replicas).toBe(4);
    const [text = ""] = Object.values(scaled.metadata?.annotations ?? {});
    expect(JSON.parse(text)).toMatchObject({ kind: "Deployment", spec: { replicas: 4 } });
    expect(text.endsWith("}\n")).toBe(true);
  });

  it("takes a field from its manager when an ordinary update changes it", async () => {
    const name = "taken";
    await apply(configuration({ name, replicas: 2 }), "fairway");
    const body = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: "default" },
      spec: { replicas: 9 },
    };
    const updated = await objects.patch(
      body as KubernetesObject,
      undefined,
      undefined,
      "kubectl-scale",
      undefined,
      PatchStrategy.MergePatch,
    );
    const owners = updated.metadata?.managedFields
      ?.filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes("f:replicas"))
      .map(({ manager }) => manager);
    expect(owners).toEqual(["kubectl-scale"]);
    expect((await apply(configuration({ name }), "fairway")).spec.replicas).toBe(9);
  });

  it("owns an object that was never managed as a whole before the first application", async () => {
    const name = "unmanaged";
    const stored = configuration({ name, replicas: 2 }) as never;
    api.cluster.store.create({ group: "apps", resource: "deployments" }, stored);
    const conflict = await conflictOf(apply(configuration({ name, replicas: 3 }), "fairway"));
    expect(conflict.message).toContain('"before-first-apply"');
  });

  it("needs a field manager", async () => {
    const call = objects.patch(
      configuration({ name: "nobody" }),
      undefined,
      undefined,
      undefined,
      false,
      PatchStrategy.ServerSideApply,
    );
    const error: unknown = await call.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiException);
    expect((error as ApiException<string>).code).toBe(422);
  });

  it("brings the object to what was last applied, whatever was applied before", async () => {
    const wanted = fc.record(
      {
        replicas: fc.integer({ min: 0, max: 5 }),
        image: fc.constantFrom("web:1", "web:2"),
        env: fc.dictionary(fc.constantFrom("A", "B", "C"), fc.constantFrom("1", "2")),
        labels: fc.dictionary(fc.constantFrom("x", "y", "z"), fc.constantFrom("1", "2")),
        sidecar: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(wanted, { minLength: 1, maxLength: 4 }), async (history) => {
        const name = `property-${run++}`;
        for (const one of history) await apply(configuration({ name, ...one }), "fairway");
        const last = history.at(-1);
        const fresh = `${name}-fresh`;
        const reached = await apply(configuration({ name, ...last }), "fairway");
        const direct = await apply(configuration({ name: fresh, ...last }), "fairway");
        expect(comparable(reached)).toEqual(comparable(direct));
      }),
      { numRuns: 15 },
    );
  });
});

/** Without what differs from object to object. */
function comparable(deployment: Deployment): unknown {
  const { spec, metadata } = deployment;
  const { selector: _, ...rest } = spec as Deployment["spec"] & { selector: unknown };
  return { labels: metadata?.labels ?? {}, replicas: rest.replicas, containers: rest.template.spec.containers };
}
