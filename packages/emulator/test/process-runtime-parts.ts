import { fileURLToPath } from "node:url";
import { createRealTimeKernel } from "@fairway/kernel";
import { expect, vi } from "vitest";
import type { ImageProgram } from "../src/azure.ts";
import { createModelRuntime } from "../src/runtime/model/runtime.ts";
import { createProcessRuntime } from "../src/runtime/process/runtime.ts";
import { defaultCalibration } from "../src/world/calibration.ts";
import type { Container, ContainerExit, ContainerSpec } from "../src/world/ports.ts";

export const app: ImageProgram = {
  command: [process.execPath, fileURLToPath(new URL("./process-runtime-app.ts", import.meta.url))],
  env: { FROM_IMAGE: "yes" },
};

export interface Recorded {
  readonly container: Container;
  readonly lines: string[];
  readonly happened: ("started" | "exited" | "failedToStart")[];
  exit?: ContainerExit;
  failure?: { reason: string; message: string };
}

export interface RuntimeUnderTest extends AsyncDisposable {
  start(spec?: Partial<ContainerSpec>): Recorded;
  close(): Promise<void>;
}

/** A process runtime whose containers write down what happens to them. */
export function runtimeUnderTest(proxyUrl?: string): RuntimeUnderTest {
  const kernel = createRealTimeKernel({ seed: 1 });
  const world = { ...kernel, calibration: defaultCalibration, timeScale: 1_000 };
  const runtime = createProcessRuntime({
    clock: kernel.clock,
    images: { "app:1": app, "missing:1": { command: ["/no/such/program"] } },
    proxyUrl: () => proxyUrl,
    fallback: createModelRuntime(world),
    hostEnvironment: { PATH: process.env["PATH"], HOME: "/home/nobody", SECRET_OF_PARENT: "hunter2" },
  });
  let started = 0;
  const close = async (): Promise<void> => {
    await runtime.close();
    kernel.close();
  };
  return {
    start(spec = {}) {
      let inside = true;
      const record = (what: Recorded["happened"][number]): void => {
        if (inside) throw new Error("called from inside start");
        recorded.happened.push(what);
      };
      const recorded: Recorded = {
        lines: [],
        happened: [],
        container: runtime.start(
          { id: `c${++started}`, image: "app:1", env: {}, port: 8080, ...spec },
          {
            started: () => record("started"),
            log: (line) => recorded.lines.push(line),
            exited(exit) {
              recorded.exit = exit;
              record("exited");
            },
            failedToStart(reason, message) {
              recorded.failure = { reason, message };
              record("failedToStart");
            },
          },
        ),
      };
      inside = false;
      return recorded;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

export async function listening(recorded: Recorded): Promise<number> {
  const line = await vi.waitFor(() => {
    const found = recorded.lines.find((entry) => entry.startsWith("listening "));
    expect(found).toBeDefined();
    return found ?? "";
  }, 10_000);
  return Number(line.split(" ")[1]);
}

export async function exited(recorded: Recorded): Promise<ContainerExit> {
  return vi.waitFor(() => {
    expect(recorded.exit).toBeDefined();
    return recorded.exit as ContainerExit;
  }, 10_000);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export async function dead(pid: number): Promise<void> {
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 10_000);
}
