/** Two texts as Go's difflib compares them: hunks with three lines around, without names of files. */
export function unifiedDiff(from: string, to: string): string {
  const [a, b] = [splitLines(from), splitLines(to)];
  return hunks(changes(a, b))
    .map((hunk) => written(hunk, a, b))
    .join("");
}

interface Block {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}

interface Change {
  readonly equal: boolean;
  readonly a: readonly [number, number];
  readonly b: readonly [number, number];
}

const contextLines = 3;
/** From this many lines on, those that make up more than a hundredth are too common to start a match. */
const crowdedFrom = 200;

function splitLines(text: string): readonly string[] {
  return text.split("\n").map((line) => `${line}\n`);
}

function changes(a: readonly string[], b: readonly string[]): readonly Change[] {
  const found: Change[] = [];
  let [i, j] = [0, 0];
  for (const block of [...matchingBlocks(a, b), { a: a.length, b: b.length, size: 0 }]) {
    if (i < block.a || j < block.b) found.push({ equal: false, a: [i, block.a], b: [j, block.b] });
    [i, j] = [block.a + block.size, block.b + block.size];
    if (block.size > 0) found.push({ equal: true, a: [block.a, i], b: [block.b, j] });
  }
  return found;
}

/** In order, with those that touch made one. */
function matchingBlocks(a: readonly string[], b: readonly string[]): readonly Block[] {
  const places = placesOf(b);
  const find = (lowA: number, highA: number, lowB: number, highB: number): readonly Block[] => {
    const match = longestMatch(a, b, places, [lowA, highA], [lowB, highB]);
    if (match.size === 0) return [];
    return [
      ...find(lowA, match.a, lowB, match.b),
      match,
      ...find(match.a + match.size, highA, match.b + match.size, highB),
    ];
  };
  const joined: Block[] = [];
  for (const block of find(0, a.length, 0, b.length)) {
    const last = joined.at(-1);
    if (last && last.a + last.size === block.a && last.b + last.size === block.b) {
      joined[joined.length - 1] = { ...last, size: last.size + block.size };
    } else joined.push(block);
  }
  return joined;
}

function placesOf(lines: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [index, line] of lines.entries()) places.set(line, [...(places.get(line) ?? []), index]);
  const limit = Math.floor(lines.length / 100) + 1;
  if (lines.length < crowdedFrom) return places;
  return new Map([...places].filter(([, indexes]) => indexes.length <= limit));
}

/** The longest run of equal lines, the first of several; common lines only lengthen one. */
function longestMatch(
  a: readonly string[],
  b: readonly string[],
  places: ReadonlyMap<string, readonly number[]>,
  [lowA, highA]: readonly [number, number],
  [lowB, highB]: readonly [number, number],
): Block {
  let best: Block = { a: lowA, b: lowB, size: 0 };
  let lengths = new Map<number, number>();
  for (let i = lowA; i < highA; i += 1) {
    const next = new Map<number, number>();
    for (const j of places.get(a[i] ?? "") ?? []) {
      if (j < lowB || j >= highB) continue;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size };
    }
    lengths = next;
  }
  while (best.a > lowA && best.b > lowB && a[best.a - 1] === b[best.b - 1])
    best = { a: best.a - 1, b: best.b - 1, size: best.size + 1 };
  const [endA, endB] = [(): number => best.a + best.size, (): number => best.b + best.size];
  while (endA() < highA && endB() < highB && a[endA()] === b[endB()]) best = { ...best, size: best.size + 1 };
  return best;
}

function hunks(all: readonly Change[]): readonly (readonly Change[])[] {
  const trimmed = all.map((change, index) => {
    if (!change.equal) return change;
    if (index === 0) return lastLines(change);
    return index === all.length - 1 ? firstLines(change) : change;
  });
  const groups: Change[][] = [[]];
  for (const change of trimmed) {
    if (change.equal && change.a[1] - change.a[0] > 2 * contextLines) {
      groups.at(-1)?.push(firstLines(change));
      groups.push([lastLines(change)]);
    } else groups.at(-1)?.push(change);
  }
  return groups.filter((group) => group.some(({ equal }) => !equal));
}

function firstLines({ equal, a, b }: Change): Change {
  const length = Math.min(contextLines, a[1] - a[0]);
  return { equal, a: [a[0], a[0] + length], b: [b[0], b[0] + length] };
}

function lastLines({ equal, a, b }: Change): Change {
  const length = Math.min(contextLines, a[1] - a[0]);
  return { equal, a: [a[1] - length, a[1]], b: [b[1] - length, b[1]] };
}

function written(hunk: readonly Change[], a: readonly string[], b: readonly string[]): string {
  const rangeOf = (side: "a" | "b"): string => range(hunk[0]?.[side][0] ?? 0, hunk.at(-1)?.[side][1] ?? 0);
  const lines = hunk.flatMap((change) => {
    const old = a.slice(...change.a);
    if (change.equal) return old.map((line) => ` ${line}`);
    return [...old.map((line) => `-${line}`), ...b.slice(...change.b).map((line) => `+${line}`)];
  });
  return `@@ -${rangeOf("a")} +${rangeOf("b")} @@\n${lines.join("")}`;
}

function range(start: number, end: number): string {
  const length = end - start;
  if (length === 1) return `${start + 1}`;
  return `${length === 0 ? start : start + 1},${length}`;
}
