import type { Azure } from "@fairway/emulator";
import { connect, FairwayError } from "@fairway/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connection, createCluster, createEnvironment, group, startEmbeddedAzure } from "./embedded-azure.ts";

let azure: Azure;
beforeAll(async () => {
  azure = await startEmbeddedAzure();
  await Promise.all([createEnvironment(azure), createCluster(azure)]);
});
afterAll(() => azure?.close());

async function failureOf(promise: Promise<unknown>): Promise<FairwayError> {
  const error = await promise.catch((thrown: unknown) => thrown);
  if (!(error instanceof FairwayError)) throw new Error(`No FairwayError: ${String(error)}`);
  expect(error.hint).not.toBe("");
  return error;
}

const nobody = "99999999-2222-4333-8444-555555555555";

test.each([
  ["an environment", (subscription: string) => `aca://${subscription}/${group}/nowhere`],
  ["a group of an environment", (subscription: string) => `aca://${subscription}/nowhere/main`],
  ["a subscription of an environment", () => `aca://${nobody}/${group}/main`],
  ["a cluster", (subscription: string) => `aks://${subscription}/${group}/nowhere/default`],
  ["a group of a cluster", (subscription: string) => `aks://${subscription}/nowhere/main/default`],
  ["a subscription of a cluster", () => `aks://${nobody}/${group}/main/default`],
])("%s that does not exist is not found when connecting", async (_, addressIn) => {
  const error = await failureOf(connect(addressIn(azure.subscriptionId), connection(azure)));
  expect(error.code).toBe("target-not-found");
});

test.each(["aca", "aks"])("%s: a token that is not accepted, and its own authority missing", async (scheme) => {
  const address = `${scheme}://${azure.subscriptionId}/${group}/main${scheme === "aks" ? "/default" : ""}`;
  const stranger = { getToken: async () => ({ token: "not-a-token", expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const { credential, arm } = connection(azure);
  const unknown = await failureOf(connect(address, { credential: stranger, arm }));
  expect(unknown.code).toBe("unauthenticated");
  expect(JSON.stringify([unknown.message, unknown.hint])).not.toContain("not-a-token");
  const untrusted = await failureOf(connect(address, { credential, arm: { endpoint: arm.endpoint } }));
  expect(untrusted.code).toBe("unreachable");
  expect(untrusted.hint).toMatch(/caCertificate|NODE_EXTRA_CA_CERTS/);
});
