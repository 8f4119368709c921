import { at, isRecord, type JsonRecord, listAt, recordAt } from "../../json.ts";
import { childPath, type FieldError, forbiddenField, invalidValue, itemPath } from "../field-errors.ts";
import { validateName } from "../metadata.ts";

/** What only Windows has, and what it has not. Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. */
export function validateWindows(spec: JsonRecord, path: string): readonly FieldError[] {
  const os = at(spec, "os", "name");
  const members = ["initContainers", "containers", "ephemeralContainers"];
  const contexts = members.flatMap((member) =>
    listAt(spec, member).map((container, index) => ({
      context: recordAt(container, "securityContext"),
      place: `${itemPath(childPath(path, member), index)}.securityContext`,
    })),
  );
  const pod = { context: recordAt(spec, "securityContext"), place: childPath(path, "securityContext") };
  return [
    ...[pod, ...contexts].flatMap(({ context, place }) =>
      isRecord(context["windowsOptions"]) ? validateOptions(context["windowsOptions"], `${place}.windowsOptions`) : [],
    ),
    ...validateHostProcess(spec, path, contexts),
    ...(os === "linux" ? [pod, ...contexts].flatMap(onLinux) : []),
    ...(os === "windows" ? [...podOnWindows(spec, path), ...contexts.flatMap(containerOnWindows)] : []),
  ];
}

interface Context {
  readonly context: JsonRecord;
  readonly place: string;
}

function onLinux({ context, place }: Context): readonly FieldError[] {
  if (context["windowsOptions"] === undefined) return [];
  return [forbiddenField(`${place}.windowsOptions`, "windows options cannot be set for a linux pod")];
}

const notOfPods = [
  "securityContext.appArmorProfile",
  "securityContext.seLinuxOptions",
  "hostUsers",
  "hostPID",
  "hostIPC",
  "securityContext.seccompProfile",
  "securityContext.fsGroup",
  "securityContext.fsGroupChangePolicy",
  "securityContext.sysctls",
  "shareProcessNamespace",
  "securityContext.runAsUser",
  "securityContext.runAsGroup",
  "securityContext.supplementalGroups",
  "securityContext.supplementalGroupsPolicy",
  "securityContext.seLinuxChangePolicy",
];

const notOfContainers = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
];

const cannot = "cannot be set for a windows pod";

function podOnWindows(spec: JsonRecord, path: string): readonly FieldError[] {
  const isSet = (member: string): boolean => {
    const value = at(spec, ...member.split("."));
    return value !== undefined && !((member === "hostPID" || member === "hostIPC") && value === false);
  };
  return notOfPods.filter(isSet).map((member) => forbiddenField(childPath(path, member), cannot));
}

function containerOnWindows({ context, place }: Context): readonly FieldError[] {
  return notOfContainers
    .filter((member) => context[member] !== undefined)
    .map((member) => forbiddenField(childPath(place, member), cannot));
}

const specLimitKilobytes = 64;

function validateOptions(options: JsonRecord, path: string): readonly FieldError[] {
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName: user } = options;
  const place = childPath(path, "gmsaCredentialSpec");
  return [
    ...(typeof name === "string" ? validateName(childPath(path, "gmsaCredentialSpecName"), name, "subdomain") : []),
    ...(spec === "" ? [invalidValue(place, spec, "gmsaCredentialSpec cannot be an empty string")] : []),
    ...(typeof spec === "string" && spec.length > specLimitKilobytes * 1024
      ? [invalidValue(place, spec, `gmsaCredentialSpec size must be under ${specLimitKilobytes} KiB`)]
      : []),
    ...(typeof user === "string"
      ? userProblems(user).map((why) => invalidValue(childPath(path, "runAsUserName"), user, `runAsUserName${why}`))
      : []),
  ];
}

const domainLimit = 256;
const userLimit = 104;
const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const domainName =
  /^[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*$/;

function userProblems(name: string): readonly string[] {
  const parts = name.split("\\");
  const hasControl = Array.from(name, (character) => character < " " || character === "\u007f").includes(true);
  if (name === "") return [" cannot be an empty string"];
  if (hasControl) return [" cannot contain control characters"];
  if (parts.length > 2) return [" cannot contain more than one backslash"];
  const user = parts.at(-1) ?? "";
  const domain = parts.length === 2 ? parts[0] : undefined;
  return [
    ...((domain?.length ?? 0) >= domainLimit ? [`'s Domain length must be under ${domainLimit} characters`] : []),
    ...(domain !== undefined && !netBios.test(domain) && !domainName.test(domain)
      ? ["'s Domain doesn't match the NetBios nor the DNS format"]
      : []),
    ...(user === "" ? ["'s User cannot be empty"] : []),
    ...(user.length > userLimit ? [`'s User length must not be longer than ${userLimit} characters`] : []),
    ...(/^[. ]+$/.test(user) ? ["'s User cannot contain only periods or spaces"] : []),
    ...(/["/\\:;|=,+*?<>@[\]]/.test(user)
      ? [`'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]`]
      : []),
  ];
}

function validateHostProcess(spec: JsonRecord, path: string, contexts: readonly Context[]): readonly FieldError[] {
  const ofPod = at(spec, "securityContext", "windowsOptions", "hostProcess");
  const own = contexts.map(({ context }) => at(context, "windowsOptions", "hostProcess"));
  const processes = own.filter((one) => (one ?? ofPod) === true).length;
  const hostNetwork = spec["hostNetwork"] === true;
  const all = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
  return [
    ...own.flatMap((one, index) =>
      ofPod === undefined || one === undefined || one === ofPod
        ? []
        : [
            invalidValue(
              `${contexts[index]?.place ?? ""}.windowsOptions.hostProcess`,
              one,
              `pod hostProcess value must be identical if both are specified, was ${ofPod === true}`,
            ),
          ],
    ),
    ...(processes > 0 && processes !== own.length ? [invalidValue(path, "", all)] : []),
    ...(processes > 0 && !hostNetwork
      ? [
          invalidValue(
            childPath(path, "hostNetwork"),
            false,
            "hostNetwork must be true if pod contains any hostProcess containers",
          ),
        ]
      : []),
  ];
}
