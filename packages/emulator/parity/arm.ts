import { deviates, type ParityArea, works } from "./row.ts";

const file = "arm-server.test.ts";
const deployments = "arm-deployments.test.ts";

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
      "$filter, $top and $skiptoken of lists of groups and resources",
      "ARM API contract",
      "arm-lists.test.ts",
      "comes in pages, each with a link to the next",
    ),
    works(
      "versions of the API far behind the newest are refused with the list of those that there are",
      "ARM errors",
      "arm-lists.test.ts",
      "is refused by the platform and by providers, which say what they have",
    ),
    works(
      "Microsoft.Compute/skus",
      "ARM API contract",
      "arm-lists.test.ts",
      "lists sizes of one region with what they have",
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
    works(
      "token buckets per principal, with the headers of what is left",
      "ARM throttling",
      "arm-throttling.test.ts",
      "counts reads, writes and deletes on buckets of their own",
    ),
    works(
      "429 with Retry-After from an empty bucket",
      "ARM throttling",
      "arm-throttling.test.ts",
      "refuses with 429 when a bucket is empty, says when to come back, and keeps the word",
    ),
    deviates(
      "refill of the buckets",
      "ARM throttling",
      "as many times faster as the time scale says; sizes are those of recorded headers (1,100 reads, 800 writes), not of the page",
      ["arm-throttling.test.ts", "an official client waits and succeeds"],
    ),
    works(
      "bodies beyond 4 MB",
      "ARM errors",
      "arm-clients-gone.test.ts",
      "refuses 5 MB without a length in the header, and does not keep them",
    ),
    works(
      "clients that send too slowly",
      "HTTP semantics",
      "arm-clients-gone.test.ts",
      "gives a client that sends too slowly 408, and nobody else waits for it",
    ),
    deviates(
      "Retry-After in compressed time",
      "ARM API contract",
      "the Azure SDK for JavaScript gets a date to the millisecond where the wait is shorter than a second",
      ["arm-retry-after.test.ts", "is a date to the millisecond for the one client that reads it so"],
    ),
    deviates(
      "deployments of templates (Bicep's too) to groups and to the subscription: parameters, variables, loops, conditions, dependsOn, reference, list…, modules, outputs, operations, mode Complete",
      "ARM templates",
      "no linked templates and template specs, key vault references, functions of one's own, sort and reduce; uniqueString and guid are of another hash",
      [deployments, "makes a template's resources one after another, and gives out what it was asked for"],
    ),
    works(
      "modules, loops, symbolic names and existing resources",
      "ARM templates",
      deployments,
      "deploys modules, loops and resources that are named by symbols",
    ),
    works(
      "deployments of groups and what is in them",
      "ARM templates",
      deployments,
      "makes groups and deploys modules into them",
    ),
    works(
      "DeploymentFailed with the resource's own error, and its operations",
      "ARM templates",
      deployments,
      "fails when a resource does, with the resource's own error, and makes nothing that depends on it",
    ),
    works("refusals of templates and parameters", "ARM templates", deployments, "refuse %s"),
    deviates(
      "validate, what-if",
      "ARM templates",
      "providers are not asked before a resource is made; what refers to what is not there yet is Unsupported",
      [deployments, "say what is wrong and what would change, and change nothing"],
    ),
    deviates(
      "Microsoft.OperationalInsights workspaces, Microsoft.ManagedIdentity identities, Microsoft.Network virtual networks",
      "ARM API contract",
      "kept and shown, so that templates and command lines find them; behind them is only what nodes have of a subnet",
      [deployments, "makes a template's resources one after another, and gives out what it was asked for"],
    ),
    works("management locks", "ARM docs: locks", "arm-locks.test.ts", "are made, read, listed and deleted"),
    works(
      "ScopeLocked for CanNotDelete",
      "ARM docs: locks",
      "arm-locks.test.ts",
      "keep what is below them from being deleted, groups with locked resources included",
    ),
    works(
      "ScopeLocked for ReadOnly",
      "ARM docs: locks",
      "arm-locks.test.ts",
      "keep what is below them from being changed when they are read-only, actions included",
    ),
    works(
      "GET usages of Microsoft.Compute",
      "Compute REST API",
      "compute-usages.test.ts",
      "counts the vCPUs of nodes by family and region, surge nodes included",
    ),
    works(
      "GET usages of virtual networks",
      "Azure REST API: virtual networks",
      "compute-usages.test.ts",
      "counts the addresses that nodes have of a subnet",
    ),
    deviates(
      "role assignments, diagnostic settings, data collection rule associations, linkers",
      "ARM API contract",
      "kept below what they are about and shown; nobody gains or loses a right, no log goes anywhere",
      [
        "container-apps-recorded.test.ts",
        "nothing is missing from what stands beside: builds, pools of sessions, roles and settings of logs",
      ],
    ),
    works(
      "activity log of writes: filter, pages, begin and end of each operation",
      "Activity log",
      "packages/lab/test/calibrate.test.ts",
      "a log goes through the pages of the official client, filtered by group and time",
    ),
    works(
      "filters of the activity log that cannot be read",
      "Activity log",
      "packages/lab/test/calibrate.test.ts",
      "the filter $filter is refused with 400",
    ),
    deviates(
      "events of the activity log",
      "Activity log",
      "there at once, not after minutes; only of writes through Azure Resource Manager, the last 20,000; bodies of requests without what could be a secret; not in the state file",
    ),
  ],
};
