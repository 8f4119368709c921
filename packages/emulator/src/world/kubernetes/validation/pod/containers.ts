import { at, isRecord, type JsonRecord, listAt, recordAt, scalarText, textAt } from "../../json.ts";
import {
  childPath,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  itemPath,
  notSupported,
  required,
} from "../field-errors.ts";
import { validateName } from "../metadata.ts";
import { portNameProblems, validatePort } from "../ports.ts";
import { validateResources } from "../resources.ts";
import { oneOf } from "../values.ts";
import { validateEnvironment } from "./environment.ts";
import { type ProbeKind, validateLifecycle, validateProbe } from "./handlers.ts";
import { validateMounts } from "./mounts.ts";
import { validateContainerSecurity } from "./security.ts";

/** What the containers of a pod share. */
export interface Surroundings {
  readonly volumes: readonly string[];
  readonly claims: readonly string[];
  readonly restartPolicy: unknown;
  readonly graceSeconds: number;
  readonly hostNetwork: boolean;
  readonly sharesUsers: boolean;
}

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. */
export function validateContainers(spec: JsonRecord, path: string, pod: Surroundings): readonly FieldError[] {
  const containers = listAt(spec, "containers");
  const list = childPath(path, "containers");
  const names = containers.map((one) => textAt(one, "name") ?? "");
  return [
    ...(containers.length === 0 ? [required(list)] : []),
    ...containers.flatMap((one, index) => validateContainer(recordAt(one), itemPath(list, index), pod)),
    ...names.flatMap((name, index) =>
      name !== "" && names.indexOf(name) < index ? [duplicate(`${itemPath(list, index)}.name`, name)] : [],
    ),
    ...validateHostPorts(containers, list),
    ...validateInitContainers(spec, childPath(path, "initContainers"), names, pod),
  ];
}

const onlyRestarting = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"];

function validateInitContainers(
  spec: JsonRecord,
  path: string,
  taken: readonly string[],
  pod: Surroundings,
): readonly FieldError[] {
  const containers = listAt(spec, "initContainers");
  const names = containers.map((one) => textAt(one, "name") ?? "");
  return containers.flatMap((one, index) => {
    const container = recordAt(one);
    const place = itemPath(path, index);
    const name = names[index] ?? "";
    const restarts = container["restartPolicy"] === "Always";
    return [
      ...validateContainer(container, place, pod),
      ...oneOf(container["restartPolicy"], ["Always", "Never", "OnFailure"], childPath(place, "restartPolicy")),
      ...(name !== "" && (taken.includes(name) || names.indexOf(name) < index)
        ? [duplicate(childPath(place, "name"), name)]
        : []),
      ...onlyRestarting
        .filter((member) => isRecord(container[member]) && !restarts)
        .map((member) =>
          forbiddenField(childPath(place, member), "may not be set for init containers without restartPolicy=Always"),
        ),
    ];
  });
}

function validateContainer(container: JsonRecord, path: string, pod: Surroundings): readonly FieldError[] {
  const name = textAt(container, "name");
  const image = textAt(container, "image");
  const pulls = ["Always", "IfNotPresent", "Never"];
  const outputs = ["File", "FallbackToLogsOnError"];
  return [
    ...(name ? validateName(childPath(path, "name"), name, "label") : [required(childPath(path, "name"))]),
    ...(image ? validateImage(image, childPath(path, "image")) : [required(childPath(path, "image"))]),
    ...oneOf(container["imagePullPolicy"], pulls, childPath(path, "imagePullPolicy")),
    ...oneOf(container["terminationMessagePolicy"], outputs, childPath(path, "terminationMessagePolicy")),
    ...validatePorts(listAt(container, "ports"), childPath(path, "ports"), pod.hostNetwork),
    ...validateEnvironment(container, path, pod.volumes),
    ...validateMounts(container, path, pod.volumes),
    ...validateResources(recordAt(container, "resources"), childPath(path, "resources"), pod.claims),
    ...validateResizePolicies(listAt(container, "resizePolicy"), childPath(path, "resizePolicy"), pod),
    ...(["startupProbe", "livenessProbe", "readinessProbe"] satisfies ProbeKind[]).flatMap((kind) => {
      const probe = at(container, kind);
      return isRecord(probe) ? validateProbe(probe, childPath(path, kind), kind) : [];
    }),
    ...validateLifecycle(container["lifecycle"], childPath(path, "lifecycle"), pod.graceSeconds),
    ...validateContainerSecurity(
      recordAt(container, "securityContext"),
      childPath(path, "securityContext"),
      pod.sharesUsers,
    ),
  ];
}

function validateImage(image: string, path: string): readonly FieldError[] {
  return image === image.trim() ? [] : [invalidValue(path, image, "must not have leading or trailing whitespace")];
}

function validatePorts(ports: readonly unknown[], path: string, hostNetwork: boolean): readonly FieldError[] {
  const names = ports.map((port) => textAt(port, "name") ?? "");
  return ports.flatMap((port, index) => {
    const { containerPort = 0, hostPort = 0, protocol } = recordAt(port);
    const place = itemPath(path, index);
    const name = names[index] ?? "";
    const host = childPath(place, "hostPort");
    const differs = hostNetwork && hostPort !== 0 && hostPort !== containerPort;
    return [
      ...(name === ""
        ? []
        : names.indexOf(name) < index
          ? [duplicate(childPath(place, "name"), name)]
          : portNameProblems(name).map((problem) => invalidValue(childPath(place, "name"), name, problem))),
      ...(containerPort === 0
        ? [required(childPath(place, "containerPort"))]
        : validatePort(Number(containerPort), childPath(place, "containerPort"))),
      ...(hostPort === 0 ? [] : validatePort(Number(hostPort), host)),
      ...oneOf(protocol, ["SCTP", "TCP", "UDP"], childPath(place, "protocol")),
      ...(differs ? [invalidValue(host, hostPort, "must match `containerPort` when `hostNetwork` is true")] : []),
    ];
  });
}

/** A port of the node is given once. */
function validateHostPorts(containers: readonly unknown[], path: string): readonly FieldError[] {
  const seen = new Set<string>();
  return containers.flatMap((container, index) =>
    listAt(container, "ports").flatMap((port, at) => {
      const { hostPort = 0, hostIP = "", protocol = "TCP" } = recordAt(port);
      if (hostPort === 0) return [];
      const key = `${scalarText(protocol)}/${scalarText(hostIP)}/${scalarText(hostPort)}`;
      if (!seen.has(key)) {
        seen.add(key);
        return [];
      }
      return [duplicate(`${itemPath(childPath(itemPath(path, index), "ports"), at)}.hostPort`, key)];
    }),
  );
}

function validateResizePolicies(policies: readonly unknown[], path: string, pod: Surroundings): readonly FieldError[] {
  const names = policies.map((policy) => textAt(policy, "resourceName") ?? "");
  const never = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
  return policies.flatMap((policy, index) => {
    const { resourceName = "", restartPolicy = "" } = recordAt(policy);
    const restarts = ["NotRequired", "RestartContainer"];
    return [
      ...(resourceName === "cpu" || resourceName === "memory"
        ? []
        : [notSupported(path, resourceName, ["cpu", "memory"])]),
      ...(names.indexOf(names[index] ?? "") < index ? [duplicate(itemPath(path, index), resourceName)] : []),
      ...(restarts.includes(scalarText(restartPolicy)) ? [] : [notSupported(path, restartPolicy, restarts)]),
      ...(pod.restartPolicy === "Never" && restartPolicy === "RestartContainer"
        ? [invalidValue(path, restartPolicy, never)]
        : []),
    ];
  });
}
