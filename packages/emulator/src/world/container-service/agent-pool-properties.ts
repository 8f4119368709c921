import { blueGreenProperties } from "./blue-green-settings.ts";
import { refusal } from "./errors.ts";
import { localDnsProfile } from "./local-dns.ts";
import { invalidParameter, missingParameter, propertyChangeNotAllowed, type RequestBody } from "./request-body.ts";
import type { PoolMode, PoolPower, PoolProperties, UpgradeSettings } from "./state.ts";
import { parseNodeCount, resolveNodeCount } from "./surge.ts";
import { parseTaint } from "./taints.ts";
import { localDiskGB, vmSize } from "./vm-sizes.ts";

/** Nodes of one pool, surge included (azure-facts 1.2, 1.8). */
const maxPoolNodes = 1_000;

/** Size that the service chooses when the client names none. It was seen to choose several of this kind. */
const defaultVmSize = "Standard_D8d_v5";

/** What is told, not asked. */
const readOnly = [
  "name",
  "id",
  "eTag",
  "etag",
  "provisioningState",
  "currentOrchestratorVersion",
  "nodeImageVersion",
  "powerState",
];

export interface PoolContext {
  /** What the pool has now; undefined for a new one. */
  readonly existing: PoolProperties | undefined;
  /** For a pool that names no version. */
  readonly defaultVersion: string;
  readonly defaultMode: PoolMode;
  readonly maxPods: number;
}

/** A pool's properties as they will be, defaults filled in (arm-wire, agentPools creates). Throws `ArmError` on bad ones. */
export function poolProperties(body: RequestBody, context: PoolContext): PoolProperties {
  const { existing } = context;
  const machines = machineSizes(body);
  const size = machines?.[0].size ?? body.filled("vmSize") ?? existing?.vmSize ?? defaultVmSize;
  if (!vmSize(size)) throw invalidParameter(body.pathOf("vmSize"), `is no VM size that exists: '${size}'`);
  const osType = body.oneOf("osType", ["Linux", "Windows"]) ?? existing?.["osType"] ?? "Linux";
  const mode =
    body.oneOf("mode", ["System", "User", "Gateway", "ManagedSystem", "Machines"]) ??
    existing?.mode ??
    context.defaultMode;
  const bounds = scaleBounds(body, existing, mode);
  const count = bounds
    ? countWithin(body, existing, bounds)
    : (machines?.reduce((sum, one) => sum + one.count, 0) ?? poolCount(body, existing, mode));
  const sent = Object.fromEntries(Object.entries(body.sent()).filter(([name]) => !readOnly.includes(name)));
  for (const field of ["nodeTaints", "nodeInitializationTaints"]) {
    if (Array.isArray(sent[field]) && sent[field].length === 0 && !existing) delete sent[field];
  }
  if (sent["scaleSetPriority"] !== "Spot") for (const field of spotFields) delete sent[field];
  const properties = {
    ...(existing ?? defaults),
    ...sent,
    vmSize: size,
    mode,
    count,
    orchestratorVersion: body.filled("orchestratorVersion") ?? existing?.orchestratorVersion ?? context.defaultVersion,
    enableAutoScaling: bounds !== undefined,
    osType,
    ...kubeletConfig(body),
    ...(machines ? { virtualMachineNodesStatus: machines } : {}),
    securityProfile: securityProfile(body, existing),
    ...osDisk(body, existing, size),
    maxPods: body.integer("maxPods", 10, 250) ?? existing?.maxPods ?? context.maxPods,
    osSKU: body.filled("osSKU") ?? existing?.osSKU ?? (osType === "Windows" ? "Windows2022" : "Ubuntu"),
    ...(sent["scaleSetPriority"] === "Spot"
      ? { scaleSetEvictionPolicy: "Delete", spotMaxPrice: -1, ...spotOf(sent) }
      : {}),
    upgradeSettings: upgradeSettings(body, mode, existing),
    ...blueGreenProperties(body, existing),
    ...localDnsProfile(body, existing),
  };
  if (mode === "Machines") return { ...properties, type: "VirtualMachines", count: 0 };
  checkOptional(body, properties.upgradeSettings, count);
  refuseUnsupported(body, properties);
  if (mode === "System") refuseSystemTaints(properties);
  refuseFixedChanges(body, properties, existing);
  return withBounds(properties, bounds);
}

