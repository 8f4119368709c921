import type { Readable } from "node:stream";

/** Longer lines are cut into pieces of this many characters, as container runtimes do (16 KiB in the CRI log format). */
const lineLengthMax = 16_384;

/** Calls `onLines` with the complete lines of each chunk, and with the unfinished last one when the stream ends. */
export function readLines(stream: Readable, onLines: (lines: string[]) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split(/\r?\n/);
    const pieces = cut(lines.pop() ?? "");
    rest = pieces.pop() ?? "";
    const complete = [...lines.flatMap(cut), ...pieces];
    if (complete.length > 0) onLines(complete);
  });
  stream.on("end", () => {
    if (rest !== "") onLines([rest]);
  });
}

function cut(line: string): string[] {
  if (line.length <= lineLengthMax) return [line];
  const pieces: string[] = [];
  for (let start = 0; start < line.length; start += lineLengthMax) {
    pieces.push(line.slice(start, start + lineLengthMax));
  }
  return pieces;
}
