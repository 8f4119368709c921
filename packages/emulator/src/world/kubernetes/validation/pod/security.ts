import { isRecord, type JsonRecord, listAt, textAt } from "../../json.ts";
import { childPath, type FieldError, invalidValue, itemPath, required } from "../field-errors.ts";
import { goForm } from "../go-form.ts";
import { oneOf, validateId, validateNoBackstep, validateRelativePath, validateUnique } from "../values.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. */

export function validatePodSecurity(context: JsonRecord, path: string): readonly FieldError[] {
  return [
    ...["fsGroup", "runAsUser", "runAsGroup"].flatMap((name) => validateId(context[name], childPath(path, name))),
    ...listAt(context, "supplementalGroups").flatMap((id, index) =>
      validateId(id, itemPath(childPath(path, "supplementalGroups"), index)),
    ),
    ...validateSysctls(listAt(context, "sysctls"), childPath(path, "sysctls")),
    ...oneOf(context["fsGroupChangePolicy"], ["Always", "OnRootMismatch"], childPath(path, "fsGroupChangePolicy")),
    ...oneOf(context["supplementalGroupsPolicy"], ["Merge", "Strict"], childPath(path, "supplementalGroupsPolicy")),
    ...oneOf(context["seLinuxChangePolicy"], ["Recursive"], childPath(path, "seLinuxChangePolicy")),
    ...validateProfiles(context, path),
  ];
}

/** `sharesUsers`: the pod has no user namespace of its own. */
export function validateContainerSecurity(
  context: JsonRecord,
  path: string,
  sharesUsers: boolean,
): readonly FieldError[] {
  const { procMount } = context;
  const unmasked = "`hostUsers` must be false to use `Unmasked`";
  return [
    ...["runAsUser", "runAsGroup"].flatMap((name) => validateId(context[name], childPath(path, name))),
    ...oneOf(procMount, ["Default", "Unmasked"], childPath(path, "procMount")),
    ...(procMount === "Unmasked" && sharesUsers
      ? [invalidValue(childPath(path, "procMount"), procMount, unmasked)]
      : []),
    ...validateProfiles(context, path),
    ...validateEscalation(context, path),
  ];
}

function validateEscalation(context: JsonRecord, path: string): readonly FieldError[] {
  if (context["allowPrivilegeEscalation"] !== false) return [];
  const capabilities = isRecord(context["capabilities"]) ? listAt(context, "capabilities", "add") : [];
  const why = "cannot set `allowPrivilegeEscalation` to false and";
  return [
    ...(context["privileged"] === true
      ? [invalidValue(path, goForm("core.SecurityContext", context), `${why} \`privileged\` to true`)]
      : []),
    ...(capabilities.includes("CAP_SYS_ADMIN")
      ? [invalidValue(path, goForm("core.SecurityContext", context), `${why} \`capabilities.Add\` CAP_SYS_ADMIN`)]
      : []),
  ];
}

const sysctl = String.raw`^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`;

function validateSysctls(sysctls: readonly unknown[], path: string): readonly FieldError[] {
  const names = sysctls.map((one) => textAt(one, "name") ?? "");
  return [
    ...names.flatMap((name, index) => {
      const place = `${itemPath(path, index)}.name`;
      if (name === "") return [required(place)];
      const valid = name.length <= 253 && new RegExp(sysctl, "u").test(name);
      return valid ? [] : [invalidValue(place, name, `must have at most 253 characters and match regex ${sysctl}`)];
    }),
    ...validateUnique(names, path, "name"),
  ];
}

const profileTypes = ["Localhost", "RuntimeDefault", "Unconfined"];

function validateProfiles(context: JsonRecord, path: string): readonly FieldError[] {
  const { seccompProfile, appArmorProfile } = context;
  return [
    ...(isRecord(seccompProfile)
      ? validateProfile(seccompProfile, childPath(path, "seccompProfile"), "seccomp", "seccompProfile")
      : []),
    ...(isRecord(appArmorProfile)
      ? validateProfile(appArmorProfile, childPath(path, "appArmorProfile"), "AppArmor", "appArmorProfile")
      : []),
  ];
}

function validateProfile(profile: JsonRecord, path: string, what: string, member: string): readonly FieldError[] {
  const { type = "", localhostProfile } = profile;
  const place = childPath(path, "localhostProfile");
  const shown = { Type: type, LocalhostProfile: localhostProfile };
  if (type === "") return [required(childPath(path, "type"), `type is required when ${member} is set`)];
  if (type !== "Localhost") {
    const alone = localhostProfile === undefined;
    return [
      ...oneOf(type, profileTypes, childPath(path, "type")),
      ...(alone ? [] : [invalidValue(place, shown, `can only be set when ${what} type is Localhost`)]),
    ];
  }
  if (typeof localhostProfile !== "string" || localhostProfile.trim() === "")
    return [required(place, `must be set when ${what} type is Localhost`)];
  return what === "seccomp" ? validateRelativePath(localhostProfile, place) : validateNoBackstep("", place);
}