/** Of pools of regular machines they are taken and not shown (recorded). */
const spotFields = ["scaleSetPriority", "scaleSetEvictionPolicy", "spotMaxPrice"];

function spotOf({ scaleSetEvictionPolicy, spotMaxPrice }: Record<string, unknown>): Record<string, unknown> {
  return {
    ...(scaleSetEvictionPolicy === undefined ? {} : { scaleSetEvictionPolicy }),
    ...(spotMaxPrice === undefined ? {} : { spotMaxPrice }),
  };
}

const defaults = {
  osDiskSizeGB: 128,
  osDiskType: "Managed",
  kubeletDiskType: "OS",
  workloadRuntime: "OCIContainer",
  type: "VirtualMachineScaleSets",
  osType: "Linux",
  scaleDownMode: "Delete",
  enableAutoScaling: false,
  enableEncryptionAtHost: false,
  enableFIPS: false,
  enableNodePublicIP: false,
  enableUltraSSD: false,
  networkProfile: {},
  securityProfile: { sshAccess: "LocalUser", enableVTPM: false, enableSecureBoot: false },
};

/** A pool of single machines says how many it wants of which size (AKS docs, virtual machines node pools). */
function machineSizes(body: RequestBody): readonly [MachineSize, ...MachineSize[]] | undefined {
  if (body.text("type") !== "VirtualMachines") return undefined;
  const profile = body.object("virtualMachinesProfile")?.object("scale");
  // One that scales itself begins at its least; some versions of the API have a list there, others one entry.
  const isList = Array.isArray(profile?.sent()["autoscale"]);
  const scaling = isList ? profile?.objects("autoscale") : [profile?.object("autoscale")];
  const [first, ...rest] = [...(profile?.objects("manual") ?? []), ...(scaling ?? [])].flatMap((one) => {
    if (!one) return [];
    const size = one.filled("size") ?? one.texts("sizes")?.[0] ?? defaultVmSize;
    const count = one.integer("count", 0, maxPoolNodes) ?? one.integer("minCount", 0, maxPoolNodes) ?? 1;
    return [{ size, count }];
  });
  return first && [first, ...rest];
}

