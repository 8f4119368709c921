import { type ChildProcess, spawn } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { killGroup } from "./process-group.ts";

/**
 * Ends the children of this process when it can no longer do so itself. One small process beside us knows the process
 * groups that live and reads a pipe that only we hold open: when we die, by SIGKILL too, the pipe closes and it kills
 * them. Started with the first child; started anew, with all that live, when somebody killed it.
 */
export class OrphanGuard {
  readonly #groups = new Set<number>();
  #keeper: ChildProcess | undefined;

  /** Call in the same turn as the spawn. */
  add(groupId: number): void {
    this.#groups.add(groupId);
    if (this.#keeper) this.#tell(`+${groupId}`);
    else this.#start();
  }

  /** Kills what is left of the group of a child that has ended. */
  remove(groupId: number): void {
    killGroup(groupId);
    this.#groups.delete(groupId);
    this.#tell(`-${groupId}`);
  }

  async close(): Promise<void> {
    const keeper = this.#keeper;
    if (!keeper) return;
    this.#keeper = undefined;
    const exited = new Promise<void>((resolve) => keeper.once("exit", () => resolve()));
    keeper.stdin?.end();
    await exited;
  }

  #start(): void {
    const path = fileURLToPath(new URL(`./keeper${extname(import.meta.url)}`, import.meta.url));
    // A group of its own, so that Ctrl-C on the terminal does not end it before us.
    const keeper = spawn(process.execPath, [path], { detached: true, env: {}, stdio: ["pipe", "ignore", "ignore"] });
    keeper.on("error", () => this.#lost(keeper));
    keeper.on("exit", () => this.#lost(keeper));
    keeper.stdin?.on("error", () => this.#lost(keeper));
    keeper.unref();
    this.#keeper = keeper;
    for (const groupId of this.#groups) this.#tell(`+${groupId}`);
  }

  #lost(keeper: ChildProcess): void {
    if (this.#keeper !== keeper) return;
    this.#keeper = undefined;
    if (keeper.pid !== undefined && this.#groups.size > 0) this.#start();
  }

  #tell(message: string): void {
    this.#keeper?.stdin?.write(`${message}\n`);
  }
}
