import { deviates, missing, type ParityArea, works } from "./row.ts";

const file = "packages/lab/test/front-door.test.ts";
const written = "keeps profiles, endpoints, routes, origin groups and origins as the official client writes them";

export const frontDoor: ParityArea = {
  title: "Front Door",
  rows: [
    works(
      "profiles, endpoints, routes, origin groups, origins: PUT, GET, PATCH, DELETE, lists",
      "Front Door REST API",
      file,
      written,
    ),
    works("defaults of what is not said", "Front Door REST API", file, written),
    works(
      "long-running operations: 201 or 202, `operationresults`, one at a time for each resource",
      "Front Door REST API",
      file,
      "tells what it is at, and takes no second change meanwhile",
    ),
    deviates(
      "refusals of what is out of range or missing",
      "Front Door REST API",
      "status and code are Azure's (400 BadRequest), the sentence is our own",
      [file, "refuses what is out of range, and what has no parent"],
    ),
    works(
      "edges follow up to 20 minutes after a change, and the next change after that",
      "Front Door docs",
      file,
      "edges follow minutes after a change, and the next change after that",
    ),
    works(
      "an origin is left out when too few of its last probes were well; all are used when none is",
      "Front Door docs",
      "packages/lab/test/switchers.test.ts",
      "endpoint-unreachable: who cannot be reached is left out a while later, and taken in again",
    ),
    deviates(
      "probes, latency",
      "Front Door docs",
      "every origin is found well but those that a fault cuts off, and all are equally far from every edge",
    ),
    deviates(
      "requests",
      "Front Door docs",
      "the embedded Azure says to which origin an edge would send them, by weight; it does not pass them on",
    ),
    deviates("DELETE of what is still used", "Front Door REST API", "it is deleted, where Azure may refuse"),
    missing(
      "custom domains, rules, secrets, firewall policies, Front Door (classic), other CDN profiles",
      "Front Door REST API",
      "InvalidResourceType, and 400 for their SKUs",
    ),
  ],
};
