/**
 * A program, not a module: started by `OrphanGuard`. Reads `+group` and `-group` lines, and when its input closes kills
 * the groups that are left.
 */
import { createInterface } from "node:readline";
import { killGroup } from "./process-group.ts";

const groups = new Set<number>();
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const groupId = Number(line.slice(1));
  if (line.startsWith("+")) groups.add(groupId);
  else groups.delete(groupId);
});
lines.on("close", () => {
  for (const groupId of groups) killGroup(groupId);
});
