import type { PlainResource, PlainResources } from "../../world/arm/plain-resources.ts";
import type { ArmProvider } from "../../world/arm/provider.ts";
import { platformVersion } from "./api-version.ts";
import type { ArmOptions } from "./call.ts";
import { createDeploymentsProvider } from "./deployments/deployments-provider.ts";
import type { Send } from "./deployments/run-deployment.ts";
import { plainNamespaces } from "./plain-namespaces.ts";
import { createPlainProvider } from "./plain-provider.ts";
import { resourcesOf } from "./resource-groups-api.ts";
import type { ResourcePath } from "./resource-path.ts";
import { subnetUsages } from "./subnet-usages.ts";

/** Microsoft.Resources, and what is kept and shown of other namespaces. `send`: calls from inside. */
export function frontProviders(
  options: ArmOptions,
  plain: PlainResources,
  send: (baseUrl: string) => Send,
): ArmProvider[] {
  const { world, operations, resourceGroups, subscriptionId, tokens, providers } = options;
  const { subnetUse = () => 0 } = options;
  const reads = { "virtualnetworks/usages": (network: PlainResource) => subnetUsages(plain, network, subnetUse) };
  const others = plainNamespaces.map((namespace) => createPlainProvider(world, plain, namespace, reads));
  const known = [...providers, ...others];
  const deployments = createDeploymentsProvider({
    world,
    operations,
    tenantId: tokens.tenantId,
    group: (subscription, name) => resourceGroups.get(subscription, name),
    namespaces: () => [...known.map(({ namespace }) => namespace.toLowerCase()), ...namespacesAtScopes],
    send,
    resourcesAt: (scope) => resourcesOf(known, subscriptionId, scope.split("/").at(-1) ?? "").map(({ id }) => id),
  });
  return [...others, deployments];
}

/** Whose resources stand below others, or are known without a provider. */
const namespacesAtScopes = ["microsoft.resources", "microsoft.authorization", "microsoft.insights"];

/** The newest version of whatever stands at the path. */
export function newestOf(providers: readonly ArmProvider[], parsed: ResourcePath): string {
  if (parsed.kind !== "provider") return platformVersion;
  const namespace = parsed.namespace.toLowerCase();
  const known = providers.find((provider) => provider.namespace.toLowerCase() === namespace);
  return known?.apiVersions[0] ?? platformVersion;
}
