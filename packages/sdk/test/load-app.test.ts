import { FairwayError, loadApp } from "@fairway/sdk";
import { expect, test } from "vitest";

const yaml = `
name: payment-api
image: registry.example/payment-api:1.0.0
scale:
  min: 2
  rules:
    - type: http
      concurrentRequests: 50
`;

test("YAML and JSON give the same app", async () => {
  const fromYaml = await loadApp(yaml);
  const json = JSON.stringify({
    name: "payment-api",
    image: "registry.example/payment-api:1.0.0",
    scale: { min: 2, rules: [{ type: "http", concurrentRequests: 50 }] },
  });
  expect(await loadApp(json)).toEqual(fromYaml);
  expect(await loadApp(json, { format: "yaml" })).toEqual(fromYaml);
  expect(fromYaml.scale).toMatchObject({ min: 2, max: 10, rules: [{ type: "http", concurrentRequests: 50 }] });
});

async function failureOf(text: string, format?: "json" | "yaml"): Promise<FairwayError> {
  const error = await loadApp(text, format ? { format } : {}).catch((thrown: unknown) => thrown);
  if (!(error instanceof FairwayError)) throw error;
  expect(error.code).toBe("app-invalid");
  return error;
}

test("a wrong field has its path, from YAML as well", async () => {
  const { issues } = await failureOf(yaml.replace("http", "htpp"));
  expect(issues.map(({ path }) => path)).toEqual(["scale.rules[0].type"]);
});

test("a text that cannot be read says where, and does not quote what may be a secret", async () => {
  const json = await failureOf('{\n  "name": "x",\n  "secrets": { "key": "hunter2" oops }\n}');
  expect(json.message).toContain("line 3");
  expect(`${json.message} ${json.hint}`).not.toContain("hunter2");
  const brokenYaml = await failureOf("name: x\nsecrets:\n  key: 'hunter2\nimage: y\n");
  expect(brokenYaml.message).toMatch(/line \d/);
  expect(`${brokenYaml.message} ${brokenYaml.hint}`).not.toContain("hunter2");
  expect((await failureOf('{"name": ')).message).toContain("ends too early");
});

test.each([
  ["nothing", ""],
  ["two documents", `${yaml}---${yaml}`],
  ["a list", "- name: x"],
  ["a text", "payment-api"],
])("%s is no app", async (_, text) => {
  await failureOf(text, "yaml");
});

test("aliases that grow without end are refused", async () => {
  const bomb = [
    "a0: &a0 [x, x, x]",
    ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`),
  ];
  expect((await failureOf(bomb.join("\n"), "yaml")).message).toContain("aliases");
});
