import { deleteGroup } from "../../../controllers/container-app-groups.ts";
import { methodNotAllowed } from "../../../world/arm/errors.ts";
import { locationName } from "../../../world/arm/locations.ts";
import {
  ArmError,
  type ArmProvider,
  type ArmRequest,
  type ArmResponse,
  type TrackedResource,
} from "../../../world/arm/provider.ts";
import { childKinds } from "../../../world/container-apps/children.ts";
import { keptKinds } from "../../../world/container-apps/kept-kinds.ts";
import { propertyVersions } from "../../../world/container-apps/property-versions.ts";
import { Refusal } from "../../../world/container-apps/refusal.ts";
import { versionedProperties } from "../versioned-properties.ts";
import { appBody } from "./app-body.ts";
import { handleApps } from "./apps-api.ts";
import { environmentBody } from "./environment-body.ts";
import { handleEnvironments } from "./environments-api.ts";
import { jobBody } from "./job-body.ts";
import { handleJobs } from "./jobs-api.ts";
import { handleKept } from "./kept-api.ts";
import { keptBody } from "./kept-body.ts";
import { handleLocations } from "./locations-api.ts";
import { handleLogicAppParts } from "./logic-apps-api.ts";
import type { AppProviderOptions } from "./options.ts";

/** Newest first. Source: azure-facts 5.5 and the `api-supported-versions` header of recordings. */
const apiVersions = [
  "2026-07-01",
  "2026-01-01",
  "2025-10-02-preview",
  "2025-07-01",
  "2025-02-02-preview",
  "2025-01-01",
  "2024-10-02-preview",
  "2024-08-02-preview",
  "2024-03-01",
  "2024-02-02-preview",
  "2023-11-02-preview",
  "2023-08-01-preview",
  "2023-05-02-preview",
  "2023-05-01",
  "2023-04-01-preview",
  "2022-11-01-preview",
  "2022-10-01",
  "2022-06-01-preview",
  "2022-03-01",
];

/** Microsoft.App: managed environments and container apps. */
export function createAppProvider(options: AppProviderOptions): ArmProvider {
  return {
    namespace: "Microsoft.App",
    apiVersions,
    resourceTypes: [
      "managedEnvironments",
      ...childKinds.map((kind) => `managedEnvironments/${kind}`),
      "containerApps",
      "containerApps/authConfigs",
      "containerApps/revisions",
      "containerApps/revisions/replicas",
      ...keptKinds.map(({ path }) => path).filter((path) => !path.includes("/providers/")),
      "jobs",
      "jobs/executions",
      "locations",
      "getCustomDomainVerificationId",
    ],
    actionTypes: [
      "jobs/stop",
      "containerApps/labelHistories",
      "containerApps/labelHistory",
      "containerApps/patches",
      "containerApps/builds",
      "containerApps/providers/logicApps",
      "containerApps/providers/logicApps/workflows",
      ...["containerApps", "jobs", "managedEnvironments"].flatMap((type) => [
        `${type}/detectors`,
        `${type}/detectorProperties`,
      ]),
      "containerApps/detectorProperties/revisions",
      "containerApps/functions",
      "containerApps/privateLinkResources",
      "managedEnvironments/privateLinkResources",
    ],
    responseHeaders: { "api-supported-versions": apiVersions.toReversed().join(", ") },
    handle: (request) =>
      shownAs(
        request,
        refusalsAsErrors(() => answer(options, request)),
      ),
    resources: (subscription, resourceGroup) => resources(options, subscription, resourceGroup),
    deleteGroup: (subscription, resourceGroup) => deleteGroup(options.apps, subscription, resourceGroup),
  };
}

const versioned = versionedProperties(propertyVersions);

/** A version shows what it has. */
function shownAs(request: ArmRequest, response: ArmResponse): ArmResponse {
  return "body" in response ? { ...response, body: versioned.known(request, response.body) } : response;
}

function answer(options: AppProviderOptions, request: ArmRequest): ArmResponse {
  const kept = handleKept(options, request) ?? handleLogicAppParts(options, request);
  if (kept) return kept;
  switch (request.types[0] ?? "") {
    case "managedenvironments":
      return handleEnvironments(options, request);
    case "containerapps":
      return handleApps(options, request);
    case "locations":
      return handleLocations(options, request);
    case "getcustomdomainverificationid":
      if (request.method !== "POST") throw methodNotAllowed(request.method);
      return { status: 200, body: verificationId(options) };
    case "jobs":
      return handleJobs(options, request);
    default:
      throw methodNotAllowed(request.method);
  }
}

/** Of the subscription: a domain's owner puts it into DNS. */
function verificationId({ world }: AppProviderOptions): string {
  return world.random.stream("custom-domain-verification").text(64, "0123456789ABCDEF");
}

function refusalsAsErrors(answerCall: () => ArmResponse): ArmResponse {
  try {
    return answerCall();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new ArmError(error.status, error.code, error.message, { extra: { target: null, details: null } });
  }
}

function resources(options: AppProviderOptions, subscription: string, resourceGroup: string): TrackedResource[] {
  const { apps, world, tokens } = options;
  const context = { baseUrl: "", tenantId: tokens.tenantId };
  const isHere = (resource: { readonly address: { subscription: string; resourceGroup: string } }): boolean =>
    resource.address.subscription === subscription &&
    resource.address.resourceGroup.toLowerCase() === resourceGroup.toLowerCase();
  const bodies = [
    ...apps.environments
      .list()
      .filter(isHere)
      .map((environment) => environmentBody(environment, world, context)),
    ...apps
      .list()
      .filter(isHere)
      .map((app) => appBody(app, context, "settled")),
    ...apps.jobs
      .list()
      .filter(isHere)
      .map((job) => jobBody(job, context)),
    ...apps.kept
      .tops()
      .filter(isHere)
      .map((kept) => keptBody(options, kept)),
  ];
  return bodies.map(({ id, name, type, location, tags }) => ({
    id: String(id),
    name: String(name),
    type: String(type),
    location: locationName(String(location)) ?? "",
    ...(tags ? { tags: tags as Record<string, string> } : {}),
  }));
}
