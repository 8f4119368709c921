import { type Configuration, readConfiguration } from "./configuration.ts";
import { type Json, JsonReader } from "./json.ts";
import { readTemplate } from "./read-template.ts";
import { invalidField, Refusal } from "./refusal.ts";
import type { ContainerTemplate, Template } from "./template.ts";

/** The body of a container app, checked in itself: what needs to know other resources is checked where they are. */
export interface AppSpec {
  readonly template: Template;
  readonly configuration: Configuration;
  readonly environmentId: string;
  readonly workloadProfileName: string;
  readonly location: string | undefined;
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly identity: Json | undefined;
}

/** Throws `Refusal`. */
export function readApp(content: Json): AppSpec {
  const reader = new JsonReader(content, "$");
  const properties = reader.object("properties");
  const environmentId = properties?.text("environmentId") ?? properties?.text("managedEnvironmentId");
  if (!environmentId) throw invalidField("environmentId", "", "environmentId is required");
  const template = readTemplate(properties?.raw["template"]);
  const configuration = readConfiguration(properties?.raw["configuration"]);
  checkSecrets(template, configuration);
  return {
    template,
    configuration,
    environmentId,
    workloadProfileName: properties?.text("workloadProfileName") ?? "Consumption",
    location: reader.text("location"),
    tags: reader.textMap("tags"),
    identity: reader.object("identity")?.raw,
  };
}

export function checkAppName(name: string): void {
  if (/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name) && !name.includes("--") && name.length <= 32 && name.length >= 2)
    return;
  const rule =
    "A name must consist of lower case alphanumeric characters or '-', start with a letter, end with an alphanumeric character and cannot have '--'. The length must be between 2 and 32 characters.";
  throw new Refusal(400, "ContainerAppInvalidName", `Invalid ContainerApp name '${name.slice(0, 80)}'. ${rule}`);
}

function checkSecrets(template: Template, { secrets }: Configuration): void {
  const names = secrets.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw invalidField("configuration.secrets", twice, "secret names must be unique");
  const vaulted = secrets.find(({ keyVaultUrl }) => keyVaultUrl !== undefined);
  // There is no Key Vault here: what Azure says when it cannot reach one.
  if (vaulted) throw invalidField("configuration.secrets", vaulted.name, "Unable to get value using Managed identity");
  for (const container of [...template.containers, ...template.initContainers]) checkReferences(container, names);
}

function checkReferences({ name, env }: ContainerTemplate, secrets: readonly string[]): void {
  for (const variable of env ?? []) {
    if (!("secretRef" in variable) || secrets.includes(variable.secretRef)) continue;
    const text = `SecretRef '${variable.secretRef}' defined for container '${name}' not found.`;
    throw new Refusal(400, "ContainerAppSecretRefNotFound", text);
  }
}
