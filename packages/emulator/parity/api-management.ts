import { deviates, missing, type ParityArea, works } from "./row.ts";

const file = "packages/lab/test/api-management.test.ts";

export const apiManagement: ParityArea = {
  title: "API Management",
  rows: [
    works(
      "services: PUT (long-running), GET, PATCH, DELETE, lists; backends, single and pools",
      "API Management REST API",
      file,
      "keeps services and backends as the official client writes them",
    ),
    works(
      "ETags of backends: If-Match on PUT, PATCH and DELETE; 412 PreconditionFailed",
      "API Management REST API",
      file,
      "takes a change only from who has seen what is there",
    ),
    deviates(
      "refusals of what is out of range or missing",
      "API Management REST API",
      "status, code and target are Azure's (400 ValidationError with details), the sentences are our own",
      [file, "refuses what is out of range, nested pools and backends that are not there"],
    ),
    works(
      "pools: first priority takes all, by weight, or alike without weights",
      "API Management docs",
      file,
      "gateways divide by weight in the first priority, seconds after a change, also in a world that was kept",
    ),
    deviates(
      "circuit breakers",
      "API Management docs",
      "an unreachable backend trips its breaker after 5 seconds whatever the rule counts, and it closes when tripDuration has passed after the repair",
      [
        "packages/lab/test/switchers.test.ts",
        "endpoint-unreachable: who cannot be reached is left out a while later, and taken in again",
      ],
    ),
    deviates(
      "weight 0",
      "API Management docs",
      "not documented: beside weights above 0 it gets nothing; the switcher does not use it",
    ),
    deviates(
      "requests",
      "API Management docs",
      "the embedded Azure says to which backend of a pool gateways would send them; it does not pass them on",
    ),
    deviates("DELETE of a service", "API Management REST API", "done at once, and it cannot be restored"),
    missing(
      "APIs, products, policies, subscriptions, gateways, workspaces",
      "API Management REST API",
      "InvalidResourceType",
    ),
  ],
};
