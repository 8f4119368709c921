/** All readable on white and on black, so that one picture serves both themes. */
export const ink = "#80868f";
export const outcomeColours = { ok: "#2e9e6b", error: "#e0533d", refused: "#c02f7a", timeout: "#e59f2c" } as const;
const revisionColours = ["#3d7de0", "#9b5de0", "#1ba6a6", "#b5893c", "#777d86"];
const versionColours = ["#b5893c", "#1ba6a6", "#3d7de0"];

export function colourOfRevision(revisions: Readonly<Record<string, string>>, name: string): string {
  return colourAt(revisionColours, Object.keys(revisions).indexOf(name));
}

export function colourOfVersion(versions: readonly string[], name: string): string {
  return colourAt(versionColours, versions.indexOf(name));
}

function colourAt(colours: readonly string[], index: number): string {
  return colours[Math.max(0, index) % colours.length] ?? ink;
}
/** From nothing to fear to an outage; white letters can be read on all of them. */
export const riskColours = ["#1f7a50", "#6d7d2a", "#9a6700", "#b3491e", "#8f1f1a"] as const;
export const strategyColours = [
  "#e0533d",
  "#e59f2c",
  "#3d7de0",
  "#1ba6a6",
  "#9b5de0",
  "#2e9e6b",
  "#c02f7a",
  "#777d86",
  "#b5893c",
];

export function colourOfIndex(index: number): string {
  return colourAt(strategyColours, index);
}
/** What a node is while it is there. */
export const nodeColours = {
  old: "#b5893c",
  starting: "#c9ced6",
  new: "#1ba6a6",
  draining: "#e59f2c",
  stuck: "#c02f7a",
  "not ready": "#e0533d",
} as const;
/** What a lane did, and where it had to. */
export const laneColours = { live: "#e0533d", virtual: "#3d7de0", allowed: "#9db4d6" } as const;
