import { isRecord, type JsonRecord, listAt, recordAt, textAt } from "../json.ts";
import { childPath, itemPath } from "../validation/field-errors.ts";
import { fractional } from "./quantities.ts";
import { volumeWarnings } from "./volumes.ts";

/** What the API server warns of in a pod. Wording of kubernetes: pkg/api/pod/warnings.go. */
export function podWarnings(
  spec: JsonRecord,
  metadata: JsonRecord,
  path: string,
  metadataPath: string,
): readonly string[] {
  return [
    ...Object.keys(recordAt(spec, "nodeSelector")).flatMap((label) =>
      deprecation(label, (why) => `${childPath(path, "nodeSelector")}[${label}]: ${why}`),
    ),
    ...nodeAffinityWarnings(recordAt(spec, "affinity", "nodeAffinity"), `${path}.affinity.nodeAffinity`),
    ...spreadWarnings(spec, childPath(path, "topologySpreadConstraints")),
    ...annotationWarnings(Object.keys(recordAt(metadata, "annotations")), childPath(metadataPath, "annotations")),
    ...duplicates(listAt(spec, "hostAliases"), "ip", childPath(path, "hostAliases")),
    ...duplicates(listAt(spec, "imagePullSecrets"), "name", childPath(path, "imagePullSecrets")),
    ...listAt(spec, "imagePullSecrets").flatMap((secret, index) =>
      textAt(secret, "name")
        ? []
        : [`${itemPath(childPath(path, "imagePullSecrets"), index)}.name: invalid empty name ""`],
    ),
    ...listAt(spec, "volumes").flatMap((volume, index) =>
      volumeWarnings(volume, itemPath(childPath(path, "volumes"), index)),
    ),
    ...containersOf(spec, path).flatMap(([container, place]) => containerWarnings(container, place)),
    ...portNameWarnings(containersOf(spec, path)),
    ...(Number(spec["terminationGracePeriodSeconds"]) < 0
      ? [`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...podAffinityWarnings(recordAt(spec, "affinity"), `${path}.affinity`),
  ];
}

/** Labels of nodes that have another name today (kubernetes: pkg/api/node/util.go). */
const deprecatedLabels: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

export function deprecation(label: unknown, say: (why: string) => string): readonly string[] {
  const why = typeof label === "string" ? deprecatedLabels[label] : undefined;
  return why === undefined ? [] : [say(why)];
}

function nodeAffinityWarnings(affinity: JsonRecord, path: string): readonly string[] {
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
  return [
    ...termWarnings(listAt(affinity, required, "nodeSelectorTerms"), `${path}.${required}.nodeSelectorTerms`),
    ...listAt(affinity, preferred).flatMap((term, index) =>
      expressionWarnings(recordAt(term, "preference"), `${itemPath(`${path}.${preferred}`, index)}.preference`),
    ),
  ];
}

/** Also of the nodes that a volume can be used from. */
export function termWarnings(terms: readonly unknown[], path: string): readonly string[] {
  return terms.flatMap((term, index) => expressionWarnings(term, itemPath(path, index)));
}

function expressionWarnings(term: unknown, path: string): readonly string[] {
  return listAt(term, "matchExpressions").flatMap((expression, index) => {
    const key = textAt(expression, "key") ?? "";
    return deprecation(key, (why) => `${itemPath(`${path}.matchExpressions`, index)}.key: ${key} is ${why}`);
  });
}

const matchesNothing = "a null labelSelector results in matching no pod";

function spreadWarnings(spec: JsonRecord, path: string): readonly string[] {
  return listAt(spec, "topologySpreadConstraints").flatMap((constraint, index) => {
    const place = itemPath(path, index);
    const key = textAt(constraint, "topologyKey") ?? "";
    const selects = isRecord(constraint) && constraint["labelSelector"] !== undefined;
    return [
      ...deprecation(key, (why) => `${place}.topologyKey: ${key} is ${why}`),
      ...(selects ? [] : [`${place}.labelSelector: ${matchesNothing}`]),
    ];
  });
}

function podAffinityWarnings(affinity: JsonRecord, path: string): readonly string[] {
  return ["podAffinity", "podAntiAffinity"].flatMap((member) => {
    const required = `${path}.${member}.requiredDuringSchedulingIgnoredDuringExecution`;
    const preferred = `${path}.${member}.preferredDuringSchedulingIgnoredDuringExecution`;
    const unselective = (term: unknown, place: string): readonly string[] =>
      isRecord(term) && term["labelSelector"] === undefined ? [`${place}.labelSelector: ${matchesNothing}`] : [];
    return [
      ...listAt(affinity, member, "requiredDuringSchedulingIgnoredDuringExecution").flatMap((term, index) =>
        unselective(term, itemPath(required, index)),
      ),
      ...listAt(affinity, member, "preferredDuringSchedulingIgnoredDuringExecution").flatMap((term, index) =>
        unselective(recordAt(term, "podAffinityTerm"), `${itemPath(preferred, index)}.podAffinityTerm`),
      ),
    ];
  });
}

function annotationWarnings(annotations: readonly string[], path: string): readonly string[] {
  const say = (key: string, why: string): string => `${path}[${key}]: ${why}`;
  const starting = (prefix: string, why: string): readonly string[] =>
    annotations.filter((key) => key.startsWith(prefix)).map((key) => say(key, why));
  const sysctls = 'non-functional in v1.11+; use the "sysctls" field instead';
  const seccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead';
  const fixed: Readonly<Record<string, string>> = {
    "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
    "security.alpha.kubernetes.io/sysctls": sysctls,
    "security.alpha.kubernetes.io/unsafe-sysctls": sysctls,
    "seccomp.security.alpha.kubernetes.io/pod": seccomp,
  };
  return [
    ...starting(
      "container.apparmor.security.beta.kubernetes.io/",
      'deprecated since v1.30; use the "appArmorProfile" field instead',
    ),
    ...Object.entries(fixed).flatMap(([key, why]) => (annotations.includes(key) ? [say(key, why)] : [])),
    ...starting("container.seccomp.security.alpha.kubernetes.io/", seccomp),
  ];
}

function duplicates(items: readonly unknown[], member: string, path: string): readonly string[] {
  const texts = items.map((item) => textAt(item, member) ?? "");
  return texts.flatMap((text, index) =>
    text !== "" && texts.indexOf(text) < index
      ? [`${itemPath(path, index)}.${member}: duplicate ${member} ${JSON.stringify(text)}`]
      : [],
  );
}

type Placed = readonly [container: JsonRecord, place: string];

function containersOf(spec: JsonRecord, path: string): readonly Placed[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((member) =>
    listAt(spec, member)
      .filter(isRecord)
      .map((container, index): Placed => [container, itemPath(childPath(path, member), index)]),
  );
}

function containerWarnings(container: JsonRecord, path: string): readonly string[] {
  const names = listAt(container, "env").map((variable) => textAt(variable, "name") ?? "");
  return [
    ...quantityWarnings(recordAt(container, "resources"), childPath(path, "resources")),
    ...names.flatMap((name, index) =>
      names.indexOf(name) < index
        ? [
            `${itemPath(childPath(path, "env"), index)}: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
          ]
        : [],
    ),
    ...portWarnings(listAt(container, "ports").filter(isRecord), childPath(path, "ports")),
  ];
}

