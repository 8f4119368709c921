import { isIP } from "node:net";
import type { KubeObject } from "../../../objects.ts";
import { listAt, numberAt, textAt } from "../../json.ts";
import { type FieldError, forbiddenField, invalidValue, itemPath } from "../field-errors.ts";
import { validateImmutable, validateLabelKey, validateName } from "../metadata.ts";
import { validateAddress } from "../values.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go, the status of a pod. */
export function validatePodStatus(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const claims = listAt(next, "spec", "resourceClaims").map((claim) => textAt(claim, "name"));
  const generation = numberAt(next, "status", "observedGeneration") ?? 0;
  const path = "status.observedGeneration";
  return [
    ...listAt(next, "status", "conditions").flatMap((condition, index) =>
      validateLabelKey(`${itemPath("status.conditions", index)}.Type`, textAt(condition, "type") ?? ""),
    ),
    ...validateNominee(next, previous),
    ...(generation < 0 ? [invalidValue(path, generation, "must be a non-negative integer")] : []),
    ...validateImmutable(
      "status.qosClass",
      textAt(next, "status", "qosClass") ?? "",
      textAt(previous, "status", "qosClass") ?? "",
    ),
    ...listAt(next, "status", "resourceClaimStatuses").flatMap((claim, index) => {
      const name = textAt(claim, "name");
      const place = `${itemPath("status.resourceClaimStatuses", index)}.name`;
      return claims.includes(name)
        ? []
        : [invalidValue(place, name, "must match the name of an entry in `spec.resourceClaims`")];
    }),
    ...validateAddresses(next, "podIPs", "podIP"),
    ...validateAddresses(next, "hostIPs", "hostIP"),
  ];
}

/** The node that it is to have once others are gone. */
function validateNominee(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const nominee = textAt(next, "status", "nominatedNodeName") ?? "";
  const path = "status.nominatedNodeName";
  if (nominee === "" || nominee === textAt(previous, "status", "nominatedNodeName")) return [];
  const isBound = (textAt(previous, "spec", "nodeName") ?? "") !== "";
  return [
    ...validateName(path, nominee, "subdomain"),
    ...(isBound ? [forbiddenField(path, "may not be set on pods that are already bound to a node")] : []),
  ];
}

/** One of each family; the first one stands by itself, too. */
function validateAddresses(pod: KubeObject, list: string, single: string): readonly FieldError[] {
  const path = `status.${list}`;
  const named = listAt(pod, "status", list).map((one) => textAt(one, "ip") ?? "");
  const first = textAt(pod, "status", single);
  const addresses = first === undefined ? named : [first, ...named.slice(1)];
  const families = new Set(addresses.map((address) => isIP(address)));
  const once = "may specify no more than one IP for each IP family";
  return [
    ...addresses.flatMap((address, index) => validateAddress(address, itemPath(path, index))),
    ...(families.size < addresses.length
      ? [
          invalidValue(
            path,
            addresses.map((IP) => ({ IP })),
            once,
          ),
        ]
      : []),
  ];
}
