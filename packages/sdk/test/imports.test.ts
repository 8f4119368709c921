import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** Third-party packages that a program has loaded when it has run, in a Node of its own. */
async function packagesAfter(program: string): Promise<string[]> {
  const source = `
    import { registerHooks } from "node:module";
    const loaded = new Set();
    registerHooks({ load(url, context, next) { loaded.add(url); return next(url, context); } });
    ${program}
    const names = [...loaded].map((url) => /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]);
    console.log(JSON.stringify([...new Set(names.filter(Boolean))].sort()));`;
  const args = ["--conditions=fairway-source", "--input-type=module", "--eval", source];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: new URL(".", import.meta.url) });
  return JSON.parse(stdout) as string[];
}

/** Fails at the first call, when everything that the target needs is loaded. */
const connectTo = (address: string) => `
  const { connect } = await import("@fairway/sdk");
  const getToken = () => Promise.reject(Object.assign(new Error("none"), { name: "CredentialUnavailableError" }));
  const error = await connect("${address}", { credential: { getToken } }).catch((thrown) => thrown);
  if (error.code !== "unauthenticated") throw error;`;
const subscription = "11111111-2222-4333-8444-555555555555";

test("importing the SDK loads nothing but the SDK", async () => {
  expect(await packagesAfter('await import("@fairway/sdk");')).toEqual([]);
});

test("describing an app loads zod, and nothing of a cloud", async () => {
  const program = 'const { defineApp } = await import("@fairway/sdk"); defineApp({ name: "a", image: "b" });';
  expect(await packagesAfter(program)).toEqual(["zod"]);
});

test("a Container Apps target loads nothing of Kubernetes", async () => {
  const loaded = await packagesAfter(connectTo(`aca://${subscription}/group/environment`));
  expect(loaded).toContain("@azure/arm-appcontainers");
  expect(loaded.filter((name) => /kubernetes|containerservice|identity|dapr|^zod$|^yaml$/.test(name))).toEqual([]);
});

test("an AKS target loads nothing of Container Apps", async () => {
  const loaded = await packagesAfter(connectTo(`aks://${subscription}/group/cluster/namespace`));
  expect(loaded).toContain("@azure/arm-containerservice");
  expect(loaded.filter((name) => /appcontainers|identity|dapr/.test(name))).toEqual([]);
});
