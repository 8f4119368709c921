import type { KubeObject } from "../../objects.ts";
import { isRecord, listAt, numberAt, recordAt, textAt } from "../json.ts";
import { childPath, type FieldError, invalidValue, itemPath } from "./field-errors.ts";
import { oneOf } from "./values.ts";

/** OpenAPI and CEL rules of the Gateway API, v1.4 standard channel. */

export function validateHttpRoute(route: KubeObject): readonly FieldError[] {
  const rules = listAt(route, "spec", "rules");
  return rules.flatMap((rule, index) => {
    const path = itemPath("spec.rules", index);
    return [
      ...listAt(rule, "backendRefs").flatMap((reference, at) =>
        validateBackend(reference, itemPath(childPath(path, "backendRefs"), at)),
      ),
      ...listAt(rule, "matches").flatMap((match, at) =>
        oneOf(
          recordAt(match, "path")["type"],
          ["Exact", "PathPrefix", "RegularExpression"],
          `${itemPath(childPath(path, "matches"), at)}.path.type`,
        ),
      ),
    ];
  });
}

export function validateGateway(gateway: KubeObject): readonly FieldError[] {
  return listAt(gateway, "spec", "listeners").flatMap((listener, index) =>
    range(numberAt(listener, "port"), `${itemPath("spec.listeners", index)}.port`, 1, 65_535),
  );
}

/** KEDA's admission rules (apis/keda/v1alpha1/scaledobject_webhook.go), as OpenAPI errors. */
export function validateScaledObject(object: KubeObject): readonly FieldError[] {
  const spec = recordAt(object, "spec");
  const min = numberAt(spec, "minReplicaCount") ?? 0;
  const max = numberAt(spec, "maxReplicaCount") ?? 100;
  const idle = numberAt(spec, "idleReplicaCount");
  return [
    ...(min > max
      ? [invalidValue("spec.minReplicaCount", min, `MinReplicaCount=${min} must be less than MaxReplicaCount=${max}`)]
      : []),
    ...(idle !== undefined && idle >= min
      ? [
          invalidValue(
            "spec.idleReplicaCount",
            idle,
            `IdleReplicaCount=${idle} must be less than MinReplicaCount=${min}`,
          ),
        ]
      : []),
  ];
}

/** Defaults of the CRD: what the API server fills in. */
export function setHttpRouteDefaults(draft: KubeObject): void {
  const spec = recordAt(draft, "spec");
  for (const parent of listAt(spec, "parentRefs").filter(isRecord)) {
    parent["group"] ??= "gateway.networking.k8s.io";
    parent["kind"] ??= "Gateway";
  }
  if (isRecord(draft["spec"])) draft["spec"]["rules"] ??= [{}];
  for (const rule of listAt(draft, "spec", "rules").filter(isRecord)) {
    rule["matches"] ??= [{ path: { type: "PathPrefix", value: "/" } }];
    for (const path of listAt(rule, "matches").map((match) => recordAt(match, "path"))) {
      if (Object.keys(path).length > 0) path["type"] ??= "PathPrefix";
    }
    for (const backend of listAt(rule, "backendRefs").filter(isRecord)) {
      backend["group"] ??= "";
      backend["kind"] ??= "Service";
      backend["weight"] ??= 1;
    }
  }
}

function validateBackend(reference: unknown, path: string): readonly FieldError[] {
  const port = numberAt(reference, "port");
  const isService = (textAt(reference, "kind") ?? "Service") === "Service" && !textAt(reference, "group");
  return [
    ...range(numberAt(reference, "weight"), childPath(path, "weight"), 0, 1_000_000),
    ...range(port, childPath(path, "port"), 1, 65_535),
    ...(isService && port === undefined ? [invalidValue(path, "object", "Must have port for Service reference")] : []),
  ];
}

function range(value: number | undefined, path: string, minimum: number, maximum: number): readonly FieldError[] {
  if (value === undefined) return [];
  if (value < minimum) {
    return [invalidValue(path, value, `${path} in body should be greater than or equal to ${minimum}`)];
  }
  return value > maximum
    ? [invalidValue(path, value, `${path} in body should be less than or equal to ${maximum}`)]
    : [];
}
