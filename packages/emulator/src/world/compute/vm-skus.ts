import { localDiskGB, vmSize } from "../container-service/vm-sizes.ts";

/** Sizes that every region has here, by series: of these numbers of vCPUs. Any other that Azure has can be asked for too. */
const series: readonly (readonly [string, readonly number[]])[] = [
  ["Standard_D{}s_v3", [2, 4, 8, 16, 32, 64]],
  ["Standard_D{}s_v4", [2, 4, 8, 16, 32, 64]],
  ["Standard_D{}s_v5", [2, 4, 8, 16, 32, 64, 96]],
  ["Standard_D{}ds_v4", [2, 4, 8, 16, 32, 64]],
  ["Standard_D{}ds_v5", [2, 4, 8, 16, 32, 64, 96]],
  ["Standard_D{}as_v5", [2, 4, 8, 16, 32, 64, 96]],
  ["Standard_E{}s_v5", [2, 4, 8, 16, 32, 64]],
  ["Standard_E{}ds_v5", [2, 4, 8, 16, 32, 64]],
  ["Standard_F{}s_v2", [2, 4, 8, 16, 32, 64]],
  ["Standard_B{}ms", [2, 4, 8, 16]],
  ["Standard_DS{}_v2", [1, 2, 3, 4, 5]],
];

/** Resource SKUs of virtual machines in one region, as Microsoft.Compute and AKS list them (Compute REST API, resource SKUs). */
export function vmSkus(location: string): Record<string, unknown>[] {
  const names = series.flatMap(([pattern, counts]) => counts.map((count) => pattern.replace("{}", String(count))));
  return names.flatMap((name) => {
    const size = vmSize(name);
    if (!size) return [];
    const { family, vcpus, memoryMiB } = size;
    const localGB = localDiskGB(name);
    const zoneDetails = [{ name: zones, capabilities: [{ name: "UltraSSDAvailable", value: "True" }] }];
    return [
      {
        resourceType: "virtualMachines",
        name,
        tier: "Standard",
        size: name.replace("Standard_", ""),
        family,
        locations: [location],
        locationInfo: [{ location, zones, zoneDetails }],
        capabilities: capabilities({
          MaxResourceVolumeMB: localGB * 1_024,
          OSVhdSizeMB: 1_047_552,
          vCPUs: vcpus,
          HyperVGenerations: "V1,V2",
          MemoryGB: memoryMiB / 1_024,
          MaxDataDiskCount: Math.min(64, vcpus * 2),
          CpuArchitectureType: "x64",
          LowPriorityCapable: "True",
          PremiumIO: "True",
          VMDeploymentTypes: "IaaS",
          vCPUsAvailable: vcpus,
          vCPUsPerCore: 2,
          EphemeralOSDiskSupported: localGB > 0 ? "True" : "False",
          EncryptionAtHostSupported: "True",
          CapacityReservationSupported: "True",
          AcceleratedNetworkingEnabled: "True",
          RdmaEnabled: "False",
          MaxNetworkInterfaces: Math.min(8, Math.max(2, vcpus / 2)),
        }),
        restrictions: [],
      },
    ];
  });
}

const zones = ["1", "2", "3"];

function capabilities(all: Readonly<Record<string, string | number>>): { name: string; value: string }[] {
  return Object.entries(all).map(([name, value]) => ({ name, value: String(value) }));
}
