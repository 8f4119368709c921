import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callRaw, eventually, startTestApi, type TestApi } from "./kubernetes-fixture.ts";

const versions = "/apis/example.com";
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const json = { "content-type": "application/json" };

function widgets() {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget", shortNames: ["wd"], categories: ["all"] },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          selectableFields: [{ jsonPath: ".spec.color" }],
          subresources: { status: {}, scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" } },
          additionalPrinterColumns: [
            { name: "Size", type: "integer", jsonPath: ".spec.size" },
            { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
          ],
          schema: {
            openAPIV3Schema: {
              type: "object",
              required: ["spec"],
              properties: {
                spec: {
                  type: "object",
                  required: ["color"],
                  properties: {
                    color: { type: "string", enum: ["red", "blue"] },
                    size: { type: "integer", minimum: 1, maximum: 5, default: 2 },
                    tags: { type: "array", maxItems: 2, items: { type: "string", pattern: "^[a-z]+$" } },
                  },
                },
                status: {
                  type: "object",
                  properties: {
                    size: { type: "integer" },
                    conditions: {
                      type: "array",
                      items: {
                        type: "object",
                        properties: { type: { type: "string" }, status: { type: "string" } },
                      },
                    },
                  },
                },
              },
            },
          },
        },
        {
          name: "v1beta1",
          served: true,
          storage: false,
          deprecated: true,
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  };
}

describe("custom resource definitions", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = json) {
    const answer = await callRaw(api, path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    return { ...answer, object: JSON.parse(answer.text) as Record<string, Record<string, unknown>> };
  }
  const widget = (name: string, spec: unknown) => ({
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name },
    spec,
  });
  const all = `${versions}/v1/namespaces/default/widgets`;
  const isServed = () =>
    eventually(async () => (await callRaw(api, `${versions}/v1/widgets`)).status === 200 || undefined);

  it("serve their kinds once their names are accepted, and take the objects with them when they go", async () => {
    expect((await send("POST", definitions, widgets())).status).toBe(201);
    await isServed();
    const { object } = await send("GET", `${definitions}/widgets.example.com`);
    expect(object["status"]).toMatchObject({
      acceptedNames: { plural: "widgets", singular: "widget", listKind: "WidgetList" },
      storedVersions: ["v1"],
      conditions: [
        { type: "NamesAccepted", status: "True", reason: "NoConflicts" },
        { type: "Established", status: "True", reason: "InitialNamesAccepted" },
      ],
    });
    const { object: discovered } = await send("GET", `${versions}/v1`);
    expect(discovered["resources"]).toMatchObject([
      { name: "widgets", shortNames: ["wd"], categories: ["all"], kind: "Widget" },
      { name: "widgets/status" },
      { name: "widgets/scale", group: "autoscaling" },
    ]);
    await send("POST", all, widget("short-lived", { color: "red" }));
    await send("DELETE", `${definitions}/widgets.example.com`);
    await eventually(async () => (await callRaw(api, all)).status === 404 || undefined);
    await send("POST", definitions, widgets());
    await isServed();
    expect((await send("GET", all)).object["items"]).toEqual([]);
  });

  it("default, prune and refuse as their schema says", async () => {
    const created = await send("POST", all, widget("plain", { color: "red", extra: 1 }));
    expect(created.object["spec"]).toEqual({ color: "red", size: 2 });
    expect(created.headers["warning"]).toBe('299 - "unknown field \\"spec.extra\\""');
    const refused = await send("POST", all, widget("bad", { size: "big", tags: ["a", "B", "c"] }));
    expect(refused.status).toBe(422);
    expect(refused.object["message"]).toBe(
      'Widget.example.com "bad" is invalid: [spec.color: Required value, spec.size: Invalid value: "string": spec.size in body must be of type integer: "string", spec.tags: Too many: 3: must have at most 2 items, spec.tags[1]: Invalid value: "B": spec.tags[1] in body should match \'^[a-z]+$\']',
    );
    const outside = await send("POST", all, widget("outside", { color: "green", size: 6 }));
    expect(outside.object["message"]).toContain(
      'spec.color: Unsupported value: "green": supported values: "red", "blue"',
    );
    expect(outside.object["message"]).toContain("spec.size in body should be less than or equal to 5");
  });

  it("print their columns, and scale where they say", async () => {
    await send("POST", all, widget("scaled", { color: "blue" }));
    const merge = { "content-type": "application/merge-patch+json" };
    const conditions = [{ type: "Ready", status: "True" }];
    await send("PATCH", `${all}/scaled/status`, { status: { size: 1, conditions } }, merge);
    const scale = await send("PATCH", `${all}/scaled/scale`, { spec: { replicas: 4 } }, merge);
    expect(scale.object).toMatchObject({ spec: { replicas: 4 }, status: { replicas: 1 } });
    const asTable = { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" };
    const table = await send("GET", `${all}/scaled`, undefined, asTable);
    expect(table.object["rows"]).toMatchObject([{ cells: ["scaled", 4, "True"] }]);
  });

  it("are selected by the fields that their definition names, and by no others", async () => {
    await send("POST", all, widget("painted-red", { color: "red" }));
    await send("POST", all, widget("painted-blue", { color: "blue" }));
    const { object } = await send("GET", `${all}?fieldSelector=spec.color%3Dblue`);
    const colors = (object["items"] as unknown as { spec: { color: string } }[]).map(({ spec }) => spec.color);
    expect(new Set(colors)).toEqual(new Set(["blue"]));
    const refused = await send("GET", `${all}?fieldSelector=spec.size%3D2`);
    expect(refused.status).toBe(400);
    expect(refused.object["message"]).toContain("field label not supported: spec.size");
  });

  it("show the same object in each version, with a warning in one that is deprecated", async () => {
    await send("POST", all, widget("both", { color: "red" }));
    const old = await send("GET", `${versions}/v1beta1/namespaces/default/widgets/both`);
    expect(old.object).toMatchObject({ apiVersion: "example.com/v1beta1", spec: { color: "red" } });
    expect(old.headers["warning"]).toBe('299 - "example.com/v1beta1 Widget is deprecated"');
  });

  it("are refused without a structural schema, or under another name", async () => {
    const crd = widgets();
    const [version] = crd.spec.versions;
    const named = { ...crd, metadata: { name: "gadgets.example.com" } };
    expect((await send("POST", definitions, named)).object["message"]).toContain(
      'metadata.name: Invalid value: "gadgets.example.com": must be spec.names.plural+"."+spec.group',
    );
    const loose = { ...version, schema: { openAPIV3Schema: { type: "object", properties: { spec: {} } } } };
    const untyped = { ...crd, spec: { ...crd.spec, versions: [loose] } };
    expect((await send("POST", definitions, untyped)).object["message"]).toContain(
      "spec.validation.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields",
    );
  });

  it("of the Gateway API, KEDA and Dapr are there", async () => {
    const { object } = await send("GET", definitions);
    const names = (object["items"] as unknown as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
    expect(names).toEqual(
      expect.arrayContaining(["httproutes.gateway.networking.k8s.io", "scaledobjects.keda.sh", "components.dapr.io"]),
    );
  });
});
