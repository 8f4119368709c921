import { type Json, JsonReader } from "./json.ts";
import { Refusal } from "./refusal.ts";

/** What a workload profile runs on. Source: Container Apps, workload profiles overview. */
export const profileTypes = [
  ...sizes("D", "GeneralPurpose", 4),
  ...sizes("E", "MemoryOptimized", 8),
  { name: "Consumption", displayName: "Consumption", category: "Consumption", cores: 4, memoryGiB: 8 },
];

function sizes(series: string, category: string, memoryPerCore: number) {
  return [4, 8, 16, 32].map((cores) => ({
    name: `${series}${cores}`,
    displayName: `Dedicated-${series}${cores}`,
    category,
    cores,
    memoryGiB: cores * memoryPerCore,
  }));
}

/** Beside those that regions list. Source: Container Apps, GPU types. */
const gpuTypes = ["Consumption-GPU-NC8as-T4", "Consumption-GPU-NC24-A100", "NC24-A100", "NC48-A100", "NC96-A100"];

/** In the service's own spelling, whatever case it was sent in. */
function canonicalType(type: string): string {
  const known = [...profileTypes.map(({ name }) => name), ...gpuTypes];
  return known.find((name) => name.toLowerCase() === type.toLowerCase()) ?? type;
}

export interface WorkloadProfile {
  readonly name: string;
  readonly workloadProfileType: string;
  readonly enableFips: boolean;
  /** Absent for Consumption, which has no nodes of its own. */
  readonly minimumCount: number | undefined;
  readonly maximumCount: number | undefined;
}

const consumption: WorkloadProfile = {
  name: "Consumption",
  workloadProfileType: "Consumption",
  enableFips: false,
  minimumCount: undefined,
  maximumCount: undefined,
};

/** `properties.workloadProfiles` of an environment; one of type Consumption when none is given. Throws `Refusal`. */
export function readWorkloadProfiles(properties: Json): readonly WorkloadProfile[] {
  const profiles = (new JsonReader(properties, "$.properties").objects("workloadProfiles") ?? []).map(readProfile);
  const names = profiles.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw invalidProfile(twice, "workload profile names must be unique");
  return profiles.length > 0 ? profiles : [consumption];
}

function readProfile(reader: JsonReader): WorkloadProfile {
  const workloadProfileType = canonicalType(reader.text("workloadProfileType") ?? "");
  const name = reader.text("name") ?? workloadProfileType;
  if (!workloadProfileType) throw invalidProfile(name, "workloadProfileType is required");
  const minimumCount = reader.integer("minimumCount");
  const maximumCount = reader.integer("maximumCount");
  if (minimumCount !== undefined && maximumCount !== undefined && minimumCount > maximumCount) {
    throw invalidProfile(name, "minimumCount must not be greater than maximumCount");
  }
  return { name, workloadProfileType, enableFips: reader.boolean("enableFips") ?? false, minimumCount, maximumCount };
}

function invalidProfile(name: string, why: string): Refusal {
  return new Refusal(
    400,
    "ManagedEnvironmentInvalidWorkloadProfile",
    `Workload profile '${name.slice(0, 60)}': ${why}.`,
  );
}
