import type { TokenCredential } from "@azure/core-auth";
import type { HttpClient } from "@azure/core-rest-pipeline";
import { FairwayError } from "@fairway/model";
import { unreachableError } from "@fairway/sdk";

export interface ActivityLogPlace {
  readonly subscriptionId: string;
  /** Default: all of the subscription. */
  readonly resourceGroup?: string;
  readonly from: Date;
  readonly to: Date;
}

export interface ActivityLogAccess {
  readonly credential: TokenCredential;
  readonly endpoint?: string;
  readonly caCertificate?: string;
  readonly httpClient?: HttpClient;
}

/** The events of a subscription's activity log, through the official client, page by page. */
export async function* readActivityLog(place: ActivityLogPlace, access: ActivityLogAccess): AsyncGenerator<unknown> {
  const { MonitorClient } = await import("@azure/arm-monitor");
  const { credential, endpoint, caCertificate, httpClient } = access;
  const client = new MonitorClient(credential, place.subscriptionId, {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(caCertificate === undefined ? {} : { tlsOptions: { ca: caCertificate } }),
    ...(httpClient === undefined ? {} : { httpClient }),
  });
  try {
    yield* client.activityLogs.list(filterOf(place));
  } catch (thrown) {
    throw asFairwayError(thrown, place);
  }
}

function asFairwayError(thrown: unknown, { subscriptionId }: ActivityLogPlace): unknown {
  const status = thrown instanceof Error && "statusCode" in thrown ? Number(thrown.statusCode) : undefined;
  const log = `The activity log of ${subscriptionId}`;
  switch (status) {
    case undefined:
      return unreachableError(thrown, "Azure Resource Manager") ?? thrown;
    case 401:
    case 403:
      return new FairwayError("forbidden", `${log} may not be read with this sign-in (${status}).`, {
        hint: "Ask for the role Monitoring Reader (Microsoft.Insights/eventtypes/values/read), or use --export.",
        cause: thrown,
      });
    case 404:
      return new FairwayError("target-not-found", `There is no subscription ${subscriptionId} here.`, {
        hint: "Check the subscription of the target: az account list -o table.",
        cause: thrown,
      });
    default:
      return new FairwayError("platform", `${log} was not given out (${status}).`, {
        hint: "Try again later, with fewer --days, or use --export.",
        cause: thrown,
      });
  }
}

function filterOf({ resourceGroup, from, to }: ActivityLogPlace): string {
  const times = [`eventTimestamp ge '${from.toISOString()}'`, `eventTimestamp le '${to.toISOString()}'`];
  return [...times, ...(resourceGroup === undefined ? [] : [`resourceGroupName eq '${resourceGroup}'`])].join(" and ");
}
