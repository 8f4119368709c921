import { BlockList, isIP } from "node:net";
import type { KubeObject } from "../../objects.ts";
import { isRecord, type JsonRecord, listAt, recordAt } from "../json.ts";
import { childPath, type FieldError, forbiddenField, invalidValue, itemPath, required } from "./field-errors.ts";
import { validatePortOrName } from "./ports.ts";
import { validateSelector } from "./selectors.ts";
import { oneOf, validateCidr } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/networking/validation/validation.go. */
export function validateNetworkPolicy(policy: KubeObject): readonly FieldError[] {
  const spec = recordAt(policy, "spec");
  const types = listAt(spec, "policyTypes");
  const tooMany = "may not specify more than two policyTypes";
  return [
    ...validateSelector(spec["podSelector"], "spec.podSelector"),
    ...validateRules(listAt(spec, "ingress"), "spec.ingress", "from"),
    ...validateRules(listAt(spec, "egress"), "spec.egress", "to"),
    ...(types.length > 2
      ? [invalidValue("spec.policyTypes", types, tooMany)]
      : types.flatMap((type, index) => oneOf(type, ["Ingress", "Egress"], itemPath("spec.policyTypes", index)))),
  ];
}

function validateRules(rules: readonly unknown[], path: string, side: "from" | "to"): readonly FieldError[] {
  return rules.flatMap((rule, index) => {
    const place = itemPath(path, index);
    return [
      ...listAt(rule, "ports").flatMap((port, at) =>
        validatePolicyPort(recordAt(port), itemPath(childPath(place, "ports"), at)),
      ),
      ...listAt(rule, side).flatMap((peer, at) => validatePeer(recordAt(peer), itemPath(childPath(place, side), at))),
    ];
  });
}

function validatePolicyPort(policyPort: JsonRecord, path: string): readonly FieldError[] {
  const { port, endPort, protocol } = policyPort;
  const place = childPath(path, "endPort");
  return [
    ...oneOf(protocol, ["TCP", "UDP", "SCTP"], childPath(path, "protocol")),
    ...(port === undefined ? [] : validatePortOrName(port, childPath(path, "port"))),
    ...(endPort !== undefined && port === undefined
      ? [invalidValue(place, endPort, "may not be specified when `port` is not specified")]
      : []),
    ...(endPort !== undefined && typeof port === "string"
      ? [invalidValue(place, endPort, "may not be specified when `port` is non-numeric")]
      : []),
    // Kubernetes names the port, not the end.
    ...(typeof port === "number" && typeof endPort === "number" && endPort < port
      ? [invalidValue(place, port, "must be greater than or equal to `port`")]
      : []),
  ];
}

function validatePeer(peer: JsonRecord, path: string): readonly FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (!selects && ipBlock === undefined) return [required(path, "must specify a peer")];
  return [
    ...validateSelector(podSelector, childPath(path, "podSelector")),
    ...validateSelector(namespaceSelector, childPath(path, "namespaceSelector")),
    ...(isRecord(ipBlock) ? validateBlock(ipBlock, childPath(path, "ipBlock")) : []),
    ...(selects && ipBlock !== undefined
      ? [forbiddenField(path, "may not specify both ipBlock and another peer")]
      : []),
  ];
}

function validateBlock(block: JsonRecord, path: string): readonly FieldError[] {
  const { cidr } = block;
  if (typeof cidr !== "string" || !cidr) return [required(childPath(path, "cidr"))];
  const errors = validateCidr(cidr, childPath(path, "cidr"));
  return [
    ...errors,
    ...listAt(block, "except").flatMap((except, index) => {
      const place = itemPath(childPath(path, "except"), index);
      const own = validateCidr(except, place);
      if (own.length + errors.length > 0) return own;
      const inside = isStrictSubset(String(except), cidr);
      return inside ? [] : [invalidValue(place, except, "must be a strict subset of `cidr`")];
    }),
  ];
}

function isStrictSubset(inner: string, outer: string): boolean {
  const [address = "", bits = ""] = outer.split("/");
  const [own = "", ownBits = ""] = inner.split("/");
  const family = isIP(address) === 4 ? "ipv4" : "ipv6";
  if (isIP(address) !== isIP(own) || Number(ownBits) <= Number(bits)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family);
  return list.check(own, family);
}
