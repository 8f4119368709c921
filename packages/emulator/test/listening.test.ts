import { expect, it } from "vitest";
import { startAzure } from "../src/index.ts";
import { httpsRequest } from "./https-request.ts";

const token = "a-token-of-some-length";

it("listens for others only with a token", async () => {
  await expect(startAzure({ runtime: "model", host: "0.0.0.0" })).rejects.toThrow(/needs a token/);
  await expect(startAzure({ runtime: "model", host: "0.0.0.0", token: "short" })).rejects.toThrow(/16 characters/);
});

it("asks everybody for the token, and makes other secrets than the seed's from it", async () => {
  await using azure = await startAzure({ runtime: "model", host: "0.0.0.0", token });
  await using seeded = await startAzure({ runtime: "model" });
  const url = azure.armUrl.replace("0.0.0.0", "127.0.0.1");
  const ask = async (path: string, authorization?: string) => {
    const headers = authorization ? { authorization } : {};
    return (await httpsRequest(`${url}${path}`, { ca: azure.caCertificate, headers })).status;
  };
  for (const path of ["/", "/_emulator", "/_emulator/trace"]) {
    expect(await ask(path)).toBe(401);
    expect(await ask(path, "Bearer a-token-of-some-lengtH")).toBe(401);
    expect(await ask(path, `Bearer ${token}`)).toBe(200);
    expect(await ask(path, `Basic ${Buffer.from(`me:${token}`).toString("base64")}`)).toBe(200);
  }
  expect(azure.environment["IDENTITY_HEADER"]).not.toBe(seeded.environment["IDENTITY_HEADER"]);
  expect(azure.servicePrincipal["AZURE_CLIENT_SECRET"]).not.toBe(seeded.servicePrincipal["AZURE_CLIENT_SECRET"]);
});

it("shows what there is on a page, with nothing on it that could run", async () => {
  await using azure = await startAzure({ runtime: "model" });
  azure.control("POST", "/_emulator/faults", {
    kind: "slow-start",
    parameters: { image: "<script>alert(1)</script>", delayMs: 1 },
  });
  const page = await httpsRequest(`${azure.armUrl}/`, { ca: azure.caCertificate });
  expect(page.status).toBe(200);
  expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
  for (const title of [
    "Clusters",
    "Node pools",
    "Nodes",
    "Container Apps environments",
    "Revisions",
    "Operations",
    "Faults",
  ]) {
    expect(page.text).toContain(`<h2>${title}</h2>`);
  }
  expect(page.text).toContain("slow-start");
  expect(page.text).not.toContain("<script");
});
