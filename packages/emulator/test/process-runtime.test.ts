import { describe, expect, test, vi } from "vitest";
import type { ProbeRequest } from "../src/world/ports.ts";
import { dead, exited, isAlive, listening, type Recorded, runtimeUnderTest } from "./process-runtime-parts.ts";

interface Seen {
  readonly env: Record<string, string>;
  readonly args: readonly string[];
}

async function ask(recorded: Recorded, path = "/"): Promise<Seen> {
  const address = recorded.container.address();
  const response = await fetch(`http://${address?.host}:${address?.port}${path}`);
  return (await response.json()) as Seen;
}

describe("a replica is a child process", () => {
  test("it listens on the port that it is told, sees its own environment and nothing of its parent's", async () => {
    await using runtime = runtimeUnderTest("http://payments.aks1@127.0.0.1:9");
    const replica = runtime.start({ env: { GREETING: "hello", PORT: "8080" }, args: ["--fast"] });
    expect(replica.container.address()).toBeUndefined();
    await listening(replica);
    expect(replica.happened).toEqual(["started"]);
    const { env, args } = await ask(replica);
    expect(args).toEqual(["--fast"]);
    expect(env).toMatchObject({ GREETING: "hello", FROM_IMAGE: "yes", HOME: "/home/nobody" });
    expect(env["PORT"]).toBe(String(replica.container.address()?.port));
    expect(env["HTTP_PROXY"]).toBe("http://payments.aks1:scope@127.0.0.1:9/");
    expect(env).toMatchObject({ NODE_USE_ENV_PROXY: "1", NO_PROXY: "127.0.0.1,localhost" });
    expect(env).not.toHaveProperty("SECRET_OF_PARENT");
  });

  test.runIf(process.platform === "linux")("it tells what it and its children use", async () => {
    await using runtime = runtimeUnderTest();
    const family = runtime.start({ env: { MODE: "family" } });
    await listening(family);
    const usage = await vi.waitFor(() => family.container.usage?.(0, 0) ?? expect.unreachable(), 5_000);
    expect(usage.cpuMillicores).toBeGreaterThan(0);
    // Two programs of Node, which holds more than 30 MiB each.
    expect(usage.memoryBytes).toBeGreaterThan(60 * 1_048_576);
  });

  test("SIGTERM lets it leave, and its address goes with it", async () => {
    await using runtime = runtimeUnderTest();
    const replica = runtime.start();
    await listening(replica);
    replica.container.terminate();
    expect(await exited(replica)).toEqual({ exitCode: 0 });
    expect(replica.container.address()).toBeUndefined();
    expect(replica.happened).toEqual(["started", "exited"]);
  });

  test("one that ignores SIGTERM stays until SIGKILL, and its grandchildren go with it", async () => {
    await using runtime = runtimeUnderTest();
    const stubborn = runtime.start({ env: { MODE: "stubborn" } });
    await listening(stubborn);
    stubborn.container.terminate();
    await vi.waitFor(() => expect(stubborn.lines).toContain("no"), 5_000);
    expect(stubborn.exit).toBeUndefined();
    stubborn.container.kill();
    expect(await exited(stubborn)).toEqual({ exitCode: 137, signal: "SIGKILL" });

    for (const end of ["kill", "terminate"] as const) {
      const family = runtime.start({ env: { MODE: "family" } });
      await listening(family);
      const grandchild = Number(family.lines.find((line) => line.startsWith("grandchild"))?.split(" ")[1]);
      expect(isAlive(grandchild)).toBe(true);
      family.container[end]();
      await exited(family);
      await dead(grandchild);
    }
  });

  test("a crash tells its exit code after its last words; one killed before it ran never starts", async () => {
    await using runtime = runtimeUnderTest();
    const crashed = runtime.start({ env: { MODE: "crash" } });
    expect(await exited(crashed)).toEqual({ exitCode: 3 });
    expect(crashed.lines).toEqual(["cannot go on"]);
    const early = runtime.start();
    early.container.kill();
    expect(await exited(early)).toEqual({ exitCode: 137, signal: "SIGKILL" });
    expect(early.happened).toEqual(["exited"]);
  });

  test("what cannot start says why", async () => {
    await using runtime = runtimeUnderTest();
    const cases = [
      { spec: { image: "missing:1" }, reason: "RunContainerError", message: /ENOENT/ },
      { spec: { command: ["sh", "-c", "id"] }, reason: "CreateContainerError", message: /command cannot be replaced/ },
      { spec: { image: "app:does-not-exist" }, reason: "ErrImagePull", message: /app:does-not-exist: not found/ },
      { spec: { image: "App::" }, reason: "InvalidImageName", message: /invalid reference format/ },
    ];
    for (const { spec, reason, message } of cases) {
      const replica = runtime.start(spec);
      await vi.waitFor(() => expect(replica.failure?.reason).toBe(reason), 5_000);
      expect(replica.failure?.message).toMatch(message);
      expect(replica.happened).toEqual(["failedToStart"]);
    }
  });

  test("images outside of the catalogue are modelled", async () => {
    await using runtime = runtimeUnderTest();
    const replica = runtime.start({ image: "elsewhere/app:2" });
    await vi.waitFor(() => expect(replica.happened).toEqual(["started"]), 5_000);
    expect(replica.container.address()?.host).toMatch(/^10\.244\./);
  });

  test("close leaves nobody behind", async () => {
    const runtime = runtimeUnderTest();
    const replicas = [runtime.start({ env: { MODE: "stubborn" } }), runtime.start(), runtime.start()];
    const pids = await Promise.all(replicas.map(listening));
    const unborn = runtime.start();
    await runtime.close();
    expect(pids.map(isAlive)).toEqual([false, false, false]);
    expect(unborn.container.address()).toBeUndefined();
  });
});

