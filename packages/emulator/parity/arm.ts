import { deviates, missing, type ParityArea, works } from "./row.ts";

const file = "arm-server.test.ts";

export const arm: ParityArea = {
  title: "Azure Resource Manager",
  rows: [
    works("PUT, PATCH, GET, HEAD, DELETE of resource groups", "ARM API contract", file, "keeps resource groups"),
    works(
      "lists of subscriptions, tenants, locations, providers; metadata of the cloud",
      "ARM API contract",
      file,
      "says what it has: subscriptions, tenants, locations, providers, metadata",
    ),
    works(
      "refusals of the front door: api-version, subscription, group, provider, type, names",
      "ARM errors",
      file,
      "answers GET %s with %i %s",
    ),
    works(
      "404 says which of resource and parent is missing",
      "ARM errors",
      file,
      "says where a missing resource was missed",
    ),
    works("bodies that cannot be read", "ARM errors", file, "refuses bodies that it cannot read"),
    works(
      "401 without a good token",
      "ARM errors",
      file,
      "refuses calls without a token, with a wrong one and with one of another run",
    ),
    works(
      "correlation and rate-limit headers",
      "ARM API contract",
      file,
      "returns what correlates, and counts the budget down",
    ),
    works(
      "Retry-After in whole seconds",
      "ARM API contract",
      "arm-retry-after.test.ts",
      "is whole seconds, as the contract says",
    ),
    deviates(
      "Retry-After in compressed time",
      "ARM API contract",
      "the Azure SDK for JavaScript gets a date to the millisecond where the wait is shorter than a second",
      ["arm-retry-after.test.ts", "is a date to the millisecond for the one client that reads it so"],
    ),
    missing("deployments (Microsoft.Resources/deployments)", "ARM API contract", "InvalidResourceNamespace"),
    missing("role assignments and locks (Microsoft.Authorization)", "ARM API contract", "InvalidResourceNamespace"),
  ],
};
