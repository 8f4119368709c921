import { isRecord, type JsonRecord, listAt, numberAt, recordAt, textAt } from "../../json.ts";
import { type Check, contextOf, named, plural, quoted, setters, sortedSet, violation } from "./wording.ts";

/** The checks of the level `baseline`. Wording of k8s.io/pod-security-admission: policy. */

const appArmor: Check = ({ spec, containers }) => {
  const bad = (holder: JsonRecord): boolean => textAt(contextOf(holder), "appArmorProfile", "type") === "Unconfined";
  const who = setters(bad(spec), containers.filter(bad));
  return who === undefined
    ? []
    : violation("forbidden AppArmor profile", `${who} must not set AppArmor profile type to "Unconfined"`);
};

const usualCapabilities: readonly string[] = [
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
];

export function addedCapabilities(container: JsonRecord): readonly string[] {
  return listAt(contextOf(container), "capabilities", "add").filter((name) => typeof name === "string");
}

export const capabilities: Check = ({ containers }) => {
  const beyond = (container: JsonRecord): readonly string[] =>
    addedCapabilities(container).filter((name) => !usualCapabilities.includes(name));
  const bad = containers.filter((container) => beyond(container).length > 0);
  if (bad.length === 0) return [];
  const names = quoted(sortedSet(bad.flatMap(beyond)));
  const detail = `${named("container", bad)} must not include ${names} in securityContext.capabilities.add`;
  return violation("non-default capabilities", detail);
};

const hostNamespaces: Check = ({ spec }) => {
  const used = ["hostNetwork", "hostPID", "hostIPC"].filter((member) => spec[member] === true);
  return used.length === 0 ? [] : violation("host namespaces", used.map((member) => `${member}=true`).join(", "));
};

export const hostPaths: Check = ({ spec }) => {
  const bad = listAt(spec, "volumes")
    .filter(isRecord)
    .filter((volume) => volume["hostPath"] !== undefined);
  return bad.length === 0 ? [] : violation("hostPath volumes", named("volume", bad));
};

const hostPorts: Check = ({ containers }) => {
  const portsOf = (container: JsonRecord): readonly number[] =>
    listAt(container, "ports")
      .map((port) => numberAt(port, "hostPort") ?? 0)
      .filter((port) => port !== 0);
  const bad = containers.filter((container) => portsOf(container).length > 0);
  if (bad.length === 0) return [];
  const ports = sortedSet(bad.flatMap(portsOf).map(String));
  const use = bad.length === 1 ? "uses" : "use";
  return violation(
    "hostPort",
    `${named("container", bad)} ${use} ${plural("hostPort", ports.length)} ${ports.join(", ")}`,
  );
};

const probeHosts: Check = ({ containers }) => {
  const hostsOf = (container: JsonRecord): readonly string[] =>
    [
      ...["livenessProbe", "readinessProbe", "startupProbe"].map((probe) => recordAt(container, probe)),
      ...["postStart", "preStop"].map((hook) => recordAt(container, "lifecycle", hook)),
    ].flatMap((handler) =>
      ["httpGet", "tcpSocket"].map((kind) => textAt(handler, kind, "host") ?? "").filter((host) => host !== ""),
    );
  const bad = containers.filter((container) => hostsOf(container).length > 0);
  if (bad.length === 0) return [];
  const hosts = sortedSet(bad.flatMap(hostsOf));
  const use = bad.length === 1 ? "uses" : "use";
  const what = plural("probe or lifecycle host", hosts.length);
  return violation("probe or lifecycle host", `${named("container", bad)} ${use} ${what} ${quoted(hosts)}`);
};

const privileged: Check = ({ containers }) => {
  const bad = containers.filter((container) => contextOf(container)["privileged"] === true);
  const detail = `${named("container", bad)} must not set securityContext.privileged=true`;
  return bad.length === 0 ? [] : violation("privileged", detail);
};

const procMount: Check = ({ containers }) => {
  const bad = containers.filter((container) => (textAt(contextOf(container), "procMount") ?? "Default") !== "Default");
  if (bad.length === 0) return [];
  const mounts = quoted(sortedSet(bad.map((container) => textAt(contextOf(container), "procMount") ?? "")));
  return violation("procMount", `${named("container", bad)} must not set securityContext.procMount to ${mounts}`);
};

const allowedSeLinuxTypes: readonly string[] = [
  "",
  "container_t",
  "container_init_t",
  "container_kvm_t",
  "container_engine_t",
];

const seLinux: Check = ({ spec, containers }) => {
  const optionsOf = (holder: JsonRecord): JsonRecord => recordAt(contextOf(holder), "seLinuxOptions");
  const isBadType = (holder: JsonRecord): boolean =>
    !allowedSeLinuxTypes.includes(textAt(optionsOf(holder), "type") ?? "");
  const isBad = (holder: JsonRecord): boolean =>
    isBadType(holder) || Boolean(optionsOf(holder)["user"]) || Boolean(optionsOf(holder)["role"]);
  const who = setters(isBad(spec), containers.filter(isBad));
  if (who === undefined) return [];
  const holders = [spec, ...containers].filter(isBad);
  const types = sortedSet(holders.filter(isBadType).map((holder) => textAt(optionsOf(holder), "type") ?? ""));
  const what = [
    ...(types.length > 0 ? [`${plural("type", types.length)} ${quoted(types)}`] : []),
    ...["user", "role"]
      .filter((member) => holders.some((holder) => optionsOf(holder)[member]))
      .map((member) => `${member} may not be set`),
  ];
  return violation("seLinuxOptions", `${who} set forbidden securityContext.seLinuxOptions: ${what.join("; ")}`);
};

export function seccompType(holder: JsonRecord): string | undefined {
  return textAt(contextOf(holder), "seccompProfile", "type");
}

/** Profiles that are named, and are not allowed. */
export const badSeccomp: Check = ({ spec, containers }) => {
  const isBad = (holder: JsonRecord): boolean => {
    const type = seccompType(holder);
    return type !== undefined && type !== "RuntimeDefault" && type !== "Localhost";
  };
  const bad = containers.filter(isBad);
  const who = setters(isBad(spec), bad);
  if (who === undefined) return [];
  const types = sortedSet([spec, ...containers].filter(isBad).map((holder) => seccompType(holder) ?? ""));
  return violation("seccompProfile", `${who} must not set securityContext.seccompProfile.type to ${quoted(types)}`);
};

const safeSysctls: ReadonlySet<string> = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
]);

const sysctls: Check = ({ spec }) => {
  const names = listAt(contextOf(spec), "sysctls").map((sysctl) => textAt(sysctl, "name") ?? "");
  const bad = names.filter((name) => !safeSysctls.has(name));
  return bad.length === 0 ? [] : violation("forbidden sysctls", bad.join(", "));
};

const hostProcess: Check = ({ spec, containers }) => {
  const isBad = (holder: JsonRecord): boolean => recordAt(contextOf(holder), "windowsOptions")["hostProcess"] === true;
  const who = setters(isBad(spec), containers.filter(isBad));
  return who === undefined
    ? []
    : violation("hostProcess", `${who} must not set securityContext.windowsOptions.hostProcess=true`);
};

export const baselineChecks: readonly Check[] = [
  appArmor,
  capabilities,
  hostNamespaces,
  hostPaths,
  hostPorts,
  probeHosts,
  privileged,
  procMount,
  seLinux,
  badSeccomp,
  sysctls,
  hostProcess,
];
