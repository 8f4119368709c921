import type { Cluster } from "../../../cluster.ts";
import type { KubeObject } from "../../../objects.ts";
import { timestamp } from "../../../store.ts";
import { recordUpdate } from "../../apply/managers.ts";
import { checkAdmission } from "../../cel/admission-environment.ts";
import { declareKind } from "../../cel/kind-types.ts";
import { declareType } from "../../cel/schema-types.ts";
import { isRecord, listAt, numberAt, recordAt, textAt } from "../../json.ts";
import type { Registry } from "../../registry.ts";
import { apiVersionOf, type ResourceType } from "../../resource-type.ts";
import { policyKinds } from "../../resources/policies.ts";
import { variableTypes } from "../../validation/policy-expressions.ts";
import { policyGroup } from "./matching.ts";

const policies = { group: policyGroup, resource: "validatingadmissionpolicies" };

/** Holds what policies say against the types of what they are about, and writes what does not fit into their status. */
export function createPolicyLifecycle(cluster: Cluster, registry: Registry): () => void {
  const { store, world } = cluster;
  return store.subscribe(({ type, resource, object }) => {
    if (type === "DELETED" || resource.group !== policies.group || resource.resource !== policies.resource) return;
    if (isObserved(object)) return;
    world.clock.after(0, () => observe(cluster, registry, object.metadata.name));
  });
}

function isObserved(policy: KubeObject): boolean {
  return (policy.metadata.generation ?? 0) <= (numberAt(policy, "status", "observedGeneration") ?? 0);
}

function observe({ store, world }: Cluster, registry: Registry, name: string): void {
  const policy = store.get(policies, undefined, name);
  if (!policy || isObserved(policy)) return;
  const [type] = policyKinds;
  const warnings = warningsOf(registry, policy);
  const typeChecking = warnings.length === 0 ? {} : { expressionWarnings: warnings };
  const manager = "validatingadmissionpolicy-status";
  const writer = { manager, subresource: "status", time: timestamp(world.clock.now()) };
  store.update(policies, undefined, name, (current) => {
    const status = { ...recordAt(current, "status"), observedGeneration: current.metadata.generation, typeChecking };
    return type ? recordUpdate(type, current, { ...current, status }, writer) : { ...current, status };
  });
}

interface Warning {
  readonly fieldRef: string;
  readonly warning: string;
}

function warningsOf(registry: Registry, policy: KubeObject): readonly Warning[] {
  const types = typesOf(registry, policy);
  return listAt(policy, "spec", "validations").flatMap((validation, index) =>
    ["expression", "messageExpression"].flatMap((member) => {
      const expression = textAt(validation, member) ?? "";
      const texts = expression === "" ? [] : types.flatMap((type) => issuesOf(policy, expression, type));
      if (texts.length === 0) return [];
      return [{ fieldRef: `spec.validations[${index}].${member}`, warning: texts.join("\n") }];
    }),
  );
}

function issuesOf(policy: KubeObject, expression: string, type: ResourceType): readonly string[] {
  const spec = recordAt(policy, "spec");
  const known = {
    params: isRecord(spec["paramKind"]),
    authorizer: true,
    objectType: (environment: Parameters<typeof declareKind>[0]) =>
      type.custom
        ? (declareType(environment, type.schema ?? {}, "objectType", true) ?? "dyn")
        : declareKind(environment, type.typeName),
  };
  const checked = checkAdmission(expression, { ...known, variables: variableTypes(spec, known) });
  const version = apiVersionOf(type);
  const kind = `${type.group === "" ? `/${version}` : version}, Kind=${type.kind}`;
  return checked.kind === "checked" ? [] : [`${kind}: ${checked.message}\n`];
}

/** How many kinds are looked at for one rule. */
const typesLimit = 10;

/** Kinds that a policy names; of wildcards nothing is known. */
function typesOf(registry: Registry, policy: KubeObject): readonly ResourceType[] {
  const named = listAt(policy, "spec", "matchConstraints", "resourceRules").flatMap((rule) => {
    const has = (member: string, value: string): boolean => listAt(rule, member).includes(value);
    return registry.types
      .filter(
        (type) => has("apiGroups", type.group) && has("apiVersions", type.version) && has("resources", type.plural),
      )
      .slice(0, typesLimit);
  });
  const key = (type: ResourceType): string => `${type.group} ${type.version} ${type.kind}`;
  return [...new Set(named)].toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
}
