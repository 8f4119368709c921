import { at, isRecord, type JsonRecord, listAt, numberAt, recordAt, scalarText, textAt } from "../../json.ts";
import { childPath, type FieldError, forbiddenField, invalidValue, itemPath, required } from "../field-errors.ts";
import { validateLabelKey, validateLabels, validateName } from "../metadata.ts";
import { validatePodResources } from "../resources.ts";
import { oneOf, validateAddress, validateUnique } from "../values.ts";
import { type Surroundings, validateContainers } from "./containers.ts";
import { validatePlacement } from "./placement.ts";
import { validatePodSecurity } from "./security.ts";
import { validateVolumes } from "./volumes.ts";
import { validateWindows } from "./windows.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. `claims`: volumes that a workload adds. */
export function validatePodSpec(spec: JsonRecord, path: string, claims: readonly string[] = []): readonly FieldError[] {
  const volumes = validateVolumes(listAt(spec, "volumes"), childPath(path, "volumes"));
  const pod: Surroundings = {
    volumes: [...volumes.names, ...claims],
    claims: listAt(spec, "resourceClaims").map((claim) => textAt(claim, "name") ?? ""),
    restartPolicy: spec["restartPolicy"],
    graceSeconds: numberAt(spec, "terminationGracePeriodSeconds") ?? 30,
    hostNetwork: spec["hostNetwork"] === true,
    sharesUsers: spec["hostUsers"] !== false,
  };
  return [
    ...volumes.errors,
    ...validateContainers(spec, path, pod),
    ...oneOf(spec["restartPolicy"], ["Always", "OnFailure", "Never"], childPath(path, "restartPolicy")),
    ...validateDns(spec, path),
    ...validateNames(spec, path),
    ...validatePodSecurity(recordAt(spec, "securityContext"), childPath(path, "securityContext")),
    ...validatePlacement(spec, path),
    ...validateHost(spec, path),
    ...validateWindows(spec, path),
    ...validatePodResources(spec, childPath(path, "resources")),
    ...validateDeadline(spec["activeDeadlineSeconds"], childPath(path, "activeDeadlineSeconds")),
    ...validateGates(listAt(spec, "schedulingGates"), childPath(path, "schedulingGates")),
    ...validateResourceClaims(listAt(spec, "resourceClaims"), childPath(path, "resourceClaims")),
  ];
}

export function validateDeadline(seconds: unknown, path: string): readonly FieldError[] {
  const valid = typeof seconds !== "number" || (seconds >= 1 && seconds <= 2_147_483_647);
  return valid ? [] : [invalidValue(path, seconds, "must be between 1 and 2147483647, inclusive")];
}

function validateNames(spec: JsonRecord, path: string): readonly FieldError[] {
  const named = (member: string, rule: "subdomain" | "label"): readonly FieldError[] => {
    const name = scalarText(spec[member]);
    return name === "" ? [] : validateName(childPath(path, member), name, rule);
  };
  return [
    ...validateLabels(childPath(path, "nodeSelector"), recordAt(spec, "nodeSelector") as Record<string, string>),
    ...named("serviceAccountName", "subdomain"),
    ...named("nodeName", "subdomain"),
    ...named("hostname", "label"),
    ...named("subdomain", "label"),
    ...named("priorityClassName", "subdomain"),
    ...named("runtimeClassName", "subdomain"),
    ...listAt(spec, "readinessGates").flatMap((gate, index) =>
      validateLabelKey(
        `${itemPath(childPath(path, "readinessGates"), index)}.conditionType`,
        textAt(gate, "conditionType") ?? "",
      ),
    ),
  ];
}

