import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Azure, startAzure } from "@fairway/emulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../src/exit-codes.ts";
import { spawnFairway } from "./run.ts";

let azure: Azure;
let folder = "";
let caFile = "";
beforeAll(async () => {
  azure = await startAzure({ runtime: "model" });
  folder = await mkdtemp(join(tmpdir(), "fairway-cli-"));
  caFile = join(folder, "ca.pem");
  await writeFile(caFile, azure.caCertificate);
});
afterAll(async () => {
  await azure.close();
  await rm(folder, { recursive: true });
});

/** `fairway status` in a shell where nobody has signed in, and without the tools that somebody could have with. */
async function status(environment: Readonly<Record<string, string>>, ...options: string[]) {
  const started = performance.now();
  const command = spawnFairway(["status", "--target", `aks://${azure.subscriptionId}/shop/main/default`, ...options], {
    PATH: dirname(process.execPath),
    HOME: folder,
    FAIRWAY_ARM_ENDPOINT: azure.armUrl,
    FAIRWAY_ARM_CA: caFile,
    ...environment,
  });
  return { ...(await command.ended), tookMs: performance.now() - started };
}

const deadIdentity = { IDENTITY_ENDPOINT: "http://127.0.0.1:1/msi/token", IDENTITY_HEADER: "gone" };

describe.concurrent("without a credential", () => {
  test.for([
    {
      name: "nothing is set",
      environment: {},
      hint: /fairway emulator.*IDENTITY_ENDPOINT and IDENTITY_HEADER are not/,
    },
    { name: "the emulator's shell is an old one", environment: deadIdentity, hint: /fairway emulator.*that runs/ },
    {
      name: "the endpoint is not on this machine",
      environment: { FAIRWAY_ARM_ENDPOINT: "https://management.example" },
      hint: /az login.*AZURE_TENANT_ID.*fairway emulator/,
    },
    {
      name: "a service principal lacks its secret",
      environment: {
        FAIRWAY_ARM_ENDPOINT: "https://management.example",
        AZURE_CLIENT_ID: "11111111-2222-4333-8444-555555555555",
        AZURE_TENANT_ID: "11111111-2222-4333-8444-555555555555",
      },
      hint: /Set AZURE_CLIENT_SECRET too/,
    },
  ])("$name: told soon, with what to run next", async ({ environment, hint }) => {
    const { code, stdout, stderr, tookMs } = await status(environment);
    expect(stderr).toMatch(/^error \[unauthenticated\]: No credential for Azure was found\.\nhint: [^\n]+\n$/);
    expect(stderr).toMatch(hint);
    expect({ code, stdout }).toEqual({ code: exitCodes.unreachable, stdout: "" });
    // The library's own tries take 25 s and more.
    expect(tookMs).toBeLessThan(15_000);
  });

  test("as JSON", async () => {
    const { code, stdout, stderr } = await status({}, "--json");
    expect({ code, stdout }).toEqual({ code: exitCodes.unreachable, stdout: "" });
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "unauthenticated" } });
  });
});
