import type { JsonReader } from "./json.ts";
import { invalidField, invalidSchema, Refusal } from "./refusal.ts";
import type { ContainerTemplate, Template } from "./template.ts";

export interface Secret {
  readonly name: string;
  readonly value: string | undefined;
  readonly keyVaultUrl: string | undefined;
  readonly identity: string | undefined;
}

export interface Registry {
  readonly server: string;
  readonly username: string;
  readonly passwordSecretRef: string;
  readonly identity: string;
}

/** `secrets` and `registries` of a configuration. Throws `Refusal`. */
export function readSecrets(reader: JsonReader): {
  readonly secrets: readonly Secret[];
  readonly registries: readonly Registry[];
} {
  const secrets = (reader.objects("secrets") ?? []).map(readSecret);
  return {
    secrets,
    registries: (reader.objects("registries") ?? []).map((registry) => readRegistry(registry, secrets)),
  };
}

/** Refuses names that come twice, secrets in a vault, and variables that name no secret. */
export function checkSecrets(template: Template, secrets: readonly Secret[]): void {
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

function readSecret(reader: JsonReader): Secret {
  const name = reader.text("name");
  if (!name) throw invalidSchema(`${reader.path}.name`);
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name)) {
    const rule =
      "A value must consist of lower case alphanumeric characters, '-', and must start and end with an alphanumeric character. The length must not be more than 253 characters.";
    throw new Refusal(
      400,
      "ContainerAppInvalidSecretName",
      `Secret name has an invalid value '${name.slice(0, 260)}'. ${rule}`,
    );
  }
  const value = reader.text("value");
  // The command line sends empty texts for what it does not set.
  const [keyVaultUrl, identity] = ["keyVaultUrl", "identity"].map((member) => reader.text(member) || undefined);
  if (value !== undefined || (keyVaultUrl && identity)) return { name, value, keyVaultUrl, identity };
  const text = `Invalid Request: Container app secret(s) with name(s) '${name}' are invalid: value or keyVaultUrl and identity should be provided.`;
  throw new Refusal(400, "ContainerAppSecretInvalid", text);
}

function readRegistry(reader: JsonReader, secrets: readonly Secret[]): Registry {
  const server = reader.text("server");
  if (!server) throw invalidSchema(`${reader.path}.server`);
  const passwordSecretRef = reader.text("passwordSecretRef") ?? "";
  if (passwordSecretRef && !secrets.some(({ name }) => name === passwordSecretRef)) {
    const text = `PasswordSecretRef '${passwordSecretRef}' defined for registry server '${server}' not found.`;
    throw new Refusal(400, "ContainerAppRegistriesPasswordSecretRefNotFound", text);
  }
  return {
    server,
    username: reader.text("username") ?? "",
    passwordSecretRef,
    identity: reader.text("identity") ?? "",
  };
}