function validateHost(spec: JsonRecord, path: string): readonly FieldError[] {
  const { os, shareProcessNamespace, hostPID, hostUsers } = spec;
  const both = "ShareProcessNamespace and HostPID cannot both be enabled";
  const name = textAt(os, "name") ?? "";
  return [
    ...(isRecord(os)
      ? name === ""
        ? [required(`${path}.os.name`)]
        : oneOf(name, ["linux", "windows"], `${path}.os`)
      : []),
    ...(shareProcessNamespace === true && hostPID === true
      ? [invalidValue(`${path}.securityContext.shareProcessNamespace`, true, both)]
      : []),
    ...["hostNetwork", "hostPID", "hostIPC"]
      .filter((member) => hostUsers === false && spec[member] === true)
      .map((member) => forbiddenField(childPath(path, member), "when `hostUsers` is false")),
    ...listAt(spec, "hostAliases").flatMap((alias, index) => {
      const place = itemPath(childPath(path, "hostAliases"), index);
      return [
        ...validateAddress(textAt(alias, "ip") ?? "", childPath(place, "ip")),
        ...listAt(alias, "hostnames").flatMap((host, at) =>
          validateName(itemPath(childPath(place, "hostnames"), at), String(host), "subdomain"),
        ),
      ];
    }),
  ];
}

const dnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const searchText = String.raw`_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*`;
const searchRule = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${searchText}')`;

function validateDns(spec: JsonRecord, path: string): readonly FieldError[] {
  const { dnsPolicy, dnsConfig } = spec;
  const place = childPath(path, "dnsConfig");
  const servers = listAt(dnsConfig, "nameservers");
  const onlyThree = "must not have more than 3 nameservers";
  const needsServers = dnsPolicy === "None" && servers.length === 0;
  return [
    ...oneOf(dnsPolicy, dnsPolicies, childPath(path, "dnsPolicy")),
    ...(needsServers && !isRecord(dnsConfig)
      ? [required(place, "must provide `dnsConfig` when `dnsPolicy` is None")]
      : []),
    ...(needsServers && isRecord(dnsConfig)
      ? [required(`${place}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None")]
      : []),
    ...(servers.length > 3 ? [invalidValue(`${place}.nameservers`, servers, onlyThree)] : []),
    ...servers.flatMap((server, index) => validateAddress(server, itemPath(`${place}.nameservers`, index))),
    ...listAt(dnsConfig, "searches").flatMap((search, index) =>
      new RegExp(`^${searchText}$`).test(String(search).replace(/\.$/, "")) || search === "."
        ? []
        : [invalidValue(itemPath(`${place}.searches`, index), search, searchRule)],
    ),
    ...listAt(dnsConfig, "options").flatMap((option, index) =>
      textAt(option, "name") ? [] : [required(itemPath(`${place}.options`, index), "must not be empty")],
    ),
  ];
}

function validateGates(gates: readonly unknown[], path: string): readonly FieldError[] {
  const names = gates.map((gate) => textAt(gate, "name") ?? "");
  return [
    ...names.flatMap((name, index) => validateLabelKey(itemPath(path, index), name)),
    ...validateUnique(names, path),
  ];
}

function validateResourceClaims(claims: readonly unknown[], path: string): readonly FieldError[] {
  const names = claims.map((claim) => textAt(claim, "name") ?? "");
  const sources = ["resourceClaimName", "resourceClaimTemplateName"];
  return [
    ...claims.flatMap((claim, index) => {
      const place = itemPath(path, index);
      const present = sources.filter((source) => at(claim, source) !== undefined);
      const shown = {
        Name: names[index],
        ResourceClaimName: at(claim, "resourceClaimName") ?? null,
        ResourceClaimTemplateName: at(claim, "resourceClaimTemplateName") ?? null,
      };
      const rule = present.length === 0 ? "must specify one of" : "at most one of";
      const list = "`resourceClaimName`, `resourceClaimTemplateName`";
      return [
        ...(names[index] ? validateName(childPath(place, "name"), names[index], "label") : [required(`${place}.name`)]),
        ...present.flatMap((source) =>
          validateName(childPath(place, source), textAt(claim, source) ?? "", "subdomain"),
        ),
        ...(present.length === 1
          ? []
          : [
              invalidValue(
                place,
                shown,
                present.length === 0
                  ? `${rule}: ${list}`
                  : "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified",
              ),
            ]),
      ];
    }),
    ...validateUnique(names, path, "name"),
  ];
}
