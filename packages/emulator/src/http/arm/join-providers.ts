import type { ArmProvider, ArmRequest } from "../../world/arm/provider.ts";

/** One provider for each namespace, be it that several have a part of its types. */
export function joinProviders(providers: readonly ArmProvider[]): readonly ArmProvider[] {
  const byNamespace = Map.groupBy(providers, ({ namespace }) => namespace.toLowerCase());
  return [...byNamespace.values()].flatMap(([first, ...others]) => (first ? [others.reduce(joined, first)] : []));
}

function joined(one: ArmProvider, other: ArmProvider): ArmProvider {
  const isOfOther = ({ types }: ArmRequest): boolean => {
    const known = [...other.resourceTypes, ...(other.actionTypes ?? [])];
    return known.some((type) => type.toLowerCase().split("/")[0] === types[0]);
  };
  return {
    namespace: one.namespace,
    apiVersions: [...new Set([...one.apiVersions, ...other.apiVersions])].toSorted().toReversed(),
    resourceTypes: [...one.resourceTypes, ...other.resourceTypes],
    actionTypes: [...(one.actionTypes ?? []), ...(other.actionTypes ?? [])],
    handle: (request) => (isOfOther(request) ? other : one).handle(request),
    operations: () => [one, other].flatMap((provider) => provider.operations?.() ?? []),
    resources: (...group) => [one, other].flatMap((provider) => provider.resources?.(...group) ?? []),
    managedGroups: (subscription) => [one, other].flatMap((provider) => provider.managedGroups?.(subscription) ?? []),
    deleteGroup(...group) {
      for (const provider of [one, other]) provider.deleteGroup?.(...group);
    },
  };
}
