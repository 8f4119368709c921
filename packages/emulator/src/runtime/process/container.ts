import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import type { Scheduler } from "@fairway/kernel";
import type { ImageProgram } from "../../azure.ts";
import type { Address, Container, ContainerEvents, ContainerSpec, ProbeRequest, Usage } from "../../world/ports.ts";
import { childEnvironment } from "./environment.ts";
import { readLines } from "./log-lines.ts";
import type { OrphanGuard } from "./orphan-guard.ts";
import type { PortChooser } from "./port-chooser.ts";
import { type Probe, startProbe } from "./probe.ts";
import { killGroup } from "./process-group.ts";
import { ProcessUsage } from "./usage.ts";

export interface ContainerParts {
  readonly clock: Scheduler;
  readonly ports: PortChooser;
  readonly guard: OrphanGuard;
  readonly program: ImageProgram;
  readonly spec: ContainerSpec;
  readonly events: ContainerEvents;
  readonly proxyUrl: string | undefined;
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
}

type State =
  /** A port is looked for. `signal`: what came meanwhile. */
  | { readonly kind: "preparing"; readonly signal?: "SIGTERM" | "SIGKILL" }
  | {
      readonly kind: "running";
      readonly child: ChildProcess;
      readonly groupId: number;
      readonly address: Address;
      readonly usage: ProcessUsage;
    }
  | { readonly kind: "ended" };

/** After the end of a child its output is read for so long, should somebody who left its group hold it open. */
const outputGraceMs = 1_000;

export class ProcessContainer implements Container {
  /** Settles when no process is left and the end has been put on the scheduler. Never rejects. */
  readonly gone: Promise<void>;
  readonly #parts: ContainerParts;
  readonly #probes = new Set<Probe>();
  #state: State = { kind: "preparing" };

  constructor(parts: ContainerParts) {
    this.#parts = parts;
    this.gone = this.#run();
  }

  address(): Address | undefined {
    return this.#state.kind === "running" ? this.#state.address : undefined;
  }

  terminate(): void {
    if (this.#state.kind === "running") this.#state.child.kill("SIGTERM");
    else if (this.#state.kind === "preparing") this.#state = { signal: "SIGTERM", ...this.#state };
  }

  kill(): void {
    if (this.#state.kind === "running") killGroup(this.#state.groupId);
    else if (this.#state.kind === "preparing") this.#state = { kind: "preparing", signal: "SIGKILL" };
  }

  probe(request: ProbeRequest, done: (ok: boolean, message: string) => void): void {
    if (this.#state.kind === "ended") return;
    const { clock, spec } = this.#parts;
    // The manifest's port is the one that the child got; on any other nobody can listen here.
    const own = request.port === undefined || spec.port === undefined || request.port === spec.port;
    const probe = startProbe(clock, own ? this.address() : undefined, request, (ok, message) => {
      if (this.#probes.delete(probe)) done(ok, message);
    });
    this.#probes.add(probe);
  }

  usage(fromMs: number): Usage | undefined {
    return this.#state.kind === "running" ? this.#state.usage.between(fromMs) : undefined;
  }

  async #run(): Promise<void> {
    try {
      const refusal = this.#refusal();
      if (refusal) return this.#failToStart("CreateContainerError", refusal);
      const port = await this.#parts.ports.choose();
      if (this.#state.kind === "preparing" && this.#state.signal) return this.#neverStarted(this.#state.signal);
      const child = this.#spawn(port);
      if (child.pid === undefined) return this.#failToStart("RunContainerError", await spawnProblem(child));
      this.#parts.guard.add(child.pid);
      const usage = new ProcessUsage(this.#parts.clock, child.pid);
      this.#state = { kind: "running", child, groupId: child.pid, address: { host: "127.0.0.1", port }, usage };
      this.#later(() => this.#parts.events.started());
      const exit = await this.#end(child, child.pid);
      this.#later(() => this.#parts.events.exited(exit));
    } catch (error) {
      this.#failToStart("RunContainerError", error instanceof Error ? error.message : String(error));
    }
  }

  /** A manifest may add arguments to the catalogue's program; it may not name another program of this machine. */
  #refusal(): string | undefined {
    if (!this.#parts.spec.command) return undefined;
    return `image "${this.#parts.spec.image}" runs as a process here: its command cannot be replaced, only given args`;
  }

  #spawn(port: number): ChildProcess {
    const { program, spec } = this.#parts;
    const [file, ...programArgs] = program.command;
    const child = spawn(file, [...programArgs, ...(spec.args ?? [])], {
      cwd: program.workingDirectory,
      env: childEnvironment({ ...this.#parts, port }),
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) readLines(stream, (lines) => this.#log(lines));
    }
    return child;
  }

  #log(lines: readonly string[]): void {
    this.#later(() => {
      for (const line of lines) this.#parts.events.log(line);
    });
  }

  async #end(child: ChildProcess, groupId: number): Promise<{ exitCode: number; signal?: string }> {
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const exit = await new Promise<{ exitCode: number; signal?: string }>((resolve) => {
      child.once("exit", (code, signal) => resolve(exitOf(code, signal)));
    });
    // The first process of a container takes the others with it.
    this.#parts.guard.remove(groupId);
    if (this.#state.kind === "running") this.#state.usage.stop();
    this.#state = { kind: "ended" };
    for (const probe of this.#probes) probe.cancel();
    this.#probes.clear();
    const impatience = this.#parts.clock.after(outputGraceMs, () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    });
    await closed;
    impatience.cancel();
    return exit;
  }

  #neverStarted(signal: "SIGTERM" | "SIGKILL"): void {
    this.#state = { kind: "ended" };
    this.#later(() => this.#parts.events.exited(exitOf(null, signal)));
  }

  #failToStart(reason: string, message: string): void {
    this.#state = { kind: "ended" };
    this.#later(() => this.#parts.events.failedToStart(reason, message));
  }

  #later(run: () => void): void {
    this.#parts.clock.after(0, run);
  }
}

function spawnProblem(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.once("error", (error) => resolve(error.message)));
}

/** An end by signal is exit code 128 + its number, as container runtimes report it. */
function exitOf(code: number | null, signal: NodeJS.Signals | null): { exitCode: number; signal?: string } {
  return signal ? { exitCode: 128 + constants.signals[signal], signal } : { exitCode: code ?? 0 };
}
