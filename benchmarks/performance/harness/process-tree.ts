import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface RunningProgram extends AsyncDisposable {
  readonly pid: number;
}

/** Starts a program on some cores, `0` or `0,1`, and waits until it listens on `port`; ends it, and what it started, when disposed of. */
export async function startPinned(cores: string, command: readonly string[], port: number): Promise<RunningProgram> {
  const child = spawn("taskset", ["-c", cores, ...command], { stdio: ["ignore", "ignore", "inherit"] });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`taskset did not start ${command[0]}`);
  const exited = once(child, "exit");
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`${command[0]} ended with code ${child.exitCode}`);
    await delay(20);
  }
  return {
    pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/** Time on a CPU that the process and its descendants have had, all threads together, in microseconds. Linux only. */
export function cpuTimeUs(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`;
    nanoseconds += Number(readFileSync(`${folder}/schedstat`, "utf8").split(" ")[0]);
    const children = readFileSync(`${folder}/children`, "utf8").split(" ").filter(Boolean);
    for (const child of children) nanoseconds += cpuTimeUs(Number(child)) * 1_000;
  }
  return nanoseconds / 1_000;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
