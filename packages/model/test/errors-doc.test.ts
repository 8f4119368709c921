import { readFile } from "node:fs/promises";
import { errorCodes } from "@fairway/model";
import { expect, test } from "vitest";

const page = await readFile(new URL("../../../docs/errors.md", import.meta.url), "utf8");

test("every code has its paragraph in docs/errors.md, and the page has no other", () => {
  const headings = [...page.matchAll(/^## (.+)$/gm)].map((match) => match[1]);
  expect(headings).toEqual([...errorCodes]);
});

test("every code has its row in the table, with a link to its paragraph", () => {
  const rows = [...page.matchAll(/^\| \[`([a-z-]+)`\]\(#([a-z-]+)\) +\|/gm)].map((match) => [match[1], match[2]]);
  expect(rows).toEqual(errorCodes.map((code) => [code, code]));
});
