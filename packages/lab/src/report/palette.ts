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
