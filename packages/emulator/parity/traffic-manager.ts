import { deviates, missing, type ParityArea, works } from "./row.ts";

const file = "packages/lab/test/traffic-manager.test.ts";

export const trafficManager: ParityArea = {
  title: "Traffic Manager",
  rows: [
    works(
      "profiles: PUT, GET, PATCH, DELETE, lists",
      "Traffic Manager REST API",
      file,
      "keeps profiles as the official client writes them",
    ),
    works("endpoints one by one, of three types", "Traffic Manager REST API", file, "keeps endpoints one by one"),
    works(
      "defaults: probe every 30 s, timeout 10 s, 3 failures, weight 1",
      "Traffic Manager docs",
      file,
      "keeps profiles as the official client writes them",
    ),
    deviates(
      "refusals of what is out of range or missing",
      "Traffic Manager REST API",
      "status and code are Azure's (400 BadRequest, 409 Conflict), the sentence is our own",
      [file, "refuses what is out of range, and names that others have"],
    ),
    works(
      "name availability below trafficmanager.net (V2)",
      "Traffic Manager REST API",
      file,
      "refuses what is out of range, and names that others have",
    ),
    works(
      "name servers answer by weight, a while after a change; the TTL is the profile's",
      "Traffic Manager docs",
      file,
      "answers by weight, later than the profile says",
    ),
    works(
      "degraded endpoints are left out; when all are degraded all are answered with",
      "Traffic Manager docs",
      file,
      "leaves out an endpoint whose probes fail, and takes it in again",
    ),
    deviates(
      "probes",
      "Traffic Manager docs",
      "they find every endpoint well but those that a fault cuts off: targets of the embedded Azure have no addresses that could be asked",
    ),
    deviates(
      "endpoints of resources",
      "Traffic Manager REST API",
      "the resource behind targetResourceId is not looked up, and its host name not filled in",
    ),
    missing("heat maps, user metrics, geographic hierarchies", "Traffic Manager REST API", "InvalidResourceType"),
    missing("everything else of Microsoft.Network", "ARM API contract", "InvalidResourceType"),
  ],
};