describe("probes", () => {
  function probe(recorded: Recorded, request: Partial<ProbeRequest>): Promise<{ ok: boolean; message: string }> {
    return new Promise((resolve) => {
      const full: ProbeRequest = { kind: "httpGet", path: "/", port: 8080, timeoutMs: 5_000, ...request };
      recorded.container.probe(full, (ok, message) => resolve({ ok, message }));
    });
  }

  test("an HTTP probe passes on 200 to 399 and fails in the kubelet's words", async () => {
    await using runtime = runtimeUnderTest();
    const replica = runtime.start();
    await listening(replica);
    const base = `http://127.0.0.1:${replica.container.address()?.port}`;
    expect((await probe(replica, { path: "/" })).ok).toBe(true);
    expect((await probe(replica, { path: "moved" })).ok).toBe(true);
    expect(await probe(replica, { path: "/bad" })).toEqual({
      ok: false,
      message: "HTTP probe failed with statuscode: 503",
    });
    expect(await probe(replica, { path: "/slow", timeoutMs: 100 })).toEqual({
      ok: false,
      message: `Get "${base}/slow": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    });
    expect(await probe(replica, { path: "/cut" })).toEqual({ ok: false, message: `Get "${base}/cut": EOF` });
    expect(await probe(replica, { port: 9999 })).toMatchObject({ ok: false });
  });

  test("a TCP probe asks whether somebody listens", async () => {
    await using runtime = runtimeUnderTest();
    const [deaf, open] = [runtime.start({ env: { MODE: "deaf" } }), runtime.start()];
    await listening(open);
    await vi.waitFor(() => expect(deaf.lines).toContain("deaf"), 10_000);
    expect((await probe(open, { kind: "tcpSocket" })).ok).toBe(true);
    expect(await probe(deaf, { kind: "tcpSocket" })).toEqual({
      ok: false,
      message: `dial tcp 127.0.0.1:${deaf.container.address()?.port}: connect: connection refused`,
    });
  });

  test("no answer comes after the end of the container", async () => {
    await using runtime = runtimeUnderTest();
    const replica = runtime.start();
    await listening(replica);
    const late = vi.fn();
    replica.container.probe({ kind: "httpGet", path: "/slow", timeoutMs: 60_000 }, () => {
      if (replica.exit) late();
    });
    replica.container.kill();
    await exited(replica);
    replica.container.probe({ kind: "tcpSocket", timeoutMs: 1 }, late);
    const witness = runtime.start({ env: { MODE: "crash" } });
    await exited(witness);
    expect(late).not.toHaveBeenCalled();
  });
});

test("output arrives line by line, the unfinished last one too, and endless lines are cut", async () => {
  await using runtime = runtimeUnderTest();
  const replica = runtime.start({ env: { MODE: "talk" } });
  expect(await exited(replica)).toEqual({ exitCode: 0 });
  expect(replica.lines[0]).toBe("żółć");
  expect(replica.lines[1]).toBe("");
  expect(replica.lines.slice(2).map((line) => line.length)).toEqual([16_384, 16_384, 7_232, 4]);
});
