import { getObject, nodes } from "../../../controllers/kubernetes/kinds.ts";
import type { AgentPool, Machine, ManagedCluster, OwnMachine } from "../../../world/container-service/state.ts";
import { poolId } from "../../../world/container-service/views.ts";

/** By the name of its node, or by its own. */
export function findMachine(pool: AgentPool, name: string): Machine | undefined {
  const wanted = name.toLowerCase();
  return pool.machines.find((machine) => machine.name === wanted || machine.own?.name.toLowerCase() === wanted);
}

export function machineView(cluster: ManagedCluster, pool: AgentPool, machine: Machine): Record<string, unknown> {
  const name = machine.own?.name ?? machine.name;
  const zone = machine.zone.startsWith(cluster.location)
    ? [machine.zone.slice(cluster.location.length + 1)]
    : undefined;
  const common = { resourceId: resourceId(cluster, machine), network: network(cluster, machine) };
  const fields = machine.own ? ownFields(pool, machine, machine.own) : machineFields(pool, machine);
  return {
    id: `${poolId(cluster, pool.name)}/machines/${name}`,
    name,
    type: "Microsoft.ContainerService/managedClusters/agentPools/machines",
    ...(zone ? { zones: zone } : {}),
    properties: { ...common, ...fields },
  };
}

function resourceId(cluster: ManagedCluster, machine: Machine): string {
  const group = `/subscriptions/${cluster.subscription}/resourceGroups/${String(cluster.properties["nodeResourceGroup"])}`;
  if (machine.own) return `${group}/providers/Microsoft.Compute/virtualMachines/${machine.name}`;
  const scaleSet = machine.name.slice(0, -6);
  const instance = Number.parseInt(machine.name.slice(-6), 36);
  return `${group}/providers/Microsoft.Compute/virtualMachineScaleSets/${scaleSet}/virtualMachines/${instance}`;
}

function network(cluster: ManagedCluster, machine: Machine): Record<string, unknown> {
  const ipAddresses = addresses(cluster, machine);
  if (!machine.own) return { ipAddresses };
  const sent = section(machine.own, "network");
  return { ...(ipAddresses.length > 0 ? { ipAddresses } : {}), enableNodePublicIP: false, ...sent };
}

/** As its Node says; none until it has joined. */
function addresses({ cluster: { store } }: ManagedCluster, { name }: Machine): { family: string; ip: string }[] {
  const all = getObject(store, nodes, undefined, name)?.status?.addresses ?? [];
  return all.filter(({ type }) => type === "InternalIP").map(({ address }) => ({ family: "IPv4", ip: address }));
}

/** What the previews of the API tell of it. */
function machineFields({ properties, provisioningState }: AgentPool, machine: Machine): Record<string, unknown> {
  const { vmSize, mode, orchestratorVersion, maxPods, osSKU, nodeLabels, nodeTaints } = properties;
  const other: Readonly<Record<string, unknown>> = { ...properties };
  return {
    hardware: { vmSize },
    operatingSystem: { osType: other["osType"], osSKU, enableFIPS: other["enableFIPS"] ?? false },
    kubernetes: {
      orchestratorVersion,
      currentOrchestratorVersion: machine.version,
      maxPods,
      kubeletDiskType: other["kubeletDiskType"],
      nodeName: machine.name,
      ...(nodeLabels && Object.keys(nodeLabels).length > 0 ? { nodeLabels } : {}),
      ...(nodeTaints?.length ? { nodeTaints } : {}),
    },
    mode,
    nodeImageVersion: machine.image,
    priority: other["scaleSetPriority"] ?? "Regular",
    provisioningState: machine.state.kind === "creating" ? "Creating" : provisioningState,
  };
}

/** Of a machine with settings of its own, filled in (recorded). */
function ownFields({ properties }: AgentPool, machine: Machine, own: OwnMachine): Record<string, unknown> {
  const { tags, priority, mode } = own.settings;
  const isReady = own.provisioningState === "Succeeded";
  const creationTimestamp = new Date(own.createdMs).toISOString();
  return {
    hardware: { gpuInstanceProfile: "", ...section(own, "hardware"), vmSize: own.size.name },
    operatingSystem: {
      osType: "Linux",
      osSKU: "Ubuntu",
      osDiskSizeGB: 128,
      osDiskType: "Managed",
      enableFIPS: false,
      ...section(own, "operatingSystem"),
    },
    kubernetes: {
      orchestratorVersion: properties.orchestratorVersion,
      kubeletDiskType: "OS",
      maxPods: properties.maxPods,
      workloadRuntime: "",
      ...section(own, "kubernetes"),
      currentOrchestratorVersion: machine.version,
      nodeName: machine.name,
    },
    mode: mode ?? "User",
    ...(priority === undefined ? {} : { priority }),
    security: { sshAccess: "LocalUser", enableVTPM: false, enableSecureBoot: false, ...section(own, "security") },
    nodeImageVersion: machine.image,
    provisioningState: own.provisioningState,
    ...(tags ? { tags } : {}),
    eTag: own.eTag,
    status: isReady ? { creationTimestamp, driftAction: "Synced", vmState: "Running" } : {},
  };
}

function section({ settings }: OwnMachine, name: string): Record<string, unknown> {
  const value = settings[name];
  return typeof value === "object" && value !== null ? { ...value } : {};
}
