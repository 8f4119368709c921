import { expect, it } from "vitest";
import { createControlDoor } from "../src/http/door/control-door.ts";
import { type Json, startWithCluster } from "./container-service-world.ts";

function openDoor() {
  const world = startWithCluster();
  const door = createControlDoor({
    world: world.world,
    faults: world.faults,
    clusters: () => world.provider.clusters.all(),
  });
  const send = (text: string) => {
    const answer = door("POST", "/_emulator/scenario", new URLSearchParams(), { text });
    return { status: answer?.status, body: JSON.parse(JSON.stringify(answer?.body ?? null)) as Json };
  };
  return { world, send };
}

it("faults begin at their times and end after theirs", () => {
  const { world, send } = openDoor();
  const answer = send(`
faults:
  - at: 60
    kind: apiserver-gap
    parameters: { cluster: main, durationSeconds: 30 }
  - { at: 120, kind: node-lost, parameters: { cluster: main, node: nothing } }
`);
  expect(answer).toEqual({ status: 202, body: { faults: 2 } });
  world.kernel.runFor(59_000);
  expect(world.cluster().apiServer.available).toBe(true);
  world.kernel.runFor(2_000);
  expect(world.cluster().apiServer.available).toBe(false);
  world.kernel.runFor(30_000);
  expect(world.cluster().apiServer.available).toBe(true);
  world.kernel.runFor(60_000);
  expect(world.trace("scenario.skipped")).toHaveLength(1);
});

it.each([
  ["faults: [", "scenario"],
  ["[]", "scenario"],
  ["faults: []", "faults"],
  ["faults: [{ at: 1, kind: dns-broken, parameters: { cluster: main } }]\nmore: 1", "more"],
  ["faults: [{ at: -1, kind: dns-broken, parameters: { cluster: main } }]", "faults[0].at"],
  ["faults: [{ kind: dns-broken, parameters: { cluster: main } }]", "faults[0].at"],
  ["faults: [{ at: 1, kind: nonsense }]", "faults[0].kind"],
  [
    "faults: [{ at: 1, kind: dns-broken, parameters: { cluster: main } }, { at: 2, kind: dns-broken }]",
    "faults[1].parameters.cluster",
  ],
  ["faults: [{ at: 1, kind: subnet-full, parameters: { cluster: main, code: Nope } }]", "faults[0].parameters.code"],
  ["faults: [{ at: 1, kind: dns-broken, for: 3, parameters: { cluster: main } }]", "faults[0].for"],
])("%j is refused with the path %s, and nothing begins", (text, field) => {
  const { world, send } = openDoor();
  expect(send(text)).toMatchObject({ status: 400, body: { field } });
  world.kernel.runFor(10_000);
  expect(world.faults.list()).toEqual([]);
});
