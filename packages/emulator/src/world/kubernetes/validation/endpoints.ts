import { isIP } from "node:net";
import type { KubeObject } from "../../objects.ts";
import { isRecord, type JsonRecord, listAt, recordAt, scalarText, textAt } from "../json.ts";
import { childPath, type FieldError, invalidValue, itemPath, required } from "./field-errors.ts";
import { validateImmutable, validateLabelKey, validateName } from "./metadata.ts";
import { validatePort } from "./ports.ts";
import { oneOf, validateAddress, validateReachable, validateUnique } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/discovery/validation and pkg/apis/core/validation. */

const protocols = ["SCTP", "TCP", "UDP"];

export function validateEndpointSlice(slice: KubeObject): readonly FieldError[] {
  const { addressType = "" } = slice;
  const ports = listAt(slice, "ports");
  return [
    ...(addressType === "" ? [required("addressType")] : oneOf(addressType, ["FQDN", "IPv4", "IPv6"], "addressType")),
    ...listAt(slice, "endpoints").flatMap((endpoint, index) =>
      validateEndpoint(recordAt(endpoint), itemPath("endpoints", index), addressType),
    ),
    ...ports.flatMap((port, index) => validateSlicePort(recordAt(port), itemPath("ports", index))),
    ...duplicateNames(ports),
  ];
}

export function validateEndpointSliceUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  return validateImmutable("addressType", next["addressType"], previous["addressType"]);
}

function validateEndpoint(endpoint: JsonRecord, path: string, type: unknown): readonly FieldError[] {
  const list = childPath(path, "addresses");
  const addresses = listAt(endpoint, "addresses");
  const { nodeName, hostname } = endpoint;
  return [
    ...(addresses.length === 0 ? [required(list, "must contain at least 1 address")] : []),
    ...addresses.flatMap((address, index) => validateEndpointAddress(address, itemPath(list, index), list, type)),
    ...(typeof nodeName === "string" ? validateName(childPath(path, "nodeName"), nodeName, "subdomain") : []),
    ...(typeof hostname === "string" ? validateName(childPath(path, "hostname"), hostname, "label") : []),
  ];
}

function validateEndpointAddress(address: unknown, path: string, list: string, type: unknown): readonly FieldError[] {
  const text = String(address);
  if (type === "FQDN") return validateName(path, text, "subdomain");
  if (type !== "IPv4" && type !== "IPv6") return [];
  const errors = validateAddress(text, path);
  if (errors.length > 0) return errors;
  if (isIP(text) !== (type === "IPv4" ? 4 : 6)) return [invalidValue(list, text, `must be an ${type} address`)];
  return validateReachable(text, path);
}

function validateSlicePort(port: JsonRecord, path: string): readonly FieldError[] {
  const { name, protocol, appProtocol } = port;
  return [
    ...(typeof name === "string" && name !== "" ? validateName(childPath(path, "name"), name, "label") : []),
    ...(protocol === undefined || protocol === ""
      ? [required(childPath(path, "protocol"))]
      : oneOf(protocol, protocols, childPath(path, "protocol"))),
    ...(appProtocol === undefined ? [] : validateLabelKey(childPath(path, "appProtocol"), scalarText(appProtocol))),
  ];
}

function duplicateNames(ports: readonly unknown[]): readonly FieldError[] {
  const names = ports.map((port) => textAt(port, "name") ?? "");
  const [first, ...others] = names.flatMap((name, index) => (name === "" ? [index] : []));
  const unnamed = first === undefined ? [] : others;
  return [
    ...validateUnique(names, "ports", "name"),
    ...unnamed.map((index) => ({
      field: `${itemPath("ports", index)}.name`,
      reason: "FieldValueDuplicate",
      message: 'Duplicate value: ""',
    })),
  ];
}

export function validateEndpoints(endpoints: KubeObject): readonly FieldError[] {
  return listAt(endpoints, "subsets").flatMap((subset, index) =>
    validateSubset(recordAt(subset), itemPath("subsets", index)),
  );
}

function validateSubset(subset: JsonRecord, path: string): readonly FieldError[] {
  const lists = ["addresses", "notReadyAddresses"];
  const ports = listAt(subset, "ports");
  if (lists.every((list) => listAt(subset, list).length === 0))
    return [required(path, "must specify `addresses` or `notReadyAddresses`")];
  return [
    ...lists.flatMap((list) =>
      listAt(subset, list).flatMap((address, index) =>
        validateSubsetAddress(recordAt(address), itemPath(childPath(path, list), index)),
      ),
    ),
    ...ports.flatMap((port, index) =>
      validateSubsetPort(recordAt(port), itemPath(childPath(path, "ports"), index), ports.length > 1),
    ),
  ];
}

function validateSubsetAddress(address: JsonRecord, path: string): readonly FieldError[] {
  const place = childPath(path, "ip");
  const ip = scalarText(address["ip"]);
  const { hostname, nodeName } = address;
  const valid = isIP(ip) !== 0;
  return [
    ...validateAddress(ip, place),
    ...(valid ? validateReachable(ip, place) : [invalidValue(place, ip, "must be a valid IP address")]),
    ...(hostname ? validateName(childPath(path, "hostname"), scalarText(hostname), "label") : []),
    ...(nodeName ? validateName(childPath(path, "nodeName"), scalarText(nodeName), "subdomain") : []),
  ];
}

function validateSubsetPort(port: JsonRecord, path: string, named: boolean): readonly FieldError[] {
  const { name = "", protocol, appProtocol } = port;
  return [
    ...(name === ""
      ? named
        ? [required(childPath(path, "name"))]
        : []
      : validateName(childPath(path, "name"), scalarText(name), "label")),
    ...validatePort(Number(port["port"] ?? 0), childPath(path, "port")),
    ...(protocol === undefined ? [] : oneOf(protocol, protocols, childPath(path, "protocol"))),
    ...(appProtocol === undefined || isRecord(appProtocol)
      ? []
      : validateLabelKey(childPath(path, "appProtocol"), scalarText(appProtocol))),
  ];
}
