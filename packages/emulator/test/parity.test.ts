import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { areas } from "../parity/areas.ts";
import { parityPage } from "../parity/page.ts";
import type { Witness } from "../parity/row.ts";
import { faultDefinitions } from "../src/faults/kinds.ts";

const rows = areas.flatMap((area) => area.rows);
const witnesses = rows.flatMap((row) => ("witness" in row && row.witness ? [row.witness] : []));

test("every row that works has a witness that exists", async () => {
  const lost = await Promise.all(witnesses.map(async (witness) => ((await exists(witness)) ? [] : [witness])));
  expect(lost.flat()).toEqual([]);
});

test("every fault of the library has its row", () => {
  const rowsOfFaults = areas.find(({ title }) => title === "Fault library")?.rows.map(({ subject }) => subject) ?? [];
  for (const kind of Object.keys(faultDefinitions)) expect(rowsOfFaults).toContain(`\`${kind}\``);
});

test("no area says the same thing twice", () => {
  for (const { title, rows: own } of areas) {
    const subjects = own.map(({ subject }) => subject);
    expect(new Set(subjects).size, title).toBe(subjects.length);
  }
});

test("docs/parity.md is what the table says (node packages/emulator/scripts/generate-parity.ts)", async () => {
  const page = await readFile(new URL("../../../docs/parity.md", import.meta.url), "utf8");
  expect(page).toBe(parityPage(areas));
});

const texts = new Map<string, Promise<string>>();

/** The name stands in the file as a text of its own, as `it`, `test`, `describe` or a table of cases has it. */
async function exists({ file, test: name }: Witness): Promise<boolean> {
  const base = file.includes("/") ? "../../../" : "./";
  const text = texts.get(file) ?? readFile(new URL(`${base}${file}`, import.meta.url), "utf8").catch(() => "");
  texts.set(file, text);
  const source = await text;
  return ['"', "`", "'"].some((quote) => source.includes(`${quote}${name}${quote}`));
}
