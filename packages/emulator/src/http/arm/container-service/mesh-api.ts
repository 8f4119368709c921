import { methodNotAllowed } from "../../../world/arm/errors.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import { type MeshRevision, meshRevisions } from "../../../world/container-service/mesh-revisions.ts";
import type { ManagedCluster } from "../../../world/container-service/state.ts";
import { clusterId } from "../../../world/container-service/views.ts";

const mode = "istio";

/** `GET …/locations/{location}/meshRevisionProfiles[/{mode}]` */
export function meshRevisionProfiles(request: ArmRequest): ArmResponse {
  if (request.method !== "GET") throw methodNotAllowed(request.method);
  const [location, name] = request.names;
  const profile = {
    id: `/subscriptions/${request.subscription}/providers/Microsoft.ContainerService/locations/${location}/meshRevisionProfiles/${mode}`,
    name: mode,
    type: "Microsoft.ContainerService/locations/meshRevisionProfiles",
    properties: { meshRevisions: meshRevisions.map(shownRevision) },
  };
  if (name === undefined) return { status: 200, body: { value: [profile] } };
  if (name.toLowerCase() === mode) return { status: 200, body: profile };
  throw refusal(404, "NotFound", `Could not find the mesh revision profile '${name}'.`);
}

/** `GET …/managedClusters/{name}/meshUpgradeProfiles[/{mode}]`: of clusters that have the mesh. */
export function meshUpgradeProfiles(cluster: ManagedCluster, request: ArmRequest): ArmResponse {
  if (request.method !== "GET") throw methodNotAllowed(request.method);
  const [, name] = request.names;
  const profiles = profilesOf(cluster);
  if (name === undefined) return { status: 200, body: { value: profiles } };
  if (name.toLowerCase() === mode && profiles.length > 0) return { status: 200, body: profiles[0] };
  throw refusal(404, "NotFound", `Could not find the mesh upgrade profile '${name}' of cluster '${cluster.name}'.`);
}

function profilesOf(cluster: ManagedCluster): Record<string, unknown>[] {
  const profile = cluster.properties["serviceMeshProfile"] as
    | { mode?: string; istio?: { revisions?: readonly string[] } }
    | undefined;
  if (profile?.mode?.toLowerCase() !== mode) return [];
  const revision = profile.istio?.revisions?.[0];
  if (revision === undefined) return [];
  // One that is not offered any more goes nowhere.
  const known = meshRevisions.find((candidate) => candidate.revision === revision) ?? {
    revision,
    upgrades: [],
    kubernetes: [],
  };
  return [
    {
      id: `${clusterId(cluster)}/meshUpgradeProfiles/${mode}`,
      name: mode,
      type: "Microsoft.ContainerService/managedClusters/meshUpgradeProfiles",
      properties: shownRevision(known),
    },
  ];
}

function shownRevision({ revision, upgrades, kubernetes }: MeshRevision): Record<string, unknown> {
  return { revision, upgrades, compatibleWith: [{ name: "kubernetes", versions: kubernetes }] };
}
