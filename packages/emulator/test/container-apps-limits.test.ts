import { describe, expect, it } from "vitest";
import {
  appBody,
  appPath,
  at,
  deploy,
  environmentPath,
  itemsOf,
  revisions,
  startWorld,
  textOf,
} from "./container-apps-world.ts";

describe("limits of Container Apps", () => {
  it("are 15 environments in a region, and 20 in all", () => {
    const world = startWorld();
    const put = (index: number, location = "westeurope") =>
      world.call("PUT", environmentPath.replace(/main$/, `other${index}`), { location, properties: {} });
    for (let index = 1; index < 15; index++) expect(put(index).status).toBe(201);
    expect(put(15)).toMatchObject({
      status: 400,
      body: {
        error: {
          code: "MaxNumberOfRegionalEnvironmentsInSubExceeded",
          message: expect.stringMatching(/cannot have more than 15 environments in West Europe\.$/) as unknown,
        },
      },
    });
    for (let index = 15; index < 20; index++) expect(put(index, "northeurope").status).toBe(201);
    expect(at(put(20, "northeurope").body, "error.code")).toBe("MaxNumberOfGlobalEnvironmentsInSubExceeded");
  });

  it("are the cores of an environment: a revision that asks for more than there are does not come to be", () => {
    const world = startWorld();
    deploy(world);
    const large = {
      container: { resources: { cpu: 4, memory: "8Gi" } },
      scale: { minReplicas: 130, maxReplicas: 200 },
    };
    const answer = world.call("PUT", appPath.replace(/web$/, "large"), appBody(large));
    expect(answer.status).toBe(201);
    expect(at(world.settle(answer).body, "error")).toMatchObject({
      code: "ContainerAppOperationError",
      message: expect.stringContaining("Maximum Allowed Cores exceeded for the Managed Environment") as unknown,
    });
    const usages = itemsOf(world.call("GET", `${environmentPath}/usages`));
    const consumption = usages.find(
      (usage) => textOf(at(usage, "name.value")) === "ManagedEnvironmentConsumptionCores",
    );
    expect(consumption).toMatchObject({ limit: 500, currentValue: 1, unit: "Count" });
  });

  it("are 1,000 replicas, and as many inactive revisions as are kept: the oldest go first", () => {
    const world = startWorld();
    const tooMany = world.call("PUT", appPath, appBody({ scale: { maxReplicas: 1_001 } }));
    expect([tooMany.status, at(tooMany.body, "error.code")]).toEqual([400, "InvalidParameterValueInContainerTemplate"]);
    const configuration = { activeRevisionsMode: "Single", maxInactiveRevisions: 2 };
    for (let version = 1; version <= 5; version++) {
      deploy(world, { configuration, container: { image: `shop/web:${version}` } });
    }
    world.kernel.runFor(600_000);
    const images = revisions(world).map((revision) => textOf(at(revision, "properties.template.containers.0.image")));
    expect(images).toEqual(["shop/web:3", "shop/web:4", "shop/web:5"]);
  });
});

describe("the address of an operation", () => {
  it("is not known any more a day after its end", () => {
    const world = startWorld();
    const made = world.call("PUT", appPath, appBody());
    const url = made.headers["azure-asyncoperation"] ?? "";
    world.settle(made);
    world.kernel.runFor(23 * 3_600_000);
    expect(world.call("GET", url).status).toBe(200);
    world.kernel.runFor(2 * 3_600_000);
    expect(world.call("GET", url)).toMatchObject({ status: 404, body: { error: { code: "OperationNotFound" } } });
  });
});
