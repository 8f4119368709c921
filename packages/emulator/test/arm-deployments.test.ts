import { describe, expect, it } from "vitest";
import { strictJson } from "../src/http/arm/lenient-json.ts";
import { body, only, shop } from "./arm-deployment-templates.ts";
import {
  type Answer,
  at,
  groupPath,
  itemsOf,
  type Json,
  startWorld,
  subscription,
  type TestWorld,
  textOf,
} from "./container-apps-world.ts";

const path = `${groupPath}/providers/Microsoft.Resources/deployments/shop`;
const version = "?api-version=2024-11-01";

function deployTo({ call, kernel }: TestWorld, where: string, content: unknown): Json {
  const accepted = call("PUT", `${where}${version}`, content);
  expect(accepted, JSON.stringify(accepted.body)).toMatchObject({
    body: { properties: { provisioningState: "Accepted" } },
  });
  const status = accepted.headers["azure-asyncoperation"] ?? "";
  for (let seconds = 0; seconds < 7_200; seconds += 5) {
    const { body: state } = call("GET", status);
    if (["Succeeded", "Failed"].includes(textOf(state["status"]))) return call("GET", `${where}${version}`).body;
    kernel.runFor(5_000);
  }
  throw new Error("the deployment does not end");
}

function refusal(answer: Answer): { status: number; code: unknown; message: string } {
  const error = at(answer.body, "error");
  return { status: answer.status, code: error["code"], message: textOf(error["message"]) };
}