interface MachineSize {
  readonly size: string;
  readonly count: number;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** Without a limit on processes per pod of its own (AKS docs, custom node configuration). */
function kubeletConfig(body: RequestBody): { kubeletConfig?: Record<string, unknown> } {
  const sent = body.object("kubeletConfig");
  return sent ? { kubeletConfig: { podMaxPids: -1, ...sent.sent() } } : {};
}

function securityProfile(body: RequestBody, existing: PoolProperties | undefined): Record<string, unknown> {
  const sent = body.object("securityProfile");
  const sshAccess = sent?.oneOf("sshAccess", ["LocalUser", "Disabled", "EntraId"]);
  return {
    ...defaults.securityProfile,
    ...fieldsOf(existing?.["securityProfile"]),
    ...sent?.sent(),
    ...(sshAccess === undefined ? {} : { sshAccess }),
  };
}

/** On the disk of the machine where it has one that is large enough, unless asked otherwise (AKS docs, ephemeral OS disks). 0 asks for the default. */
function osDisk(
  body: RequestBody,
  existing: PoolProperties | undefined,
  size: string,
): { osDiskSizeGB: unknown; osDiskType: unknown } {
  const asked = body.integer("osDiskSizeGB", 0, 2_048) ?? 0;
  const type = body.oneOf("osDiskType", ["Managed", "Ephemeral"]) ?? existing?.["osDiskType"];
  const local = localDiskGB(size);
  const osDiskType = type ?? (local > 0 && asked <= local ? "Ephemeral" : defaults.osDiskType);
  const usual = osDiskType === "Ephemeral" && local > 0 ? local : defaults.osDiskSizeGB;
  return { osDiskSizeGB: asked > 0 ? asked : (existing?.["osDiskSizeGB"] ?? usual), osDiskType };
}

function poolCount(body: RequestBody, existing: PoolProperties | undefined, mode: PoolMode): number {
  return body.integer("count", mode === "System" ? 1 : 0, maxPoolNodes) ?? existing?.count ?? 1;
}

interface ScaleBounds {
  readonly minCount: number;
  readonly maxCount: number;
}

/** Between which counts the pool scales itself; undefined: it does not. */
function scaleBounds(body: RequestBody, existing: PoolProperties | undefined, mode: PoolMode): ScaleBounds | undefined {
  if (!(body.boolean("enableAutoScaling") ?? existing?.["enableAutoScaling"])) return undefined;
  const least = mode === "System" ? 1 : 0;
  const minCount = body.integer("minCount", least, maxPoolNodes) ?? existing?.["minCount"];
  const maxCount = body.integer("maxCount", Math.max(1, least), maxPoolNodes) ?? existing?.["maxCount"];
  if (minCount === undefined) throw missingParameter(body.pathOf("minCount"));
  if (maxCount === undefined) throw missingParameter(body.pathOf("maxCount"));
  if (Number(minCount) > Number(maxCount)) {
    throw invalidParameter(body.pathOf("minCount"), `must not exceed maxCount ${Number(maxCount)}`);
  }
  return { minCount: Number(minCount), maxCount: Number(maxCount) };
}

/** What the autoscaler has made of the count counts, not what a client read some time ago; new bounds move it. */
function countWithin(
  body: RequestBody,
  existing: PoolProperties | undefined,
  { minCount, maxCount }: ScaleBounds,
): number {
  if (existing) return Math.min(maxCount, Math.max(minCount, existing.count));
  const count = body.integer("count", 0, maxPoolNodes) ?? minCount;
  if (count >= minCount && count <= maxCount) return count;
  throw invalidParameter(
    body.pathOf("count"),
    `must be from minCount ${minCount} to maxCount ${maxCount}, not ${count}`,
  );
}

function withBounds(properties: PoolProperties, bounds: ScaleBounds | undefined): PoolProperties {
  const { minCount: _, maxCount: __, ...rest } = properties;
  return { ...rest, ...bounds };
}

function upgradeSettings(body: RequestBody, mode: PoolMode, existing: PoolProperties | undefined): UpgradeSettings {
  const sent = body.object("upgradeSettings");
  if (!sent) return existing?.upgradeSettings ?? { maxSurge: "10%", maxUnavailable: "0" };
  const maxSurge = sent.text("maxSurge") ?? "10%";
  const maxUnavailable = sent.text("maxUnavailable") ?? "0";
  const surge = nodeCount(sent.pathOf("maxSurge"), maxSurge);
  const unavailable = nodeCount(sent.pathOf("maxUnavailable"), maxUnavailable);
  const drainTimeout = sent.integer("drainTimeoutInMinutes", 5, 1_440);
  const soak = sent.integer("nodeSoakDurationInMinutes", 0, 30);
  const behaviour = sent.oneOf("undrainableNodeBehavior", ["Schedule", "Cordon"]);
  if (surge === 0 && unavailable === 0) {
    throw invalidParameter(sent.pathOf("maxSurge"), "must be greater than 0 when maxUnavailable is 0");
  }
  if (unavailable > 0 && mode === "System") {
    throw invalidParameter(sent.pathOf("maxUnavailable"), "must be 0 for a pool of mode System");
  }
  return {
    ...sent.sent(),
    maxSurge,
    maxUnavailable,
    ...(drainTimeout === undefined ? {} : { drainTimeoutInMinutes: drainTimeout }),
    ...(soak === undefined ? {} : { nodeSoakDurationInMinutes: soak }),
    ...(behaviour === undefined ? {} : { undrainableNodeBehavior: behaviour }),
  };
}

/** In a pool of 100: enough to know whether it is zero. */
function nodeCount(path: string, text: string): number {
  const count = parseNodeCount(text);
  if (!count) throw invalidParameter(path, "must be an integer like '1' or a percentage like '33%'");
  return resolveNodeCount(count, 100);
}

function checkOptional(body: RequestBody, settings: UpgradeSettings, count: number): void {
  body.textMap("nodeLabels");
  body.texts("availabilityZones");
  for (const taint of body.texts("nodeTaints") ?? []) {
    if (!parseTaint(taint))
      throw invalidParameter(body.pathOf("nodeTaints"), `must be like 'key=value:NoSchedule', not '${taint}'`);
  }
  const surge = parseNodeCount(settings.maxSurge);
  if (surge && count + resolveNodeCount(surge, count) > maxPoolNodes) {
    throw invalidParameter(body.pathOf("upgradeSettings.maxSurge"), `and count together exceed ${maxPoolNodes} nodes`);
  }
}

/** What this emulation cannot do is refused, not taken and forgotten. */
function refuseUnsupported(body: RequestBody, { mode, osType }: PoolProperties): void {
  if (mode === "System" && osType === "Windows") {
    throw invalidParameter(body.pathOf("mode"), "must be User for a Windows pool: system pools run Linux");
  }
  body.oneOf("type", ["VirtualMachineScaleSets", "VirtualMachines", "AvailabilitySet"]);
}

/** Pods of the system must find their way to it (AKS docs, system node pools). */
function refuseSystemTaints(properties: PoolProperties): void {
  const initial = properties["nodeInitializationTaints"];
  const all = [...(properties.nodeTaints ?? []), ...(Array.isArray(initial) ? initial.map(String) : [])];
  const barred = all.map(parseTaint).some((taint) => taint && !allowedOnSystem(taint));
  if (!barred) return;
  const text =
    "Placing custom taints on system pool is not supported(except 'CriticalAddonsOnly' taint or taint effect is 'PreferNoSchedule'). Please refer to https://aka.ms/aks/system-taints for detail";
  throw refusal(400, "SystemPoolHasRestrictedTaint", text, { target: "agentPoolProfile.nodeTaints" });
}

function allowedOnSystem({ key, effect }: { readonly key: string; readonly effect: string }): boolean {
  return key === "CriticalAddonsOnly" || effect === "PreferNoSchedule";
}

/** Running or stopped, when the body says so. A system pool runs as long as its cluster does (AKS docs, start and stop node pools). */
export function poolPower(body: RequestBody, mode: PoolMode): PoolPower | undefined {
  const power = body.object("powerState")?.oneOf("code", ["Running", "Stopped"]);
  if (power !== "Stopped" || mode !== "System") return power;
  throw invalidParameter(body.pathOf("powerState.code"), "must be Running for a pool of mode System");
}

function refuseFixedChanges(body: RequestBody, next: PoolProperties, existing: PoolProperties | undefined): void {
  if (!existing) return;
  // Between kinds of Linux a pool can move (AKS docs, OS SKU migration); what a pool of single machines has is in its profile.
  const osSKU = next["osType"] === "Linux" ? [] : ["osSKU"];
  const size = next["type"] === "VirtualMachines" ? [] : ["vmSize"];
  for (const field of [...size, "maxPods", ...osSKU, "osType", "osDiskSizeGB", "availabilityZones"]) {
    if (JSON.stringify(next[field])?.toLowerCase() === JSON.stringify(existing[field])?.toLowerCase()) continue;
    throw propertyChangeNotAllowed(body.pathOf(field));
  }
}
