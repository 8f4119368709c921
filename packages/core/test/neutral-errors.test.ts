import { createServer } from "node:http";
import { asFairwayError } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import { expect, test } from "vitest";

test("a refused connection is unreachable, however deep the cause", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  await new Promise((resolve) => server.close(resolve));
  const thrown: unknown = await fetch(`http://127.0.0.1:${port}`).catch((error: unknown) => error);
  const { code, message } = asFairwayError(thrown);
  expect(code).toBe("unreachable");
  expect(message).toContain("ECONNREFUSED");
});

test("a certificate that nobody vouches for says what to give", () => {
  const thrown = new Error("fetch failed", {
    cause: Object.assign(new Error("x"), { code: "SELF_SIGNED_CERT_IN_CHAIN" }),
  });
  const { code, hint } = asFairwayError(thrown);
  expect(code).toBe("unreachable");
  expect(hint).toContain("caCertificate");
});

test("FairwayErrors pass, the rest becomes platform with its cause; a ring of causes ends", () => {
  const known = new FairwayError("conflict", "x", { hint: "y" });
  expect(asFairwayError(known)).toBe(known);
  const ring: Error & { cause?: unknown } = new Error("ring");
  ring.cause = ring;
  expect(asFairwayError(ring)).toMatchObject({ code: "platform", message: "ring", cause: ring });
  expect(asFairwayError("text")).toMatchObject({ code: "platform", message: "text" });
});
