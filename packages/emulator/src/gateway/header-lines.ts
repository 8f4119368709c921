/** Lines of the form `name: value` with nothing that parsers read differently: no folding, no bare CR or LF, no space before the colon. */
const headerLines = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/;

export function areHeaderLines(text: string): boolean {
  return headerLines.test(text);
}

/** Names to look for, in lower case, by length and then first letter. */
export type NameTable = readonly (string | undefined)[];

/** For each length the first letters of the names that have it: most headers are passed over after two comparisons. */
export function nameTable(names: readonly string[]): NameTable {
  const table: (string | undefined)[] = [];
  for (const name of names) table[name.length] = (table[name.length] ?? "") + name[0];
  return table;
}

/**
 * Walks over `lines` (valid ones) and gives those that `take` does not take, unchanged. `take` sees, in lower case, the
 * names of the table, and a few others by chance.
 */
export function takeLines(lines: string, table: NameTable, take: (name: string, value: string) => boolean): string {
  let kept = "";
  let keptFrom = 0;
  for (let at = 0; at < lines.length; ) {
    const colon = lines.indexOf(":", at);
    const end = lines.indexOf("\r\n", colon) + 2;
    const letters = table[colon - at];
    if (letters?.includes(String.fromCharCode(lines.charCodeAt(at) | 0x20))) {
      const name = lines.slice(at, colon).toLowerCase();
      if (take(name, trim(lines, colon + 1, end - 2))) {
        if (at > keptFrom) kept += lines.slice(keptFrom, at);
        keptFrom = end;
      }
    }
    at = end;
  }
  return keptFrom === 0 ? lines : kept + lines.slice(keptFrom);
}

/** Without the lines of the given names: those that a Connection header has declared to be for one hop. */
export function dropLines(lines: string, names: readonly string[]): string {
  return takeLines(lines, nameTable(names), (name) => names.includes(name));
}

/** Lower-case members of a comma-separated list. */
export function listMembers(value: string): string[] {
  return value
    .toLowerCase()
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");
}

/** Of spaces. Tabs stay, and make a value that we act on a wrong one: parsers differ there. */
function trim(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && text.charCodeAt(from) === 0x20) from += 1;
  while (to > from && text.charCodeAt(to - 1) === 0x20) to -= 1;
  return text.slice(from, to);
}
