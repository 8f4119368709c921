import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { generatedDocs, reportJsonSchema } from "../pages/generated-docs.ts";
import { fieldsWithoutMeaning } from "../pages/schema-page.ts";

test.for(Object.entries(generatedDocs()))("docs/%s is what the code says (npm run docs)", async ([name, text]) => {
  expect(await readFile(new URL(`../../../docs/${name}`, import.meta.url), "utf8")).toBe(text);
});

test("every field of report.json says what it means", () => {
  expect(fieldsWithoutMeaning(reportJsonSchema())).toEqual([]);
});
