import { type Json, JsonReader } from "./json.ts";
import { checkSecrets, type Secret } from "./read-secrets.ts";
import { readTemplate } from "./read-template.ts";
import { invalidField } from "./refusal.ts";
import type { Template } from "./template.ts";

/** What the bodies of container apps and of jobs have in common. */
export interface WorkloadSpec<Configuration> {
  readonly template: Template;
  readonly configuration: Configuration;
  readonly environmentId: string;
  readonly workloadProfileName: string;
  readonly location: string | undefined;
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly identity: Json | undefined;
}

/** `environmentFields`: names under which the environment may stand, the first that is given counts. Throws `Refusal`. */
export function readWorkload<Configuration extends { readonly secrets: readonly Secret[] }>(
  content: Json,
  environmentFields: readonly string[],
  readConfiguration: (value: unknown) => Configuration,
): WorkloadSpec<Configuration> {
  const reader = new JsonReader(content, "$");
  const properties = reader.object("properties");
  const environmentId = environmentFields.map((name) => properties?.text(name)).find((id) => id !== undefined);
  if (!environmentId) throw invalidField("environmentId", "", "environmentId is required");
  const workloadProfileName = properties?.text("workloadProfileName");
  const template = readTemplate(properties?.raw["template"], workloadProfileName);
  const configuration = readConfiguration(properties?.raw["configuration"]);
  checkSecrets(template, configuration.secrets);
  return {
    template,
    configuration,
    environmentId,
    workloadProfileName: workloadProfileName ?? "Consumption",
    location: reader.text("location"),
    tags: reader.textMap("tags"),
    identity: reader.object("identity")?.raw,
  };
}
