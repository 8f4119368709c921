import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface BenchmarkedServer extends AsyncDisposable {
  readonly port: number;
  /** User and system time of the process so far, in microseconds; in steps of 10 ms. */
  cpuUs(): number;
}

const apps = join(import.meta.dirname, "../../../apps");

export function startBareExpress(): Promise<BenchmarkedServer> {
  return startServer(join(import.meta.dirname, "bare-express.ts"), {}, "/", () => true);
}

/** As it runs in production: request log on (into /dev/null), metrics on. */
export async function startPaymentApi(databaseUrl: string): Promise<BenchmarkedServer> {
  const configServer = await startServer(join(apps, "config-server/src/main.ts"), {}, "/health/ready", isOk);
  const environment = {
    DATABASE_URL: databaseUrl,
    DATABASE_CONNECTIONS_MAX: "8",
    CONFIG_URL: `http://127.0.0.1:${configServer.port}`,
    SHUTDOWN_DRAIN_MS: "0",
  };
  const server = await startServer(join(apps, "payment-api/src/main.ts"), environment, "/health/ready", isOk);
  await configServer[Symbol.asyncDispose]();
  return server;
}

function isOk(status: number): boolean {
  return status === 200;
}

async function startServer(
  file: string,
  environment: Record<string, string>,
  path: string,
  isUp: (status: number) => boolean,
): Promise<BenchmarkedServer> {
  const port = await freePort();
  const env = { ...process.env, NODE_ENV: "production", ...environment, PORT: String(port) };
  const child = spawn(process.execPath, [file], { env, stdio: ["ignore", "ignore", "inherit"] });
  while (
    !(await fetch(`http://127.0.0.1:${port}${path}`).then(
      ({ status }) => isUp(status),
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`${file} ended with ${child.exitCode}`);
    await delay(20);
  }
  return { port, cpuUs: () => cpuUsOf(child), [Symbol.asyncDispose]: () => end(child) };
}

/** Linux: fields 14 and 15 of /proc/PID/stat, in ticks of 10 ms. */
function cpuUsOf(child: ChildProcess): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function end(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await exited;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
