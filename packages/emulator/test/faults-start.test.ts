import { createVirtualKernel } from "@fairway/kernel";
import { describe, expect, it } from "vitest";
import { Faults } from "../src/faults/faults.ts";
import { FaultError } from "../src/faults/parameters.ts";
import { matches, withStartFaults } from "../src/faults/start-faults.ts";
import { createModelRuntime } from "../src/runtime/model/runtime.ts";
import { defaultCalibration } from "../src/world/calibration.ts";
import { ControlPlaneOutages } from "../src/world/container-service/outages.ts";
import type { ContainerEvents, ContainerSpec } from "../src/world/ports.ts";
import { like } from "./container-service-world.ts";

function setUp() {
  const kernel = createVirtualKernel({ seed: 1 });
  const world = { ...kernel, calibration: defaultCalibration, timeScale: 1 };
  const outages = new ControlPlaneOutages(world);
  const faults = new Faults(world, { cluster: () => undefined, outages });
  const begun: { spec: ContainerSpec; timeMs: number }[] = [];
  const behaviour = (spec: ContainerSpec) => {
    begun.push({ spec, timeMs: kernel.clock.now() });
    return { createMs: 100, listenAfterMs: 500, stopMs: 50 };
  };
  const runtime = withStartFaults(createModelRuntime(world, { behaviour }), faults, kernel.clock);
  const startMs = kernel.clock.now();
  const seen: string[] = [];
  const say = (what: string): void => void seen.push(`${kernel.clock.now() - startMs} ${what}`);
  const events: ContainerEvents = {
    started: () => say("started"),
    exited: ({ exitCode }) => say(`exited ${exitCode}`),
    failedToStart: (reason) => say(reason),
    log: () => {},
  };
  return { kernel, faults, runtime, events, seen, say, begun };
}

const spec = { id: "a", image: "config-server:1.0.0", env: { MODE: "live" }, port: 8080 };
const slowStart = { kind: "slow-start", parameters: { image: "config-server:*", delayMs: 10_000 } };

describe("slow-start", () => {
  it("lets a container count as started while nothing listens, until the delay is over", () => {
    const { kernel, faults, runtime, events, seen, say } = setUp();
    faults.inject(slowStart);
    const container = runtime.start(spec, events);
    kernel.runFor(9_000);
    container.probe({ kind: "tcpSocket", timeoutMs: 1_000 }, (ok) => say(`probe ${ok}`));
    kernel.runFor(0);
    expect(container.address()).toBeUndefined();
    kernel.runFor(3_000);
    container.probe({ kind: "tcpSocket", timeoutMs: 1_000 }, (ok) => say(`probe ${ok}`));
    kernel.runFor(0);
    expect(container.address()).toBeDefined();
    expect(seen).toEqual(["0 started", "9000 probe false", "12000 probe true"]);
  });

  it("can be killed in the delay, and its process then never begins", () => {
    const { kernel, faults, runtime, events, seen, begun } = setUp();
    faults.inject(slowStart);
    const container = runtime.start(spec, events);
    kernel.runFor(4_000);
    container.kill();
    container.terminate();
    kernel.runFor(60_000);
    expect(seen).toEqual(["0 started", "4000 exited 137"]);
    expect(begun).toEqual([]);
  });

  it("ends like any container once it runs", () => {
    const { kernel, faults, runtime, events, seen } = setUp();
    faults.inject(slowStart);
    const container = runtime.start(spec, events);
    kernel.runFor(11_000);
    container.terminate();
    kernel.runFor(1_000);
    expect(seen).toEqual(["0 started", "11050 exited 0"]);
  });

  it("leaves other images alone, and everything once it is cleared", () => {
    const { kernel, faults, runtime, events, seen } = setUp();
    const { id } = faults.inject(slowStart);
    runtime.start({ ...spec, image: "payment-api:1.0.0" }, events);
    kernel.runFor(1_000);
    expect(faults.clear(id)).toBe(true);
    runtime.start(spec, events);
    kernel.runFor(1_000);
    expect(seen).toEqual(["100 started", "1100 started"]);
    expect(faults.clear(id)).toBe(false);
  });
});

describe("bad-release", () => {
  it("gives containers of the image extra variables, over those of the manifest", () => {
    const { kernel, faults, runtime, events, begun } = setUp();
    const env = { FAULT_ERROR_RATE: "0.3", MODE: "bad" };
    faults.inject({ kind: "bad-release", parameters: { image: "payment-api:1.1.0", env } });
    runtime.start({ ...spec, image: "payment-api:1.1.0", env: { MODE: "live", PORT: "1" } }, events);
    runtime.start({ ...spec, image: "payment-api:1.0.0" }, events);
    kernel.runFor(1_000);
    expect(begun.map(({ spec: { env } }) => env)).toEqual([
      { MODE: "bad", PORT: "1", FAULT_ERROR_RATE: "0.3" },
      { MODE: "live" },
    ]);
  });
});

describe("an image pattern", () => {
  it("takes dots as they are and * for any text", () => {
    expect(matches("a.b/web:1.0", "a.b/web:1.0")).toBe(true);
    expect(matches("a.b/web:1.0", "axb/web:1.0")).toBe(false);
    expect(matches("*web:*", "registry/web:2")).toBe(true);
    expect(matches("web", "web:2")).toBe(false);
  });
});

describe("what is no fault", () => {
  const cases: [string, unknown, string][] = [
    ["an unknown kind", { kind: "meteor" }, "kind"],
    ["no object", "slow-start", "body"],
    ["a missing parameter", { kind: "slow-start", parameters: { delayMs: 1 } }, "parameters.image"],
    [
      "a parameter too much",
      { kind: "node-lost", parameters: { cluster: "a", node: "b", when: 1 } },
      "parameters.when",
    ],
    ["a negative delay", { kind: "slow-start", parameters: { image: "a", delayMs: -1 } }, "parameters.delayMs"],
    [
      "variables that are no texts",
      { kind: "bad-release", parameters: { image: "a", env: { X: 1 } } },
      "parameters.env",
    ],
    ["a slow start that does nothing", { kind: "slow-start", parameters: { image: "a" } }, "parameters"],
    [
      "a cluster that is not there",
      { kind: "control-plane-unavailable", parameters: { cluster: "a", durationSeconds: 5 } },
      "parameters.cluster",
    ],
  ];
  it.each(cases)("is refused with the field: %s", (_, input, field) => {
    const { faults } = setUp();
    expect(() => faults.inject(input)).toThrow(FaultError);
    try {
      faults.inject(input);
    } catch (error) {
      expect(error).toMatchObject({ field, hint: like(/./) });
    }
    expect(faults.list()).toEqual([]);
  });
});