function quantityWarnings(resources: JsonRecord, path: string): readonly string[] {
  return ["limits", "requests"].flatMap((member) => {
    const amounts = recordAt(resources, member);
    return ["memory", "ephemeral-storage"].flatMap((name) => fractional(amounts[name], `${path}.${member}[${name}]`));
  });
}

function portWarnings(ports: readonly JsonRecord[], path: string): readonly string[] {
  return ports.flatMap((port, index) =>
    ports.slice(0, index).flatMap((other, before) => {
      const relation = relationOf(port, other);
      return relation === undefined
        ? []
        : [`${itemPath(path, index)}: ${relation} port definition with ${itemPath(path, before)}`];
    }),
  );
}

function relationOf(port: JsonRecord, other: JsonRecord): string | undefined {
  const differs = (member: string): boolean => port[member] !== other[member];
  if (differs("containerPort") || differs("protocol")) return undefined;
  if (!differs("hostPort") && !differs("hostIP")) return "duplicate";
  if (!port["hostPort"] || !other["hostPort"]) return "overlapping";
  return !differs("hostPort") && (!port["hostIP"] || !other["hostIP"]) ? "overlapping" : undefined;
}

/** A name is found in the first container that has it. */
function portNameWarnings(containers: readonly Placed[]): readonly string[] {
  const seen = new Map<string, string>();
  return containers.flatMap(([container, place]) => {
    const own = listAt(container, "ports").map(
      (port, index) => [textAt(port, "name") ?? "", itemPath(childPath(place, "ports"), index)] as const,
    );
    const warnings = own.flatMap(([name, path]) => {
      const first = seen.get(name);
      return name === "" || first === undefined
        ? []
        : [
            `${path}: duplicate port name ${JSON.stringify(name)} with ${first}, services and probes that select ports by name will use ${first}`,
          ];
    });
    for (const [name, path] of own) if (!seen.has(name)) seen.set(name, path);
    return warnings;
  });
}
