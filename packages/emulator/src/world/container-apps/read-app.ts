import { type Configuration, readConfiguration } from "./configuration.ts";
import { type Json, JsonReader } from "./json.ts";
import { checkSecrets } from "./read-secrets.ts";
import { readTemplate } from "./read-template.ts";
import { invalidField, Refusal } from "./refusal.ts";
import type { Template } from "./template.ts";

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
  const template = readTemplate(properties?.raw["template"], properties?.text("workloadProfileName"));
  const configuration = readConfiguration(properties?.raw["configuration"]);
  checkSecrets(template, configuration.secrets);
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

/** `kind`: `ContainerApp` or `Job`, for the message and the code. */
export function checkAppName(name: string, kind: "ContainerApp" | "Job" = "ContainerApp"): void {
  if (/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name) && !name.includes("--") && name.length <= 32 && name.length >= 2)
    return;
  const rule =
    "A name must consist of lower case alphanumeric characters or '-', start with a letter, end with an alphanumeric character and cannot have '--'. The length must be between 2 and 32 characters.";
  throw new Refusal(400, `${kind}InvalidName`, `Invalid ${kind} name '${name.slice(0, 80)}'. ${rule}`);
}
