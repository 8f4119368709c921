import { connect, FairwayError, parseTargetAddress } from "@fairway/sdk";
import { expect, test } from "vitest";

const subscription = "11111111-2222-4333-8444-555555555555";

test("an address taken apart, in canonical form", () => {
  expect(parseTargetAddress(` AKS://${subscription}/shop-rg/main_1/payments/ `)).toEqual({
    kind: "aks",
    canonical: `aks://${subscription}/shop-rg/main_1/payments`,
    subscriptionId: subscription,
    resourceGroup: "shop-rg",
    cluster: "main_1",
    namespace: "payments",
  });
  expect(parseTargetAddress(`aca://${subscription}/my%2Erg/env`)).toMatchObject({
    kind: "aca",
    resourceGroup: "my.rg",
    environment: "env",
  });
});

test.each([
  ["", "scheme"],
  ["payments", "scheme"],
  ["https://portal.azure.com", "scheme"],
  ["aks://", "subscription"],
  ["aks:///rg/cluster/ns", "subscription"],
  ["aks://my-subscription/rg/cluster/ns", "subscription"],
  [`aks://${subscription}`, "resourceGroup"],
  [`aks://${subscription}/rg.`, "resourceGroup"],
  [`aks://${subscription}/rg`, "cluster"],
  [`aks://${subscription}/rg/cluster`, "namespace"],
  [`aks://${subscription}/rg/cluster/Payments`, "namespace"],
  [`aks://${subscription}/rg/clu%2Fster/ns`, "cluster"],
  [`aca://${subscription}/rg`, "environment"],
  [`aca://${subscription}/rg/en vironment`, "environment"],
  [`aca://${subscription}/rg/env/ns`, "address"],
  [`aca://${subscription}/%E0%A4%A/env`, "resourceGroup"],
])("%j is refused for its %s", async (address, path) => {
  const error = await connect(address).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(FairwayError);
  expect(error).toMatchObject({ code: "target-invalid", path });
});