describe("a deployment to a group", () => {
  it("makes a template's resources one after another, and gives out what it was asked for", () => {
    const world = startWorld();
    const { call } = world;
    const accepted = call("PUT", `${path}${version}`, body(shop, { name: "web" }));
    expect(accepted.status).toBe(201);
    expect(accepted.headers["azure-asyncoperation"]).toMatch(
      /\/deployments\/shop\/operationStatuses\/\d+\?api-version=2024-11-01$/,
    );
    expect(accepted.headers["location"]).toBeUndefined();
    expect(refusal(call("PUT", `${path}${version}`, body(shop, { name: "web" })))).toMatchObject({
      status: 409,
      code: "DeploymentActive",
    });
    world.kernel.runFor(1_200_000);
    const done = call("GET", `${path}${version}`).body;
    expect(at(done, "properties.error")).toBeUndefined();
    const { outputs, parameters, dependencies, outputResources } = at(done, "properties");
    expect(done).toMatchObject({ name: "shop", properties: { provisioningState: "Succeeded", mode: "Incremental" } });
    expect(outputs).toEqual({
      address: {
        type: "String",
        value: expect.stringMatching(/^https:\/\/web\.[\w-]+\.westeurope\.azurecontainerapps\.io$/) as unknown,
      },
      count: { type: "Int", value: 3 },
    });
    expect(parameters).toMatchObject({
      name: { type: "String", value: "web" },
      location: { type: "String", value: "westeurope" },
      replicas: { type: "Int", value: 1 },
    });
    expect(at(parameters, "password")).toEqual({ type: "SecureString" });
    expect(dependencies).toHaveLength(2);
    expect(outputResources).toHaveLength(3);
    const app = call("GET", `${groupPath}/providers/Microsoft.App/containerApps/web`).body;
    expect(app).toMatchObject({ tags: { tier: "small", "[plain]": "yes" } });
    expect(at(app, "properties.template.containers.0")).toMatchObject({
      resources: { cpu: 0.5, memory: "1Gi" },
      env: [
        { name: "E1", value: "0" },
        { name: "E2", value: "1" },
      ],
    });
    const environment = `${groupPath}/providers/Microsoft.App/managedEnvironments/web-env`;
    expect(at(call("GET", environment).body, "properties.appLogsConfiguration")).toMatchObject({
      destination: "log-analytics",
    });
    const operations = itemsOf(call("GET", `${path}/operations${version}`));
    expect(operations.map((one) => at(one, "properties.targetResource.resourceName"))).toEqual([
      "web",
      "web-env",
      "logs",
    ]);
    expect(operations[0]).toMatchObject({ properties: { provisioningState: "Succeeded", statusCode: "Created" } });
    expect(itemsOf(call("GET", `${path.replace(/\/shop$/, "")}${version}`))).toHaveLength(1);
    expect(call("POST", `${path}/exportTemplate${version}`).body).toMatchObject({
      template: { contentVersion: "1.0.0.0" },
    });
    expect(deployTo(world, path, body(shop, { name: "web", tier: "large" }))).toMatchObject({
      properties: { provisioningState: "Succeeded" },
    });
    expect(call("GET", `${environment}/daprComponents/store`).status).toBe(200);
    const deleted = call("DELETE", `${path}${version}`);
    expect(deleted.status).toBe(202);
    expect(refusal(call("GET", `${path}${version}`))).toMatchObject({ status: 404, code: "DeploymentNotFound" });
  });

  it("fails when a resource does, with the resource's own error, and makes nothing that depends on it", () => {
    const world = startWorld();
    const app = { ...shop.resources[0], name: "Web" };
    const failed = deployTo(
      world,
      path,
      body({ ...shop, resources: [app, ...shop.resources.slice(1)], outputs: {} }, { name: "web" }),
    );
    expect(failed).toMatchObject({
      properties: {
        provisioningState: "Failed",
        error: {
          code: "DeploymentFailed",
          details: [
            { code: "ContainerAppInvalidName", target: expect.stringMatching(/containerApps\/Web$/) as unknown },
          ],
        },
      },
    });
    const [operation] = itemsOf(world.call("GET", `${path}/operations${version}`));
    expect(operation).toMatchObject({
      properties: {
        provisioningState: "Failed",
        statusCode: "BadRequest",
        statusMessage: { status: "Failed", error: { code: "ContainerAppInvalidName" } },
      },
    });
  });

  it("deploys modules, loops and resources that are named by symbols", () => {
    const world = startWorld();
    const module = only(
      {
        identity: {
          type: "Microsoft.ManagedIdentity/userAssignedIdentities",
          apiVersion: "2023-01-31",
          name: "[parameters('who')]",
          location: "westeurope",
        },
      },
      {
        languageVersion: "2.0",
        parameters: { who: { type: "string" } },
        outputs: { id: { type: "string", value: "[reference('identity', '2023-01-31', 'full').id]" } },
      },
    );
    const template = only(
      {
        people: {
          copy: { name: "people", count: "[length(parameters('names'))]", mode: "serial", batchSize: 1 },
          type: "Microsoft.Resources/deployments",
          apiVersion: "2022-09-01",
          name: "[format('module-{0}', copyIndex())]",
          properties: {
            expressionEvaluationOptions: { scope: "inner" },
            mode: "Incremental",
            parameters: { who: { value: "[parameters('names')[copyIndex()]]" } },
            template: module,
          },
        },
        main: { existing: true, type: "Microsoft.App/managedEnvironments", apiVersion: "2025-07-01", name: "main" },
      },
      {
        languageVersion: "2.0",
        parameters: { names: { type: "array" } },
        outputs: {
          ids: {
            type: "array",
            copy: { count: 2, input: "[reference(format('module-{0}', copyIndex())).outputs.id.value]" },
          },
          domain: { type: "string", value: "[reference('main').defaultDomain]" },
        },
      },
    );
    const { outputs } = at(deployTo(world, path, body(template, { names: ["ann", "bob"] })), "properties");
    expect(at(outputs, "ids.value")).toEqual(
      ["ann", "bob"].map((name) => `${groupPath}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`),
    );
    expect(at(outputs, "domain.value")).toMatch(/azurecontainerapps\.io$/);
  });

  it("removes in mode Complete what the template does not name", () => {
    const world = startWorld();
    const workspace = { ...shop.resources[2], location: "westeurope" };
    deployTo(world, path, body(only([workspace])));
    const main = {
      type: "Microsoft.App/managedEnvironments",
      apiVersion: "2025-07-01",
      name: "main",
      location: "westeurope",
      properties: {},
    };
    expect(deployTo(world, path, body(only([main]), {}, "Complete"))).toMatchObject({
      properties: { mode: "Complete", provisioningState: "Succeeded" },
    });
    const left = itemsOf(world.call("GET", `${groupPath}/resources${version}`));
    expect(left.map((one) => one["name"])).toEqual(["main"]);
  });
});

