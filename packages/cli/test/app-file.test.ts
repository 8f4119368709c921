import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exitCodes } from "../src/exit-codes.ts";
import { run } from "./run.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairway-cli-"));
});
afterAll(() => rm(folder, { recursive: true }));

const target = ["--target", "aca://11111111-2222-4333-8444-555555555555/group/environment"];
const shop = "name: shop\nimage: shop:1\n";

test.for<{ name: string; content: string | Uint8Array; code: string; says: RegExp }>([
  { name: "empty", content: "", code: "app-invalid", says: /it is empty/ },
  { name: "a comment only", content: "# nothing\n", code: "app-invalid", says: /it is empty/ },
  { name: "broken", content: "name: shop\n  image: [\n", code: "app-invalid", says: /line 1, column 7/ },
  { name: "a list", content: "[]", code: "app-invalid", says: /not valid: must be an object\./ },
  { name: "null", content: "null", code: "app-invalid", says: /not valid: must be an object\./ },
  { name: "binary", content: Uint8Array.of(0, 159, 146, 150, 255), code: "usage", says: /not UTF-8 text/ },
  { name: "UTF-16", content: Buffer.from(`\ufeff${shop}`, "utf16le"), code: "usage", says: /not UTF-8 text/ },
  {
    name: "huge",
    content: `${shop}env:\n${'  K: "v"\n'.repeat(400_000)}`,
    code: "app-invalid",
    says: /more than 256 KiB/,
  },
  { name: "nested without end", content: `a: ${"[".repeat(20_000)}`, code: "app-invalid", says: /RESOURCE_EXHAUSTION/ },
  { name: "two documents", content: `${shop}---\n${shop}`, code: "app-invalid", says: /one app per file/ },
])("a file that is $name is refused in a sentence", async ({ name, content, code, says }) => {
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, content);
  const outcome = await run(["plan", file, ...target]);
  expect(outcome).toMatchObject({ code: exitCodes.usage, stdout: "" });
  expect(outcome.stderr).toMatch(new RegExp(`^error \\[${code}\\]: .*${says.source}.*\nhint: .+\n$`));
});

test("a folder, and a file that is not there, are told apart", async () => {
  await mkdir(join(folder, "folder.yaml"));
  expect((await run(["deploy", join(folder, "folder.yaml"), ...target])).stderr).toContain("it is a folder");
  expect((await run(["deploy", join(folder, "nothing.yaml"), ...target])).stderr).toContain("it does not exist");
});

test("fields that are wrong are listed, each with its path", async () => {
  const file = join(folder, "wrong.yaml");
  await writeFile(file, `${shop}replicas: 3\nresources: { cpu: 0 }\n`);
  const { code, stderr } = await run(["deploy", file, ...target]);
  expect(code).toBe(exitCodes.usage);
  expect(stderr).toContain("\n  resources.cpu: must be greater than 0\n");
  expect(stderr).toContain("\n  replicas: unknown field\n");
});
