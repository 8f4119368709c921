// Writes the pages and schemas under docs/ that are made from the code. Run from the repository's root: npm run docs
import { writeFile } from "node:fs/promises";
import { generatedDocs } from "../pages/generated-docs.ts";

const docs = new URL("../../../docs/", import.meta.url);
for (const [name, text] of Object.entries(generatedDocs())) await writeFile(new URL(name, docs), text);
