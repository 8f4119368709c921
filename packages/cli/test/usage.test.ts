import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorCodes } from "@fairway/model";
import { expect, test } from "vitest";
import { exitCodeOf, exitCodes } from "../src/exit-codes.ts";
import { run } from "./run.ts";

const commands = ["calibrate", "compare", "emulator", "deploy", "plan", "status", "shift", "logs", "upgrade", "lab"];
const target = ["--target", "aca://11111111-2222-4333-8444-555555555555/group/environment"];

test("help names every command", async () => {
  const { code, stdout } = await run(["--help"]);
  expect(code).toBe(exitCodes.done);
  for (const command of commands) expect(stdout).toContain(`\n  ${command} `);
});

test.for(commands)("help of %s has an example and --json", async (command) => {
  const { code, stdout, stderr } = await run([command, "--help"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/Examples?:\n {2}fairway /);
  expect(stdout).toContain("--json");
});

test.for([
  { name: "no command", args: [] },
  { name: "an unknown command", args: ["nonsense"] },
  { name: "an unknown option", args: ["status", "--nonsense"] },
  { name: "a missing argument", args: ["deploy"] },
  { name: "no target", args: ["status"] },
  { name: "a target of another kind", args: ["status", "--target", "gke://a/b"] },
  { name: "a target with too few parts", args: ["status", "--target", "aks://11111111-2222-4333-8444-555555555555/g"] },
  { name: "a file that is not there", args: ["deploy", "nothere.yaml", ...target] },
  { name: "a weight that is no number", args: ["shift", "app", "one=many", ...target] },
  { name: "a revision that is named twice", args: ["shift", "app", "one=50", "one=50", ...target] },
  { name: "what cannot be the name of an app", args: ["status", "../../shop", ...target] },
  { name: "an upgrade to nowhere", args: ["upgrade", "run", ...target] },
  {
    name: "a way of upgrading that there is not",
    args: ["upgrade", "plan", "--to", "1.35", "--strategy", "x", ...target],
  },
  { name: "hours that are none", args: ["upgrade", "plan", "--to", "1.35", "--window", "22-4", ...target] },
  { name: "a revision of nothing", args: ["upgrade", "plan", "--strategy", "revision", ...target] },
  {
    name: "shares that are none",
    args: [
      "upgrade",
      "plan",
      "--strategy",
      "revision",
      "--app",
      "examples/config-server.yaml",
      "--shares",
      "x",
      ...target,
    ],
  },
  { name: "an app beside a cluster", args: ["upgrade", "plan", "--to", "1.35", "--app", "a.yaml", ...target] },
  {
    name: "a week without hours",
    args: ["upgrade", "plan", "--strategy", "maintenance", "--hours", "Tue 1", ...target],
  },
  { name: "a condition that is none", args: ["upgrade", "plan", "--to", "1.35", "--metric", "errors", ...target] },
  {
    name: "an authority that is not there",
    args: ["status", ...target, "--arm-endpoint", "https://[::1]", "--arm-ca", "x"],
  },
  { name: "an endpoint that is no URL", args: ["status", ...target, "--arm-endpoint", "banana"] },
  { name: "a port that is no number", args: ["emulator", "--port", "banana"] },
  { name: "a calibration that is not there", args: ["emulator", "--calibration", "nothere.yaml"] },
  { name: "a calibration that is another file", args: ["emulator", "--calibration", "examples/config-server.yaml"] },
  { name: "an export that is not there", args: ["calibrate", "--export", "nothere.json"] },
  { name: "an export that is another file", args: ["calibrate", "--export", "package.json"] },
  { name: "days that Azure does not keep", args: ["calibrate", "--days", "400", ...target] },
  {
    name: "a calibration of trials that is not there",
    args: ["compare", "--lane", "virtual", "--calibration", "nothere.yaml"],
  },
  { name: "a secret without a value", args: ["deploy", "examples/config-server.yaml", "--secret", "x", ...target] },
  { name: "a tail that is no number", args: ["logs", "app", "--tail", "-1", ...target] },
])("$name ends with the exit code of usage, and a word on standard error only", async ({ args }) => {
  const { code, stdout, stderr } = await run(args);
  expect(code).toBe(exitCodes.usage);
  expect(stdout).toBe("");
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr.length).toBeGreaterThan(20);
});

test.for([
  { wrong: "name: shop\nimage: shop:1\nreplicas: 3\n", path: "replicas" },
  { wrong: "name: shop\nimage: shop:1\nresources: { cpu: 0 }\n", path: "resources.cpu" },
  { wrong: "name: shop\nimage: shop:1\nscale: { rules: [{ type: magic }] }\n", path: "scale.rules[0].type" },
])("an app with a wrong $path is refused as JSON with that path", async ({ wrong, path }) => {
  const folder = await mkdtemp(join(tmpdir(), "fairway-cli-"));
  try {
    const file = join(folder, "app.yaml");
    await writeFile(file, wrong);
    const { code, stdout, stderr } = await run(["deploy", file, ...target, "--json"]);
    expect({ code, stdout }).toEqual({ code: exitCodes.usage, stdout: "" });
    const { error } = JSON.parse(stderr) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ code: "app-invalid", issues: [{ path }] });
    expect(error["hint"]).toBeTruthy();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a secret read from the environment must be there", async () => {
  const args = ["deploy", "examples/payment-api.yaml", "--secret", "database-url=@", ...target];
  const { code, stderr } = await run(args);
  expect(code).toBe(exitCodes.usage);
  expect(stderr).toContain("DATABASE_URL_VALUE");
});

test("every error code has an exit code that is not success", () => {
  for (const code of errorCodes) expect([1, 2, 3, 4, 130]).toContain(exitCodeOf(code));
});
