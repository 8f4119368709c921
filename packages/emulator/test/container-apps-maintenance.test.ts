import { describe, expect, it } from "vitest";
import {
  appPath,
  at,
  deploy,
  environmentPath,
  itemsOf,
  replicaCounts,
  revisions,
  startWorld,
  type TestWorld,
  textOf,
} from "./container-apps-world.ts";

describe("environment maintenance", () => {
  it("replaces every replica, node by node, and stops each before its successor runs", () => {
    const world = startWorld();
    deploy(world, { scale: { minReplicas: 4 } });
    const before = replicaNames(world);
    expect(world.apps.startMaintenance(environmentPath)).toBe(true);
    let fewestReady = Number.POSITIVE_INFINITY;
    let mostRunning = 0;
    for (let seconds = 0; seconds < 3_600 && maintenance(world).kind === "running"; seconds++) {
      world.kernel.runFor(1_000);
      const { ready, running } = replicaCounts(world);
      fewestReady = Math.min(fewestReady, ready);
      mostRunning = Math.max(mostRunning, running);
    }
    expect(maintenance(world)).toMatchObject({ kind: "done", replaced: 4 });
    expect(replicaNames(world).filter((name) => before.includes(name))).toEqual([]);
    expect(replicaNames(world)).toHaveLength(4);
    // Two nodes carry one replica each and one carries two: never more than two are away, and never a surge.
    expect(fewestReady).toBe(2);
    expect(mostRunning).toBe(4);
    expect(world.trace("maintenance.node").map(({ data }) => data["how"])).toEqual([
      "recovered",
      "recovered",
      "recovered",
    ]);
  });

  it("leaves an app with one replica without any for a while", () => {
    const world = startWorld();
    const app = deploy(world, { scale: { minReplicas: 1 } });
    const host = textOf(at(app, "properties.configuration.ingress.fqdn"));
    world.apps.startMaintenance("main");
    let secondsDown = 0;
    for (let seconds = 0; seconds < 300; seconds++) {
      world.kernel.runFor(1_000);
      if (world.dataPlane.route(host)?.backends[0]?.endpoints.length === 0) secondsDown += 1;
    }
    expect(secondsDown).toBeGreaterThan(2);
    expect(world.dataPlane.route(host)?.backends).toMatchObject([{ whenEmpty: "reject" }]);
    expect(world.dataPlane.route(host)?.backends[0]?.endpoints).toHaveLength(1);
  });

  it("goes on with the next node when replicas do not come back", () => {
    let broken = false;
    const world = startWorld({ behaviour: () => (broken ? { listenAfterMs: 3_600_000 } : {}) });
    deploy(world, { scale: { minReplicas: 2 } });
    broken = true;
    world.apps.startMaintenance("main");
    world.kernel.runFor(3_600_000);
    expect(maintenance(world)).toMatchObject({ kind: "done", replaced: 2 });
    expect(replicaCounts(world).ready).toBe(0);
  });

  it("is refused for an environment that is not there", () => {
    expect(startWorld().apps.startMaintenance("nope")).toBe(false);
  });
});

function maintenance(world: TestWorld) {
  const environment = world.apps.environments.find("main");
  if (!environment) throw new Error("no environment");
  return environment.maintenance;
}

function replicaNames(world: TestWorld): string[] {
  const [revision] = revisions(world);
  const path = `${appPath}/revisions/${textOf(at(revision, "name"))}/replicas`;
  return itemsOf(world.call("GET", path)).map((replica) => textOf(at(replica, "name")));
}
