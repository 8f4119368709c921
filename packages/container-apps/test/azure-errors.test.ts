import { RestError } from "@azure/core-rest-pipeline";
import { FairwayError } from "@fairway/model";
import { expect, test } from "vitest";
import { fromAzure, operationFailure } from "../src/azure-errors.ts";

function answer(statusCode: number, error: object): Error {
  return Object.assign(new RestError("it failed", { statusCode }), { details: { error } });
}

test.each([
  [400, "InvalidParameterValueInContainerTemplate", "app-invalid"],
  [401, "AuthenticationFailed", "unauthenticated"],
  [403, "AuthorizationFailed", "forbidden"],
  [404, "ResourceGroupNotFound", "target-not-found"],
  [404, "SubscriptionNotFound", "target-not-found"],
  [404, "ResourceNotFound", "app-not-found"],
  [409, "ContainerAppOperationInProgress", "operation-in-progress"],
  [409, "ScopeLocked", "conflict"],
  [429, "SubscriptionRequestsThrottled", "throttled"],
  [503, "ServiceUnavailable", "platform"],
])("%i %s is %s", (status, code, expected) => {
  const error = fromAzure(answer(status, { code, message: "why" }), "shop");
  expect(error).toBeInstanceOf(FairwayError);
  expect(error).toMatchObject({ code: expected, message: `shop: why (${code})` });
});

test("the innermost error counts, in details or as JSON in a message", () => {
  const nested = {
    code: "DeploymentFailed",
    message: "At least one.",
    details: [{ code: "Inner", message: "Quota." }],
  };
  expect(fromAzure(answer(400, nested), "shop").message).toBe("shop: Quota. (Inner)");
  const inText = {
    code: "Outer",
    message: `Failed: ${JSON.stringify({ error: { code: "Deep", message: "No cores." } })}`,
  };
  expect(fromAzure(answer(400, inText), "shop").message).toBe("shop: No cores. (Deep)");
});

test("what Microsoft.App wraps around the reason is taken off", () => {
  const message =
    "The following field(s) are either invalid or missing. Field 'template.containers.web.image' is invalid with details: 'Invalid value: \"web:9\": manifest unknown';.";
  const operation = new Error(
    `The long-running operation has failed. ContainerAppOperationError. Failed to provision revision for container app 'web'. Error details: ${message}`,
  );
  expect(operationFailure(operation)).toEqual({
    code: "ContainerAppOperationError",
    message: "template.containers.web.image: manifest unknown",
  });
});

test("without a credential it says how to get one, in one line and with the code for it", () => {
  const thrown = Object.assign(new Error("CredentialUnavailableError: no env\nand much more"), {
    name: "AggregateAuthenticationError",
  });
  const error = fromAzure(thrown, "shop");
  expect(error).toMatchObject({ code: "unauthenticated" });
  expect(error.message).not.toContain("\n");
});

test("an error of Fairway's own passes as it is", () => {
  const own = new FairwayError("conflict", "x", { hint: "y" });
  expect(fromAzure(own, "shop")).toBe(own);
});
