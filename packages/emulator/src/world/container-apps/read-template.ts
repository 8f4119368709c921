import { type Json, JsonReader } from "./json.ts";
import { readProbe } from "./read-probe.ts";
import { readScale } from "./read-scale.ts";
import { invalidField, invalidSchema, Refusal } from "./refusal.ts";
import type { ContainerTemplate, EnvironmentVariable, Template } from "./template.ts";

/** Reads `properties.template` and fills in the service's defaults. Throws `Refusal`. */
export function readTemplate(value: unknown, workloadProfile = "Consumption"): Template {
  const reader = new JsonReader(value ?? {}, "$.properties.template");
  const containers = (reader.objects("containers") ?? []).map(readContainer);
  if (containers.length === 0) {
    throw invalidField("template.containers", "", "At least one container must be provided");
  }
  const initContainers = (reader.objects("initContainers") ?? []).map(readContainer);
  checkNames([...containers, ...initContainers]);
  // A profile with nodes of its own takes any size that they have room for.
  if (workloadProfile.toLowerCase() === "consumption") checkSizes(containers);
  const grace = reader.integer("terminationGracePeriodSeconds");
  if (grace !== undefined && (grace < 0 || grace > 600)) {
    throw invalidField("template.terminationGracePeriodSeconds", grace, "must be between 0 and 600");
  }
  return {
    containers,
    initContainers,
    scale: readScale(reader.object("scale")),
    terminationGraceSeconds: grace,
    revisionSuffix: readSuffix(reader.text("revisionSuffix")),
    carried: carry(reader, ["volumes", "serviceBinds"]),
  };
}

function readContainer(reader: JsonReader): ContainerTemplate {
  const name = reader.text("name");
  const image = reader.text("image");
  if (!name) throw invalidSchema(`${reader.path}.name`);
  if (!image) throw invalidField(`template.containers.${name}.image`, image ?? "", "image is required");
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(name)) {
    throw invalidField("template.containers.name", name, "must be letters, digits or '-', up to 63");
  }
  const resources = reader.object("resources");
  const probes = reader.objects("probes")?.map((probe) => readProbe(probe, name));
  const types = probes?.map((probe) => probe.type) ?? [];
  const twice = types.find((type, index) => types.indexOf(type) !== index);
  if (twice) throw invalidField(`template.containers.${name}.probes`, twice, "only one probe of each type is allowed");
  return {
    name,
    image,
    command: nonEmpty(reader.texts("command")),
    args: nonEmpty(reader.texts("args")),
    env: reader.objects("env")?.map(readVariable),
    cpuCores: resources?.number("cpu") ?? 0.5,
    memoryGi: readMemory(resources?.text("memory") ?? "1Gi", name),
    probes: probes?.length ? probes : undefined,
    carried: carry(reader, ["volumeMounts"]),
  };
}

function readVariable(reader: JsonReader): EnvironmentVariable {
  const name = reader.text("name");
  const secretRef = reader.text("secretRef");
  if (!name) throw invalidSchema(`${reader.path}.name`);
  return secretRef ? { name, secretRef } : { name, value: reader.text("value") ?? "" };
}

function readMemory(text: string, container: string): number {
  const match = /^(\d+(?:\.\d+)?)(Gi|Mi)$/.exec(text);
  const amount = Number(match?.[1]);
  if (match && amount > 0) return match[2] === "Mi" ? amount / 1_024 : amount;
  throw invalidField(`template.containers.${container}.resources.memory`, text, "must be a quantity like 0.5Gi");
}

function checkNames(containers: readonly ContainerTemplate[]): void {
  const names = containers.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw invalidField("template.containers", twice, "container names must be unique");
}

/** Quarters of a core up to 4, with 2 Gi per core. Source: Container Apps, consumption profile. */
function checkSizes(containers: readonly ContainerTemplate[]): void {
  const cpu = sum(containers.map(({ cpuCores }) => cpuCores));
  const memory = sum(containers.map(({ memoryGi }) => memoryGi));
  const quarters = Math.round(cpu * 4);
  const fits = quarters >= 1 && quarters <= 16 && Math.abs(quarters / 4 - cpu) < 1e-9;
  if (fits && Math.abs(memory - 2 * cpu) < 1e-9 && containers.every(({ cpuCores }) => cpuCores > 0)) return;
  const pairs = Array.from({ length: 16 }, (_, index) => `[cpu: ${(index + 1) / 4}, memory: ${(index + 1) / 2}Gi]`);
  const text = `The total requested CPU and memory resources for this application (CPU: ${cpu}, memory: ${memory}) is invalid. Total CPU and memory for all containers defined in a Container App must add up to one of the following CPU - Memory combinations: ${pairs.join("; ")}`;
  throw new Refusal(400, "ContainerAppInvalidResourceTotal", text);
}

function readSuffix(suffix: string | undefined): string | undefined {
  if (!suffix) return undefined;
  const wellFormed = /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(suffix) && !suffix.includes("--") && suffix.length <= 64;
  if (wellFormed) return suffix;
  const rule =
    "A revision suffix must consist of lower case alphanumeric characters or '-', start with an alphabetic character, end with an alphanumeric character and cannot have '--'. The length must not be more than 64 characters.";
  throw new Refusal(
    400,
    "ContainerAppInvalidRevisionSuffix",
    `Invalid revision suffix '${suffix.slice(0, 80)}'. ${rule}`,
  );
}

function carry(reader: JsonReader, names: readonly string[]): Json {
  const present = names.filter((name) => reader.objects(name)?.length);
  return Object.fromEntries(present.map((name) => [name, reader.raw[name]]));
}

function nonEmpty<Item>(items: readonly Item[] | undefined): readonly Item[] | undefined {
  return items?.length ? items : undefined;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
