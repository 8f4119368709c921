import { apiVersionOf, type ResourceType } from "./resource-type.ts";
import { accessResources } from "./resources/access.ts";
import { addressResources } from "./resources/addresses.ts";
import { admissionResources } from "./resources/admission.ts";
import { apiServiceResources } from "./resources/api-services.ts";
import { appsResources } from "./resources/apps.ts";
import { autoscalingResources } from "./resources/autoscaling.ts";
import { batchResources } from "./resources/batch.ts";
import { certificateResources } from "./resources/certificates.ts";
import { componentResources } from "./resources/components.ts";
import { coreResources } from "./resources/core.ts";
import { daprResources } from "./resources/dapr.ts";
import { definitionResources } from "./resources/definitions.ts";
import { dynamicResources } from "./resources/dynamic.ts";
import { eventResources } from "./resources/events.ts";
import { flowControlResources } from "./resources/flow-control.ts";
import { gatewayResources } from "./resources/gateway.ts";
import { ingressResources } from "./resources/ingress.ts";
import { kedaResources } from "./resources/keda.ts";
import { metricsResources } from "./resources/metrics.ts";
import { networkResources } from "./resources/network.ts";
import { nodeResources } from "./resources/nodes.ts";
import { podResources } from "./resources/pods.ts";
import { policyKinds } from "./resources/policies.ts";
import { policyResources } from "./resources/policy.ts";
import { quotaResources } from "./resources/quota.ts";
import { rbacResources } from "./resources/rbac.ts";
import { schedulingResources } from "./resources/scheduling.ts";
import { storageResources } from "./resources/storage.ts";
import { bindingType } from "./subresources/binding.ts";
import { isAtLeast } from "./version.ts";

/** The kinds that a cluster serves: built in, and those that its custom resource definitions add. */
export class Registry {
  readonly #builtIn: readonly ResourceType[];
  readonly #kubernetesVersion: () => string;
  readonly #custom = new Map<string, readonly ResourceType[]>();
  #types: readonly ResourceType[];
  #byPath: ReadonlyMap<string, ResourceType>;

  /** `kubernetesVersion` decides which old versions are still served, and may change. */
  constructor(types: readonly ResourceType[], kubernetesVersion: () => string) {
    this.#builtIn = types;
    this.#kubernetesVersion = kubernetesVersion;
    this.#types = types;
    this.#byPath = byPath(types);
  }

  get types(): readonly ResourceType[] {
    const version = this.#kubernetesVersion();
    return this.#types.filter((type) => isServed(type, version));
  }

  find(group: string, version: string, plural: string): ResourceType | undefined {
    const found = this.#byPath.get(`${apiVersionOf({ group, version })}/${plural}`);
    return found && isServed(found, this.#kubernetesVersion()) ? found : undefined;
  }

  /** Versions of each group, in the order of the registry. */
  groups(): ReadonlyMap<string, readonly string[]> {
    const groups = new Map<string, string[]>();
    for (const { group, version } of this.types) {
      const versions = groups.get(group) ?? [];
      if (!versions.includes(version)) versions.push(version);
      groups.set(group, versions);
    }
    return groups;
  }

  ofGroupVersion(group: string, version: string): readonly ResourceType[] {
    return this.types.filter((type) => type.group === group && type.version === version);
  }

  /** Serves what a definition says. A kind that is built in stays as it is. */
  setCustom(definition: string, types: () => readonly ResourceType[]): void {
    if (this.#builtIn.some(({ plural, group }) => `${plural}.${group}` === definition)) return;
    this.#custom.set(definition, types());
    this.#renew();
  }

  removeCustom(definition: string): void {
    if (this.#custom.delete(definition)) this.#renew();
  }

  #renew(): void {
    this.#types = [...this.#builtIn, ...[...this.#custom.values()].flat()];
    this.#byPath = byPath(this.#types);
  }
}

function isServed({ addedIn, removedIn }: ResourceType, kubernetesVersion: string): boolean {
  const isThere = addedIn === undefined || isAtLeast(kubernetesVersion, addedIn);
  return isThere && (removedIn === undefined || !isAtLeast(kubernetesVersion, removedIn));
}

function byPath(types: readonly ResourceType[]): ReadonlyMap<string, ResourceType> {
  return new Map(types.map((type) => [`${apiVersionOf(type)}/${type.plural}`, type]));
}

/** What an AKS cluster with KEDA, Dapr and the Gateway API serves. */
export const builtInTypes: readonly ResourceType[] = [
  ...coreResources,
  bindingType,
  ...componentResources,
  ...nodeResources,
  ...podResources,
  ...networkResources,
  ...eventResources,
  ...appsResources,
  ...batchResources,
  ...autoscalingResources,
  ...policyResources,
  ...quotaResources,
  ...storageResources,
  ...schedulingResources,
  ...ingressResources,
  ...rbacResources,
  ...admissionResources,
  ...policyKinds,
  ...certificateResources,
  ...addressResources,
  ...dynamicResources,
  ...accessResources,
  ...flowControlResources,
  ...definitionResources,
  ...gatewayResources,
  ...metricsResources,
  ...apiServiceResources,
  ...kedaResources,
  ...daprResources,
];
