import { isIP } from "node:net";
import type { KubeObject } from "../../objects.ts";
import { type JsonRecord, listAt, numberAt, recordAt, scalarText, stringMapAt, textAt } from "../json.ts";
import {
  childPath,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  itemPath,
  required,
} from "./field-errors.ts";
import { validateLabelKey, validateLabels, validateName } from "./metadata.ts";
import { validatePort, validatePortOrName } from "./ports.ts";
import { oneOf, validateAddress, validateCidr, validateReachable, validateUnique } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. */

export function validateService(service: KubeObject): readonly FieldError[] {
  const spec = recordAt(service, "spec");
  const ports = listAt(spec, "ports");
  const needsPorts = spec["type"] !== "ExternalName" && spec["clusterIP"] !== "None";
  return [
    ...(spec["type"] === "" || spec["type"] === undefined
      ? [required("spec.type")]
      : oneOf(spec["type"], ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"], "spec.type")),
    ...oneOf(spec["sessionAffinity"], ["ClientIP", "None"], "spec.sessionAffinity"),
    ...validateAffinity(spec),
    ...(needsPorts && ports.length === 0 ? [required("spec.ports")] : []),
    ...validateLabels("spec.selector", stringMapAt(spec, "selector")),
    ...validateExternalName(spec),
    ...ports.flatMap((port, index) => validateServicePort(port, itemPath("spec.ports", index), ports.length > 1)),
    ...(spec["type"] === "ClusterIP" ? ports.flatMap(unusedNodePort) : []),
    ...duplicatePorts(ports),
    ...validateFamilies(spec),
    ...validateClusterAddresses(spec),
    ...validateExternal(spec),
    ...validateBalancer(spec),
  ];
}

function validateAffinity(spec: JsonRecord): readonly FieldError[] {
  const path = "spec.sessionAffinityConfig";
  const config = spec["sessionAffinityConfig"];
  const seconds = numberAt(config, "clientIP", "timeoutSeconds") ?? 10_800;
  if (spec["sessionAffinity"] !== "ClientIP" || config === undefined) return [];
  if (seconds > 0 && seconds <= 86_400) return [];
  return [invalidValue(`${path}.clientIP.timeoutSeconds`, seconds, "must be greater than 0 and less than 86400")];
}

function validateExternalName(spec: JsonRecord): readonly FieldError[] {
  if (spec["type"] !== "ExternalName") return [];
  const name = scalarText(spec["externalName"]).replace(/\.$/, "");
  const addressed = listAt(spec, "clusterIPs").length > 0 || Boolean(spec["clusterIP"]);
  return [
    ...(addressed ? [forbiddenField("spec.clusterIPs", "may not be set for ExternalName services")] : []),
    ...(name === "" ? [required("spec.externalName")] : validateName("spec.externalName", name, "subdomain")),
  ];
}

/** AKS clusters of the emulator have one family. */
const configuredFamily = "IPv4";

function validateFamilies(spec: JsonRecord): readonly FieldError[] {
  const path = "spec.ipFamilies";
  const families = listAt(spec, "ipFamilies");
  const dual = "this cluster is not configured for dual-stack services";
  return [
    ...families.flatMap((family, index) => {
      const unknown = oneOf(family, ["IPv4", "IPv6"], itemPath(path, index));
      if (unknown.length > 0 || family === configuredFamily) return unknown;
      return [invalidValue(itemPath(path, index), family, "not configured on this cluster")];
    }),
    ...validateUnique(families, path),
    ...oneOf(spec["ipFamilyPolicy"], ["PreferDualStack", "RequireDualStack", "SingleStack"], "spec.ipFamilyPolicy"),
    ...(spec["ipFamilyPolicy"] === "RequireDualStack"
      ? [invalidValue("spec.ipFamilyPolicy", "RequireDualStack", dual)]
      : []),
  ];
}

function validateClusterAddresses(spec: JsonRecord): readonly FieldError[] {
  const path = "spec.clusterIPs";
  if (spec["type"] === "ExternalName") return [];
  const own = scalarText(spec["clusterIP"]);
  const listed = listAt(spec, "clusterIPs");
  const all = listed.length > 0 ? listed : own === "" ? [] : [own];
  const families = all.map((address) => isIP(String(address)));
  const once = "may specify no more than one IP for each IP family";
  return [
    ...(listed.length > 0 && own === ""
      ? [invalidValue(path, listed, "must be empty when `clusterIP` is not specified")]
      : []),
    ...(listed.length > 0 && own !== "" && listed[0] !== own
      ? [invalidValue(path, listed, "first value must match `clusterIP`")]
      : []),
    ...all.flatMap((address, index) => validateClusterAddress(address, itemPath(path, index), spec["type"])),
    ...(families.length === 2 && families[0] === families[1] && families[0] !== 0
      ? [invalidValue(path, all, once)]
      : []),
  ];
}

function validateClusterAddress(address: unknown, path: string, type: unknown): readonly FieldError[] {
  if (address !== "None") return validateAddress(address, path);
  const headless = type === "ClusterIP" || type === undefined;
  return headless ? [] : [invalidValue(path, address, `may not be set to 'None' for ${scalarText(type)} services`)];
}

function validateExternal(spec: JsonRecord): readonly FieldError[] {
  return listAt(spec, "externalIPs").flatMap((address, index) => {
    const path = itemPath("spec.externalIPs", index);
    return [...validateAddress(address, path), ...validateReachable(String(address), path)];
  });
}

function validateBalancer(spec: JsonRecord): readonly FieldError[] {
  const { type, loadBalancerClass, externalTrafficPolicy, healthCheckNodePort } = spec;
  const balanced = type === "LoadBalancer";
  const exposed = balanced || type === "NodePort" || listAt(spec, "externalIPs").length > 0;
  const only = "may only be used when `type` is 'LoadBalancer'";
  const policies = ["Cluster", "Local"];
  const ranges = listAt(spec, "loadBalancerSourceRanges");
  const checks = balanced && externalTrafficPolicy === "Local";
  const whenLocal = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  return [
    ...(ranges.length > 0 && !balanced ? [forbiddenField("spec.LoadBalancerSourceRanges", only)] : []),
    ...ranges.flatMap((range, index) =>
      validateCidr(String(range).trim(), itemPath("spec.LoadBalancerSourceRanges", index)),
    ),
    ...(spec["allocateLoadBalancerNodePorts"] !== undefined && !balanced
      ? [forbiddenField("spec.allocateLoadBalancerNodePorts", only)]
      : []),
    ...(loadBalancerClass !== undefined && !balanced ? [forbiddenField("spec.loadBalancerClass", only)] : []),
    ...(balanced && loadBalancerClass !== undefined
      ? validateLabelKey("spec.loadBalancerClass", scalarText(loadBalancerClass))
      : []),
    ...(externalTrafficPolicy !== undefined && !exposed
      ? [
          invalidValue(
            "spec.externalTrafficPolicy",
            externalTrafficPolicy,
            "may only be set for externally-accessible services",
          ),
        ]
      : oneOf(externalTrafficPolicy, policies, "spec.externalTrafficPolicy")),
    ...oneOf(spec["internalTrafficPolicy"], policies, "spec.internalTrafficPolicy"),
    ...(typeof healthCheckNodePort === "number" && healthCheckNodePort !== 0 && !checks
      ? [invalidValue("spec.healthCheckNodePort", healthCheckNodePort, whenLocal)]
      : []),
    ...oneOf(
      spec["trafficDistribution"],
      ["PreferClose", "PreferSameZone", "PreferSameNode"],
      "spec.trafficDistribution",
    ),
  ];
}

export function validateServiceUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const before = textAt(previous, "spec", "clusterIP");
  const after = textAt(next, "spec", "clusterIP");
  const external = [next, previous].some((service) => textAt(service, "spec", "type") === "ExternalName");
  if (!before || external || before === after) return [];
  return [invalidValue("spec.clusterIPs[0]", listAt(next, "spec", "clusterIPs"), "may not change once set")];
}

function validateServicePort(port: unknown, path: string, severalPorts: boolean): readonly FieldError[] {
  const name = textAt(port, "name");
  const { targetPort, protocol, appProtocol } = recordAt(port);
  return [
    ...(severalPorts && !name ? [required(childPath(path, "name"))] : []),
    ...(name ? validateName(childPath(path, "name"), name, "label") : []),
    ...validatePort(numberAt(port, "port") ?? 0, childPath(path, "port")),
    ...validatePortOrName(targetPort, childPath(path, "targetPort")),
    ...oneOf(protocol, ["SCTP", "TCP", "UDP"], childPath(path, "protocol")),
    ...(appProtocol === undefined ? [] : validateLabelKey(childPath(path, "appProtocol"), scalarText(appProtocol))),
    ...validateNodePort(numberAt(port, "nodePort"), childPath(path, "nodePort")),
  ];
}

function validateNodePort(port: number | undefined, path: string): readonly FieldError[] {
  if (port === undefined || port === 0 || (port >= 30_000 && port <= 32_767)) return [];
  return [invalidValue(path, port, "provided port is not in the valid range. The range of valid ports is 30000-32767")];
}

function unusedNodePort(port: unknown, index: number): readonly FieldError[] {
  if ((numberAt(port, "nodePort") ?? 0) === 0) return [];
  return [forbiddenField(`${itemPath("spec.ports", index)}.nodePort`, "may not be used when `type` is 'ClusterIP'")];
}

function duplicatePorts(ports: readonly unknown[]): readonly FieldError[] {
  const keys = ports.map((port) => `${numberAt(port, "port") ?? ""}/${textAt(port, "protocol") ?? "TCP"}`);
  const names = ports.map((port) => textAt(port, "name"));
  const nodePorts = ports.map((port) => numberAt(port, "nodePort") || undefined);
  return ports.flatMap((port, index) => [
    ...(keys.indexOf(keys[index] ?? "") < index ? [duplicate(itemPath("spec.ports", index), asGo(port))] : []),
    ...(names[index] && names.indexOf(names[index]) < index
      ? [duplicate(`${itemPath("spec.ports", index)}.name`, names[index])]
      : []),
    ...(nodePorts[index] && nodePorts.indexOf(nodePorts[index]) < index
      ? [
          invalidValue(
            `${itemPath("spec.ports", index)}.nodePort`,
            nodePorts[index],
            "provided port is already allocated",
          ),
        ]
      : []),
  ]);
}

/** The part of a port that tells it from others, in the form that Go has inside. */
function asGo(port: unknown): JsonRecord {
  const protocol = textAt(port, "protocol") ?? "TCP";
  return { Name: "", Protocol: protocol, AppProtocol: null, Port: numberAt(port, "port"), TargetPort: 0, NodePort: 0 };
}
