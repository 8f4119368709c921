import { apiVersionOf, type ResourceType } from "./resource-type.ts";
import { admissionResources } from "./resources/admission.ts";
import { appsResources } from "./resources/apps.ts";
import { autoscalingResources } from "./resources/autoscaling.ts";
import { batchResources } from "./resources/batch.ts";
import { coreResources } from "./resources/core.ts";
import { daprResources } from "./resources/dapr.ts";
import { eventResources } from "./resources/events.ts";
import { gatewayResources } from "./resources/gateway.ts";
import { ingressResources } from "./resources/ingress.ts";
import { kedaResources } from "./resources/keda.ts";
import { networkResources } from "./resources/network.ts";
import { nodeResources } from "./resources/nodes.ts";
import { podResources } from "./resources/pods.ts";
import { policyResources } from "./resources/policy.ts";
import { quotaResources } from "./resources/quota.ts";
import { rbacResources } from "./resources/rbac.ts";
import { schedulingResources } from "./resources/scheduling.ts";
import { storageResources } from "./resources/storage.ts";

/** The kinds that a cluster serves. */
export class Registry {
  readonly #types: readonly ResourceType[];
  readonly #byPath: ReadonlyMap<string, ResourceType>;

  constructor(types: readonly ResourceType[]) {
    this.#types = types;
    this.#byPath = new Map(types.map((type) => [`${apiVersionOf(type)}/${type.plural}`, type]));
  }

  get types(): readonly ResourceType[] {
    return this.#types;
  }

  find(group: string, version: string, plural: string): ResourceType | undefined {
    return this.#byPath.get(`${apiVersionOf({ group, version })}/${plural}`);
  }

  /** Versions of each group, in the order of the registry. */
  groups(): ReadonlyMap<string, readonly string[]> {
    const groups = new Map<string, string[]>();
    for (const { group, version } of this.#types) {
      const versions = groups.get(group) ?? [];
      if (!versions.includes(version)) versions.push(version);
      groups.set(group, versions);
    }
    return groups;
  }

  ofGroupVersion(group: string, version: string): readonly ResourceType[] {
    return this.#types.filter((type) => type.group === group && type.version === version);
  }
}

/** What an AKS cluster with KEDA, Dapr and the Gateway API serves. */
export const builtInRegistry = new Registry([
  ...coreResources,
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
  ...gatewayResources,
  ...kedaResources,
  ...daprResources,
]);
