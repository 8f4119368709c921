import { below } from "../../../world/arm/property-versions.ts";
import type { ArmRequest } from "../../../world/arm/provider.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import {
  clusterPropertyVersions,
  machinePropertyVersions,
  poolPropertyVersions,
} from "../../../world/container-service/property-versions.ts";
import { versionedProperties } from "../versioned-properties.ts";

const versioned = versionedProperties({
  managedclusters: {
    kind: ["2025-07-01", "2024-02-02"],
    eTag: ["2024-09-01", "2024-03-02"],
    ...below("properties", clusterPropertyVersions),
    ...below("properties.agentPoolProfiles", poolPropertyVersions),
  },
  "managedclusters/agentpools": below("properties", poolPropertyVersions),
  "managedclusters/agentpools/upgradeprofiles": { "properties.recentlyUsedVersions": ["2026-03-01", "2025-08-02"] },
  "managedclusters/agentpools/machines": below("properties", machinePropertyVersions),
});

export const knownProperties = versioned.known;

/** What a newer version has, or a preview, is refused in the words of AKS. */
export function refuseUnknownProperties(request: ArmRequest): void {
  const field = request.method === "PUT" ? versioned.unknownIn(request) : undefined;
  if (field === undefined) return;
  const text = `UnmarshalEntity encountered error: json: unknown field "${field}" Check that the field is in the right location, is spelled correctly, and is supported in the API version. Visit aka.ms/aks/apiversions for more API version information..`;
  throw refusal(400, "UnmarshalError", text);
}