describe("a deployment to the subscription", () => {
  it("makes groups and deploys modules into them", () => {
    const world = startWorld();
    const where = `/subscriptions/${subscription}/providers/Microsoft.Resources/deployments/all`;
    const template = only([
      {
        type: "Microsoft.Resources/resourceGroups",
        apiVersion: "2024-03-01",
        name: "new",
        location: "[deployment().properties.template.contentVersion]",
      },
      {
        type: "Microsoft.Resources/deployments",
        apiVersion: "2022-09-01",
        name: "inside",
        resourceGroup: "new",
        properties: { mode: "Incremental", template: only([{ ...shop.resources[2], location: "northeurope" }]) },
        dependsOn: ["[subscriptionResourceId('Microsoft.Resources/resourceGroups', 'new')]"],
      },
    ]);
    const content = body({ ...template, contentVersion: "northeurope" });
    const done = deployTo(world, where, { ...content, location: "westeurope" });
    expect(done).toMatchObject({ location: "westeurope", properties: { provisioningState: "Succeeded" } });
    const inside = `/subscriptions/${subscription}/resourceGroups/new/providers/Microsoft.OperationalInsights/workspaces/logs`;
    expect(world.call("GET", `${inside}${version}`).body).toMatchObject({ location: "northeurope" });
    expect(refusal(world.call("PUT", `${where}2${version}`, body(template)))).toMatchObject({
      status: 400,
      code: "LocationRequired",
    });
  });
});

