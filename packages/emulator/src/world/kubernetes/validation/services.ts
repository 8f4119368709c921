import type { KubeObject } from "../../objects.ts";
import { listAt, numberAt, recordAt, stringMapAt, textAt } from "../json.ts";
import { childPath, duplicate, type FieldError, invalidValue, itemPath, required } from "./field-errors.ts";
import { validateImmutable, validateLabels, validateName } from "./metadata.ts";
import { validatePort, validatePortOrName } from "./ports.ts";
import { oneOf } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go, ValidateService. */
export function validateService(service: KubeObject): readonly FieldError[] {
  const spec = recordAt(service, "spec");
  const ports = listAt(spec, "ports");
  const needsPorts = spec["type"] !== "ExternalName" && spec["clusterIP"] !== "None";
  return [
    ...oneOf(spec["type"], ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"], "spec.type"),
    ...oneOf(spec["sessionAffinity"], ["ClientIP", "None"], "spec.sessionAffinity"),
    ...(needsPorts && ports.length === 0 ? [required("spec.ports")] : []),
    ...validateLabels("spec.selector", stringMapAt(spec, "selector")),
    ...(spec["type"] === "ExternalName" && !spec["externalName"] ? [required("spec.externalName")] : []),
    ...ports.flatMap((port, index) => validateServicePort(port, itemPath("spec.ports", index), ports.length > 1)),
    ...duplicatePorts(ports),
  ];
}

export function validateServiceUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const before = textAt(previous, "spec", "clusterIP");
  return before ? validateImmutable("spec.clusterIP", textAt(next, "spec", "clusterIP"), before) : [];
}

function validateServicePort(port: unknown, path: string, severalPorts: boolean): readonly FieldError[] {
  const name = textAt(port, "name");
  const number = numberAt(port, "port");
  return [
    ...(severalPorts && !name ? [required(childPath(path, "name"))] : []),
    ...(name ? validateName(childPath(path, "name"), name, "label") : []),
    ...(number === undefined ? [] : validatePort(number, childPath(path, "port"))),
    ...validatePortOrName(recordAt(port)["targetPort"], childPath(path, "targetPort")),
    ...oneOf(recordAt(port)["protocol"], ["SCTP", "TCP", "UDP"], childPath(path, "protocol")),
    ...validateNodePort(numberAt(port, "nodePort"), childPath(path, "nodePort")),
  ];
}

function validateNodePort(port: number | undefined, path: string): readonly FieldError[] {
  if (port === undefined || (port >= 30_000 && port <= 32_767)) return [];
  return [invalidValue(path, port, "provided port is not in the valid range. The range of valid ports is 30000-32767")];
}

function duplicatePorts(ports: readonly unknown[]): readonly FieldError[] {
  const keys = ports.map((port) => `${numberAt(port, "port") ?? ""}/${textAt(port, "protocol") ?? "TCP"}`);
  const names = ports.map((port) => textAt(port, "name"));
  return ports.flatMap((port, index) => [
    ...(keys.indexOf(keys[index] ?? "") < index
      ? [duplicate(itemPath("spec.ports", index), { port: numberAt(port, "port"), protocol: textAt(port, "protocol") })]
      : []),
    ...(names[index] && names.indexOf(names[index]) < index
      ? [duplicate(`${itemPath("spec.ports", index)}.name`, names[index])]
      : []),
  ]);
}
