import { ApiManagementClient } from "@azure/arm-apimanagement";
import { CdnManagementClient } from "@azure/arm-cdn";
import { unreachable } from "@fairway/model";
import { createApiManagement } from "../live/api-management.ts";
import { createFrontDoor } from "../live/front-door.ts";
import { createProfile, type ProfileOptions } from "../live/profile.ts";
import type { VirtualWorld } from "../virtual/world.ts";
import { groupName, profileName } from "./names.ts";
import type { Scenario } from "./scenario.ts";

type Answers = NonNullable<ReturnType<VirtualWorld["azure"]["nameServers"]>>;
export type DividedBy = NonNullable<Scenario["traffic"]>["by"];

/** What divides callers between the clusters. */
export interface Divider {
  /** For a switcher. */
  readonly address: string;
  /** Where callers are sent now. */
  answers(): Answers | undefined;
}

/** In the trace: that it was written. */
export const writtenRecords: Readonly<Record<DividedBy, string>> = {
  "Traffic Manager": "trafficManager.written",
  "Front Door": "frontDoor.written",
  "API Management": "apiManagement.written",
};

export async function createDivider(
  { azure, httpClient }: VirtualWorld,
  by: DividedBy,
  endpoints: ProfileOptions["endpoints"],
): Promise<Divider> {
  const options = { group: groupName, name: profileName, endpoints };
  const client = { endpoint: azure.armUrl, httpClient };
  const place = `${azure.subscriptionId}/${groupName}/${profileName}`;
  switch (by) {
    case "Traffic Manager":
      await createProfile(azure, { ...options, httpClient });
      return { address: `tm://${place}`, answers: () => azure.nameServers(profileName) };
    case "Front Door": {
      const cdn = new CdnManagementClient(azure.credential, azure.subscriptionId, client);
      const host = await createFrontDoor(cdn, options);
      return { address: `afd://${place}/clusters`, answers: () => azure.edges(host) };
    }
    case "API Management": {
      const gateways = new ApiManagementClient(azure.credential, azure.subscriptionId, client);
      await createApiManagement(gateways, options);
      return { address: `apim://${place}/clusters`, answers: () => azure.gateways(profileName, "clusters") };
    }
    default:
      return unreachable(by);
  }
}