describe("validate and whatIf", () => {
  it("say what is wrong and what would change, and change nothing", () => {
    const world = startWorld();
    const { call, kernel } = world;
    const valid = call("POST", `${path}/validate${version}`, body(shop, { name: "web" }));
    expect(valid).toMatchObject({ status: 200, body: { properties: { provisioningState: "Succeeded" } } });
    expect(at(valid.body, "properties.validatedResources")).toHaveLength(3);
    const changesOf = (content: unknown): readonly Json[] => {
      const { headers, status } = call("POST", `${path}/whatIf${version}`, content);
      expect(status).toBe(202);
      kernel.runFor(5_000);
      return at(call("GET", headers["location"] ?? "").body, "properties.changes") as unknown as readonly Json[];
    };
    const before = changesOf(body(shop, { name: "web" }));
    expect(before.map(({ changeType }) => changeType)).toEqual(["Create", "Unsupported", "Create", "Ignore"]);
    deployTo(world, path, body(shop, { name: "web", password: "same" }));
    const [same] = changesOf(body({ ...shop, resources: shop.resources.slice(0, 2) }, { name: "web" }));
    expect(same).toMatchObject({ changeType: "Modify" });
    const changed = changesOf(body(shop, { name: "web", replicas: 2, password: "same" }));
    expect(at(changed[0], "delta")).toContainEqual(
      expect.objectContaining({ path: "properties.template.scale.minReplicas", before: 1, after: 2 }),
    );
    expect(call("GET", `${path}x${version}`).status).toBe(404);
  });

  const workspace = {
    type: "Microsoft.OperationalInsights/workspaces",
    apiVersion: "2023-09-01",
    name: "a",
    location: "westeurope",
  };
  it.each([
    [
      "a parameter without a value",
      shop,
      {},
      "InvalidTemplate",
      /The value for the template parameter 'name' .* is not provided/,
    ],
    [
      "a parameter that there is not",
      shop,
      { name: "web", colour: "red" },
      "InvalidTemplate",
      /The template parameters 'colour' in the parameters file are not valid/,
    ],
    [
      "a value that is not allowed",
      shop,
      { name: "web", tier: "huge" },
      "InvalidTemplate",
      /The value 'huge' is not part of the allowed value\(s\): 'small,large'/,
    ],
    ["a value of another type", shop, { name: 5 }, "InvalidTemplate", /Expected 'String, Uri'. Actual 'Integer'/],
    ["a number that is too big", shop, { name: "web", replicas: 11 }, "InvalidTemplate", /at most 10/],
    [
      "a variable that there is not",
      only([{ ...workspace, name: "[variables('x')]" }]),
      {},
      "InvalidTemplate",
      /The template variable 'x' is not found/,
    ],
    [
      "a function that there is not",
      only([{ ...workspace, name: "[levitate()]" }]),
      {},
      "InvalidTemplate",
      /The template function 'levitate' is not valid/,
    ],
    [
      "a text that is no expression",
      only([{ ...workspace, name: "[concat('a',]" }]),
      {},
      "InvalidTemplate",
      /is not valid: expected/,
    ],
    [
      "a dependency that there is not",
      only([{ ...workspace, dependsOn: ["b"] }]),
      {},
      "InvalidTemplate",
      /The resource 'b' is not defined in the template/,
    ],
    [
      "a circle",
      only([
        { ...workspace, dependsOn: ["b"] },
        { ...workspace, name: "b", dependsOn: ["a"] },
      ]),
      {},
      "InvalidTemplate",
      /Circular dependency detected on resource/,
    ],
    ["twins", only([workspace, workspace]), {}, "InvalidTemplate", /is defined multiple times in a template/],
    [
      "a name with too many parts",
      only([{ ...workspace, name: "a/b" }]),
      {},
      "InvalidTemplate",
      /has incorrect segment lengths/,
    ],
    [
      "a provider that is not here",
      only([{ ...workspace, type: "Microsoft.Sql/servers" }]),
      {},
      "InvalidTemplateDeployment",
      /See inner errors/,
    ],
    ["no template", undefined, {}, "InvalidRequestContent", /template is missing/],
  ])("refuse %s", (_what, template, parameters, code, message) => {
    const { call } = startWorld();
    const content = template === undefined ? { properties: { mode: "Incremental" } } : body(template, parameters);
    for (const [method, where] of [
      ["POST", `${path}/validate`],
      ["PUT", path],
    ] as const) {
      const refused = refusal(call(method, `${where}${version}`, content));
      expect(refused).toMatchObject({ status: 400, code });
      expect(refused.message).toMatch(message);
    }
    expect(call("GET", `${path}${version}`).status).toBe(404);
  });
});

describe("a template as it is written", () => {
  it("has comments, names without quotes and commas at its end, and keeps them in its texts", () => {
    const written = `{"properties": {"mode": "Incremental", template: {
      // the schema is not looked at
      "contentVersion": '1.0.0.0', /* nothing
      is made */ "resources": [], outputs: { a: { type: "string", "value": "it's // \\"a\\", } text", }, b: {"type":"bool", value: true}, },
    }}}`;
    expect(JSON.parse(strictJson(written))).toEqual({
      properties: {
        mode: "Incremental",
        template: {
          contentVersion: "1.0.0.0",
          resources: [],
          outputs: { a: { type: "string", value: 'it\'s // "a", } text' }, b: { type: "bool", value: true } },
        },
      },
    });
  });

  it("is read at an address of old, too", () => {
    const world = startWorld();
    deployTo(world, path, body(only([])));
    expect(itemsOf(world.call("GET", `${groupPath}/deployments/shop/operations${version}`))).toEqual([]);
  });
});
