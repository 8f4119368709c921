/** SIGKILL to a process and all that it started. Nothing happens when they are gone already. */
export function killGroup(groupId: number): void {
  try {
    // Windows knows no process groups: there the child alone.
    process.kill(process.platform === "win32" ? groupId : -groupId, "SIGKILL");
  } catch (error) {
    if (!isNoSuchProcess(error)) throw error;
  }
}

/** EPERM: macOS answers that for a group of which only zombies are left. */
function isNoSuchProcess(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "EPERM");
}
