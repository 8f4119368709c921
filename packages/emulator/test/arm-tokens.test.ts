import { createVirtualKernel } from "@fairway/kernel";
import { expect, it } from "vitest";
import { createTokenIssuer } from "../src/http/identity/tokens.ts";
import { appPath, startWorld } from "./container-apps-world.ts";

it("a token is valid for an hour", () => {
  const kernel = createVirtualKernel({ seed: 1 });
  const tokens = createTokenIssuer({ clock: kernel.clock, random: kernel.random, tenantId: "t" });
  const { token } = tokens.issue({ audience: "a", clientId: "c" });
  kernel.runFor(3_599_000);
  expect(tokens.verify(token)).toMatchObject({ kind: "valid", audience: "a" });
  kernel.runFor(1_000);
  expect(tokens.verify(token)).toMatchObject({ kind: "expired" });
});

it("the same seed gives the same answers", () => {
  const [one, two] = [startWorld({ seed: 7 }), startWorld({ seed: 7 })].map((world) =>
    world.call("GET", appPath.replace(/\/containerApps.*/, "/managedEnvironments")),
  );
  expect(one).toEqual(two);
  expect(
    startWorld({ seed: 8 }).call("GET", appPath.replace(/\/containerApps.*/, "/managedEnvironments")).body,
  ).not.toEqual(one?.body);
});
