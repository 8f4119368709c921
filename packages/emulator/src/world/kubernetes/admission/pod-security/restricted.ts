import { isRecord, type JsonRecord, listAt } from "../../json.ts";
import { addedCapabilities, badSeccomp, baselineChecks, capabilities, hostPaths, seccompType } from "./baseline.ts";
import {
  type Check,
  contextOf,
  named,
  type PodSubject,
  plural,
  quoted,
  setters,
  sortedSet,
  violation,
} from "./wording.ts";

/** What the level `restricted` asks beyond `baseline`. Wording of k8s.io/pod-security-admission: policy. */

function isWindows({ spec }: PodSubject): boolean {
  const { os } = spec;
  return isRecord(os) && os["name"] === "windows";
}

const escalation: Check = (pod) => {
  const bad = pod.containers.filter((container) => contextOf(container)["allowPrivilegeEscalation"] !== false);
  if (bad.length === 0 || isWindows(pod)) return [];
  const detail = `${named("container", bad)} must set securityContext.allowPrivilegeEscalation=false`;
  return violation("allowPrivilegeEscalation != false", detail);
};

const fewCapabilities: Check = (pod) => {
  if (isWindows(pod)) return [];
  const beyond = (container: JsonRecord): readonly string[] =>
    addedCapabilities(container).filter((name) => name !== "NET_BIND_SERVICE");
  const undropped = pod.containers.filter(
    (container) => !listAt(contextOf(container), "capabilities", "drop").includes("ALL"),
  );
  const adding = pod.containers.filter((container) => beyond(container).length > 0);
  const added = quoted(sortedSet(adding.flatMap(beyond)));
  const details = [
    ...(undropped.length > 0
      ? [`${named("container", undropped)} must set securityContext.capabilities.drop=["ALL"]`]
      : []),
    ...(adding.length > 0
      ? [`${named("container", adding)} must not include ${added} in securityContext.capabilities.add`]
      : []),
  ];
  return details.length === 0 ? [] : violation("unrestricted capabilities", details.join("; "));
};

const allowedVolumes: ReadonlySet<string> = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

const volumes: Check = ({ spec }) => {
  const typesOf = (volume: JsonRecord): readonly string[] =>
    Object.keys(volume).filter((member) => member !== "name" && !allowedVolumes.has(member));
  const bad = listAt(spec, "volumes")
    .filter(isRecord)
    .filter((volume) => typesOf(volume).length > 0);
  if (bad.length === 0) return [];
  const types = sortedSet(bad.flatMap(typesOf));
  const use = bad.length === 1 ? "uses" : "use";
  const what = `${plural("restricted volume type", types.length)} ${quoted(types)}`;
  return violation("restricted volume types", `${named("volume", bad)} ${use} ${what}`);
};

const asNonRoot: Check = ({ spec, containers }) => {
  const said = (holder: JsonRecord): unknown => contextOf(holder)["runAsNonRoot"];
  const explicit = setters(
    said(spec) === false,
    containers.filter((container) => said(container) === false),
  );
  const reason = "runAsNonRoot != true";
  if (explicit !== undefined) return violation(reason, `${explicit} must not set securityContext.runAsNonRoot=false`);
  const silent = said(spec) === true ? [] : containers.filter((container) => said(container) === undefined);
  const detail = `pod or ${named("container", silent)} must set securityContext.runAsNonRoot=true`;
  return silent.length === 0 ? [] : violation(reason, detail);
};

const asRoot: Check = ({ spec, containers }) => {
  const isRoot = (holder: JsonRecord): boolean => contextOf(holder)["runAsUser"] === 0;
  const who = setters(isRoot(spec), containers.filter(isRoot));
  return who === undefined ? [] : violation("runAsUser=0", `${who} must not set runAsUser=0`);
};

const seccomp: Check = (pod) => {
  if (isWindows(pod)) return [];
  const explicit = badSeccomp(pod);
  if (explicit.length > 0 || seccompType(pod.spec) !== undefined) return explicit;
  const silent = pod.containers.filter((container) => seccompType(container) === undefined);
  const detail = `pod or ${named("container", silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return silent.length === 0 ? [] : violation("seccompProfile", detail);
};

/** Instead of these there are stricter ones. */
const replaced: readonly Check[] = [capabilities, hostPaths, badSeccomp];

export const restrictedChecks: readonly Check[] = [
  ...baselineChecks.filter((check) => !replaced.includes(check)),
  escalation,
  fewCapabilities,
  volumes,
  asNonRoot,
  asRoot,
  seccomp,
];
