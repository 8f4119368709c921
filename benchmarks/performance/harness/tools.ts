import { spawnSync } from "node:child_process";

const debianPackages = {
  bash: "bash",
  haproxy: "haproxy",
  hey: "hey",
  nginx: "nginx-light",
  taskset: "util-linux",
  wrk: "wrk",
} as const;

export type Tool = keyof typeof debianPackages;

/** Ends the program with exit code 2 and says how to install what is missing. */
export function requireTools(tools: readonly Tool[]): void {
  if (process.platform !== "linux") stop("This benchmark needs Linux: it pins programs to cores and reads /proc.");
  const missing = tools.filter((tool) => !isInstalled(tool));
  if (missing.length === 0) return;
  stop(`Not on the PATH: ${missing.join(", ")}. On Debian and Ubuntu: ${installCommand(missing)}`);
}

/** Says so when it is not. */
export function isThere(tool: Tool): boolean {
  const installed = isInstalled(tool);
  if (!installed) console.log(`${tool} is left out: not on the PATH. On Debian and Ubuntu: ${installCommand([tool])}`);
  return installed;
}

function isInstalled(tool: Tool): boolean {
  return spawnSync(tool, ["-v"], { stdio: "ignore" }).error === undefined;
}

function installCommand(tools: readonly Tool[]): string {
  return `sudo apt-get install ${tools.map((tool) => debianPackages[tool]).join(" ")}`;
}

function stop(message: string): never {
  console.error(message);
  process.exit(2);
}
