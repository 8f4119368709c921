import { deviates, missing, type ParityRow, works } from "./row.ts";

const api = "Container Apps REST API";
const kept = "container-apps-kept.test.ts";

/** What is kept and shown, with the answers and operations of the service, and behind which nothing runs. */
export const keptRows: readonly ParityRow[] = [
  deviates(
    "connectedEnvironments with certificates, storages, daprComponents",
    api,
    "kept and shown; there is no cluster of one's own: apps and jobs that are put there run as in a managed environment",
    [kept, "are made there, without a profile or addresses of their own, and keep it from being deleted"],
  ),
  deviates("javaComponents, dotNetComponents", api, "kept and shown; nothing runs", [
    kept,
    "is a Java component with an operation of opaque id",
  ]),
  deviates("managedCertificates", api, "issued without a look at DNS", [
    kept,
    "is a managed certificate, which cannot be changed",
  ]),
  deviates("sourceControls", api, "kept without its secrets; no workflow is written to the repository", [
    kept,
    "is a source control that shows no secrets",
  ]),
  deviates("sessionPools, builders", api, "kept and shown; there are no sessions, and a builder builds nothing", [
    kept,
    "is there at once when the platform brings the containers, and after a while with one's own",
  ]),
  deviates(
    "add-ons: redis, postgres, kafka, mariadb, qdrant, weaviate, milvus",
    api,
    "get the containers, the port and the secrets that the service gives them; what runs is what the runtime makes of those images",
    [kept, "gets its containers, its port and its secrets from the service"],
  ),
  deviates(
    "logicApps of apps with their workflows; patches and builds of apps",
    api,
    "workflows are the files that were deployed and do not run; nothing is built or patched, so that the lists are empty",
    [kept, "has the workflows that were deployed to it, until they are deleted"],
  ),
  deviates("resiliencyPolicies of apps, daprSubscriptions, privateEndpointConnections", api, "kept and shown only"),
  works(
    "privateLinkResources, availableManagedEnvironmentsModes",
    api,
    kept,
    "tells what a private endpoint can reach, what modes there are, and of no functions",
  ),
  works(
    "detectors and detectorProperties",
    api,
    kept,
    "has detectors of apps, jobs and environments, and the resources that they look at",
  ),
  deviates("event streams (system logs), exec", api, "a few kinds of events; a shell is refused with 501", [
    "container-apps-client.test.ts",
    "tells what the system did to an app, and to the apps of an environment, and opens no shell",
  ]),
  works(
    "az containerapp: create, update, revision, ingress, secret, logs, job (2.91)",
    "Container Apps REST API",
    "container-apps-az.test.ts",
    "makes an app, changes it, and shares traffic out",
  ),
  works(
    "quotas: environments of a region and of a subscription",
    "Container Apps REST API",
    "container-apps-limits.test.ts",
    "are 15 environments in a region, and 20 in all",
  ),
  deviates(
    "quotas: cores of an environment",
    "Container Apps REST API",
    "500 for Consumption, looked at when a revision is made; scaling out later is not held back",
    [
      "container-apps-limits.test.ts",
      "are the cores of an environment: a revision that asks for more than there are does not come to be",
    ],
  ),
  works(
    "operations end to be known",
    "Container Apps REST API",
    "container-apps-limits.test.ts",
    "is not known any more a day after its end",
  ),
  works("operations", api, kept, "lists the operations of the provider"),
  deviates("builds of builders", api, "kept and shown; nothing is uploaded or built", [
    "container-apps-recorded.test.ts",
    "nothing is missing from what stands beside: builds, pools of sessions, roles and settings of logs",
  ]),
  works(
    "headers and fields of recorded exchanges: apps, operations, revisions",
    api,
    "container-apps-recorded.test.ts",
    "nothing is missing from the life of an app",
  ),
  works(
    "headers and fields of recorded exchanges: environments, jobs",
    api,
    "container-apps-recorded.test.ts",
    "nothing is missing from environments and from jobs",
  ),
  works(
    "CertificateInUse, JavaComponentInUse; ParentResourceNotFound below environments",
    api,
    "container-apps-recorded.test.ts",
    "refuses to delete certificates and components that apps use, and to look below what is not there",
  ),
  missing("logicApps, sandboxGroups", api, "InvalidResourceType: nothing here runs them"),
];
