import { type AppDescription, appJsonSchema, defineApp, FairwayError, parseApp } from "@fairway/model";
import { expect, test } from "vitest";

function issuesOf(description: unknown): Record<string, string> {
  try {
    parseApp(description);
  } catch (error) {
    if (!(error instanceof FairwayError)) throw error;
    expect(error.code).toBe("app-invalid");
    return Object.fromEntries(error.issues.map(({ path, message }) => [path, message]));
  }
  return {};
}

const plain: AppDescription = { name: "shop", image: "registry.example/shop:1" };

test("every default is filled in", () => {
  expect(defineApp(plain)).toEqual({
    name: "shop",
    image: "registry.example/shop:1",
    port: 8080,
    env: {},
    secrets: {},
    resources: { cpu: 0.25, memory: "0.5Gi" },
    probes: {},
    ingress: { exposure: "internal", transport: "auto", sticky: false },
    scale: { min: 1, max: 10, pollingSeconds: 30, cooldownSeconds: 300, rules: [] },
    availability: { spread: "node" },
    dependsOn: [],
    shutdown: { graceSeconds: 30, drainDelaySeconds: 0 },
    overrides: {},
  });
});

test("Dapr takes the app's name and port unless told otherwise", () => {
  expect(defineApp({ ...plain, port: 3000, dapr: {} }).dapr).toEqual({ appId: "shop", port: 3000, protocol: "http" });
  expect(defineApp({ ...plain, dapr: { appId: "other", port: 1 } }).dapr).toMatchObject({ appId: "other", port: 1 });
});

test("all that is wrong with the fields is said at once, each with its path", () => {
  const description = {
    name: "Shop",
    image: "two words",
    port: "8080",
    replicas: 3,
    resources: { cpu: 0, memory: "5" },
    probes: { liveness: { path: "healthz", periodSeconds: 1.5 } },
    ingress: { exposure: "world" },
    env: { "A B": "x", B: 3, C: { key: "y" } },
    scale: { min: -1, rules: [{ type: "htpp" }, { type: "cpu" }] },
    availability: { minAvailable: "120%", maxUnavailable: true },
  };
  expect(issuesOf(description)).toEqual({
    name: "must be 1-32 characters of a-z, 0-9 and '-', starting with a letter",
    image: "must not contain white space",
    port: "must be a number",
    replicas: "unknown field",
    "resources.cpu": "must be greater than 0",
    "resources.memory": "must be like 512Mi or 1Gi",
    "probes.liveness.path": 'must start with "/"',
    "probes.liveness.periodSeconds": "must be a whole number",
    "ingress.exposure": '"world" is not one of none, internal, public',
    'env["A B"]': "must be a valid environment variable name",
    "env.B": "must be a string or an object",
    "env.C.secret": "is required",
    "env.C.key": "unknown field",
    "scale.min": "must be at least 0",
    "scale.rules[0].type": 'unknown rule "htpp", expected one of http, cpu, memory, serviceBus, cron, keda',
    "scale.rules[1].utilization": "is required",
    "availability.minAvailable": "must be a whole number or a percentage from 0% to 100%",
    "availability.maxUnavailable": "must be a number or a string",
  });
});

test("something that is no description at all", () => {
  expect(issuesOf({})).toEqual({ name: "is required", image: "is required" });
  expect(issuesOf(null)).toEqual({ "": "must be an object" });
  expect(issuesOf([plain])).toEqual({ "": "must be an object" });
});

test.each<[string, AppDescription, string]>([
  ["min above max", { ...plain, scale: { min: 3, max: 2 } }, "scale.min"],
  [
    "nothing can start the first replica but load",
    { ...plain, scale: { min: 0, rules: [{ type: "cpu", utilization: 70 }] } },
    "scale.min",
  ],
  ["zero without ingress and rules", { ...plain, ingress: { exposure: "none" }, scale: { min: 0 } }, "scale.min"],
  ["two http rules", { ...plain, scale: { rules: [{ type: "http" }, { type: "http" }] } }, "scale.rules[1].type"],
  [
    "an http rule without ingress",
    { ...plain, ingress: { exposure: "none" }, scale: { rules: [{ type: "http" }] } },
    "scale.rules[0].type",
  ],
  ["both budgets", { ...plain, availability: { minAvailable: 1, maxUnavailable: 1 } }, "availability.maxUnavailable"],
  ["a secret that is not there", { ...plain, env: { KEY: { secret: "key" } } }, "env.KEY.secret"],
  ["it needs itself", { ...plain, dependsOn: ["shop"] }, "dependsOn[0]"],
  ["a dependency twice", { ...plain, dependsOn: ["a", "a"] }, "dependsOn[1]"],
  ["drains longer than it may live", { ...plain, shutdown: { drainDelaySeconds: 30 } }, "shutdown.drainDelaySeconds"],
  [
    "liveness asks for two successes",
    { ...plain, probes: { liveness: { successThreshold: 2 } } },
    "probes.liveness.successThreshold",
  ],
  ["next to no memory", { ...plain, resources: { memory: "1Mi" } }, "resources.memory"],
])("refused: %s", (_, description, path) => {
  expect(Object.keys(issuesOf(description))).toEqual([path]);
});

test.each([
  [{}, ["queue"]],
  [{ queue: "q", topic: "t", subscription: "s" }, ["queue"]],
  [{ topic: "t" }, ["subscription"]],
  [{ subscription: "s" }, ["topic"]],
  [{ queue: "q", connectionSecret: "c" }, ["connectionSecret"]],
  [{ queue: "q" }, []],
  [{ topic: "t", subscription: "s" }, []],
])("a Service Bus rule listens to a queue, or to a subscription of a topic: %j", (fields, wrong) => {
  const rule = { type: "serviceBus", namespace: "bus", ...fields };
  const paths = Object.keys(issuesOf({ ...plain, scale: { rules: [rule] } }));
  expect(paths).toEqual(wrong.map((field) => `scale.rules[0].${field}`));
});

test("a cron rule has five fields and a time zone that exists", () => {
  const rule = { type: "cron", timezone: "Mars/Olympus", start: "0 8 * *", end: "0 18 * * 1-5", replicas: 3 };
  expect(Object.keys(issuesOf({ ...plain, scale: { rules: [rule] } }))).toEqual([
    "scale.rules[0].start",
    "scale.rules[0].timezone",
  ]);
});

test("secret values never reach the message", () => {
  const secret = "hunter2-hunter2";
  const error = (() => {
    try {
      return parseApp({ ...plain, secrets: { "BAD NAME": secret, other: [secret] }, env: { A: [secret] } });
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(FairwayError);
  expect(JSON.stringify([String(error), error])).not.toContain(secret);
});

test("the JSON Schema is the one of what a caller writes", () => {
  const schema = appJsonSchema();
  expect(schema).toMatchObject({ type: "object", required: ["name", "image"], additionalProperties: false });
  expect(JSON.stringify(schema)).toContain('"serviceBus"');
});
