import type { Random } from "@fairway/kernel";
import { locationDisplayName, locationName } from "../world/arm/locations.ts";
import type { ArmOperation, Operations } from "../world/arm/operations.ts";
import type { DurationName } from "../world/calibration.ts";
import {
  addressKey,
  drawDefaultDomain,
  drawStaticIp,
  type Environment,
  environmentLimit,
  globalEnvironmentLimit,
  parseEnvironmentId,
  type ResourceAddress,
} from "../world/container-apps/environment.ts";
import { isJson, type Json, JsonReader, mergePatch } from "../world/container-apps/json.ts";
import { invalidField, Refusal } from "../world/container-apps/refusal.ts";
import { readWorkloadProfiles } from "../world/container-apps/workload-profiles.ts";
import { sameJson } from "../world/same-json.ts";
import { durationMs, type World } from "../world/world.ts";
import type { ConnectedEnvironments } from "./connected-environments.ts";

export interface Accepted<Resource> {
  readonly resource: Resource;
  readonly operation: ArmOperation;
}

/** Without an operation: nothing has to be provisioned for it. */
interface EnvironmentWrite {
  readonly resource: Environment;
  readonly operation: ArmOperation | undefined;
}

/** Managed environments and the commands on them. Commands throw `Refusal` and have then done nothing. */
export class Environments {
  readonly #world: World;
  readonly #operations: Operations;
  readonly #random: Random;
  readonly #byKey = new Map<string, Environment>();
  readonly #connected: ConnectedEnvironments;
  readonly #onDeleted: (environment: Environment) => void;

  /** `connected`: those that apps and jobs can be in beside the managed ones. */
  constructor(
    world: World,
    operations: Operations,
    connected: ConnectedEnvironments,
    onDeleted: (environment: Environment) => void,
  ) {
    this.#world = world;
    this.#connected = connected;
    this.#onDeleted = onDeleted;
    this.#operations = operations;
    this.#random = world.random.stream("managed-environments");
  }

  get(address: ResourceAddress): Environment | undefined {
    return this.#byKey.get(addressKey(address));
  }

  list(): readonly Environment[] {
    return [...this.#byKey.values()];
  }

  /** By name alone or by id; compared without case. */
  find(nameOrId: string): Environment | undefined {
    const wanted = nameOrId.split("/").at(-1)?.toLowerCase();
    return this.list().find(({ address }) => address.name.toLowerCase() === wanted);
  }

  /** The environment that an app or a job names; throws when it is not there or not ready. */
  forResource(environmentId: string): Environment {
    const wanted = parseEnvironmentId(environmentId);
    if (!wanted) throw invalidField("environmentId", environmentId, "is not the id of an environment");
    const environment = (wanted.kind === "managed" ? this : this.#connected).get(wanted.address);
    if (!environment) {
      throw new Refusal(404, "ManagedEnvironmentNotFound", `The environment '${environmentId}' was not found.`);
    }
    const { provisioningState } = environment;
    if (provisioningState === "Succeeded" || provisioningState === "Updating") return environment;
    const text = `The environment '${environmentId}' has not been provisioned successfully.`;
    throw new Refusal(400, "ManagedEnvironmentNotProvisioned", text);
  }

  /** One of an earlier run, as it was. */
  resume(environment: Environment): void {
    this.#byKey.set(addressKey(environment.address), environment);
  }

  put(address: ResourceAddress, content: Json, result: (environment: Environment) => unknown): EnvironmentWrite {
    checkEnvironmentName(address.name);
    const location = readLocation(content);
    checkProperties(content);
    const existing = this.get(address);
    if (existing) {
      this.#checkIdle(existing);
      if (existing.location !== location) throw locationChanged(address.name, existing.location, location);
      if (asksNothing(existing.content, content)) return { resource: existing, operation: undefined };
      existing.content = content;
      return this.#update(existing, "managedEnvironments.update", result);
    }
    this.#checkCount(address, location);
    const environment = this.#create(address, location, content);
    return this.#write(environment, "managedEnvironments.create", result);
  }

  patch(environment: Environment, patch: Json, result: (environment: Environment) => unknown): EnvironmentWrite {
    this.#checkIdle(environment);
    const merged = mergePatch(environment.content, patch) as Json;
    checkProperties(merged);
    const isEmpty = Object.keys(patch).length === 0;
    const isDone =
      !isEmpty && patch["identity"] === undefined && sameJson(provisioned(environment.content), provisioned(merged));
    environment.content = merged;
    if (isDone) return { resource: environment, operation: undefined };
    return this.#update(
      environment,
      isEmpty ? "managedEnvironments.patch.empty" : "managedEnvironments.update",
      result,
    );
  }

  /** What it still has must be deleted first. */
  delete(environment: Environment, has: { readonly apps: number; readonly jobs: number }): ArmOperation {
    const { name } = environment.address;
    const left = has.apps > 0 ? `${has.apps} ContainerApps` : has.jobs > 0 ? `${has.jobs} Jobs` : undefined;
    if (left) {
      const text = `The specified environment ${name} cannot be deleted because it still contains ${left}.`;
      throw new Refusal(409, `ManagedEnvironmentHas${has.apps > 0 ? "ContainerApps" : "Jobs"}`, text);
    }
    this.#checkIdle(environment);
    environment.provisioningState = "ScheduledForDelete";
    const operation = this.#start(environment, () => undefined);
    this.#world.clock.after(durationMs(this.#world, "managedEnvironments.delete", this.#random), () => {
      this.#byKey.delete(addressKey(environment.address));
      this.#onDeleted(environment);
      this.#operations.succeed(operation);
    });
    return operation;
  }

  #create(address: ResourceAddress, location: string, content: Json): Environment {
    const now = this.#world.clock.now();
    const environment: Environment = {
      kind: "managed",
      address,
      location,
      content,
      defaultDomain: drawDefaultDomain(location, this.#random),
      staticIp: drawStaticIp(this.#random),
      verificationId: this.#random.text(64, "0123456789ABCDEF"),
      createdAtMs: now,
      modifiedAtMs: now,
      provisioningState: "Waiting",
      operation: undefined,
      maintenance: { kind: "none" },
    };
    this.#byKey.set(addressKey(address), environment);
    return environment;
  }

  #update(
    environment: Environment,
    duration: DurationName,
    result: (environment: Environment) => unknown,
  ): Accepted<Environment> {
    environment.provisioningState = "Updating";
    environment.modifiedAtMs = this.#world.clock.now();
    return this.#write(environment, duration, result);
  }

  #write(
    environment: Environment,
    duration: DurationName,
    result: (environment: Environment) => unknown,
  ): Accepted<Environment> {
    const operation = this.#start(environment, () => result(environment));
    this.#world.clock.after(durationMs(this.#world, duration, this.#random), () => {
      environment.provisioningState = "Succeeded";
      environment.operation = undefined;
      this.#operations.succeed(operation);
    });
    return { resource: environment, operation };
  }

  #start(environment: Environment, result: () => unknown): ArmOperation {
    const operation = this.#operations.start({
      provider: "Microsoft.App",
      location: environment.location,
      kind: "managedEnvironment",
      subscription: environment.address.subscription,
      result,
    });
    environment.operation = operation;
    return operation;
  }

  #checkCount({ subscription }: ResourceAddress, location: string): void {
    if (this.list().length >= globalEnvironmentLimit) {
      const text = `The subscription '${subscription}' cannot have more than ${globalEnvironmentLimit} Container App Environments. For more information, visit: https://go.microsoft.com/fwlink/?linkid=2208872`;
      throw new Refusal(400, "MaxNumberOfGlobalEnvironmentsInSubExceeded", text);
    }
    if (this.list().filter((other) => other.location === location).length < environmentLimit) return;
    const text = `The subscription '${subscription}' cannot have more than ${environmentLimit} environments in ${locationDisplayName(location)}.`;
    throw new Refusal(400, "MaxNumberOfRegionalEnvironmentsInSubExceeded", text);
  }

  #checkIdle({ operation, address }: Environment): void {
    if (!operation) return;
    const text = `Cannot modify Container Apps environment ${address.name} because another operation is in progress.`;
    throw new Refusal(409, "ManagedEnvironmentOperationInProgress", text);
  }
}

/** What is provisioned for: not unset members, nor the place, which cannot change, nor what is only noted. */
function provisioned(content: Json): Json {
  const { location: _location, properties, ...rest } = withoutUnset(content);
  const { daprAIConnectionString: _noted, ...others } = isJson(properties) ? properties : {};
  return { ...rest, properties: others };
}

/** A PUT that gives nothing new, nor takes tags or logs away; what else it leaves out stays. Source: recorded PUTs. */
function asksNothing(before: Json, sent: Json): boolean {
  const [there, asked] = [provisioned(before), provisioned(sent)];
  const isGone = (name: string): boolean => memberAt(there, name) !== undefined && memberAt(asked, name) === undefined;
  return sameJson(there, mergePatch(there, asked)) && !isGone("tags") && !isGone("appLogsConfiguration");
}

function memberAt(content: Json, name: string): unknown {
  const properties = content["properties"];
  return content[name] ?? (isJson(properties) ? properties[name] : undefined);
}

function withoutUnset(value: Json): Json {
  const members = Object.entries(value)
    .map(([name, member]) => [name, isJson(member) ? withoutUnset(member) : member] as const)
    .filter(([, member]) => member !== null && !(isJson(member) && Object.keys(member).length === 0));
  return Object.fromEntries(members);
}

function checkEnvironmentName(name: string): void {
  if (/^[a-zA-Z][a-zA-Z0-9-]*[a-zA-Z0-9]$/.test(name) && name.length <= 60) return;
  const rule =
    "A name must consist of alphanumeric characters or '-', start with a letter and end with an alphanumeric character. The length must be between 2 and 60 characters.";
  throw new Refusal(
    400,
    "ManagedEnvironmentInvalidName",
    `Invalid ManagedEnvironment name '${name.slice(0, 80)}'. ${rule}`,
  );
}

function checkProperties(content: Json): void {
  readWorkloadProfiles(new JsonReader(content, "$").object("properties")?.raw ?? {});
}

function readLocation(content: Json): string {
  const reader = new JsonReader(content, "$");
  const text = reader.text("location");
  if (!text) throw new Refusal(400, "LocationRequired", "The location property is required for this definition.");
  const location = locationName(text);
  if (location) return location;
  const message = `The provided location '${text.slice(0, 60)}' is not available for resource type 'Microsoft.App/managedEnvironments'.`;
  throw new Refusal(400, "LocationNotAvailableForResourceType", message);
}

function locationChanged(name: string, from: string, to: string): Refusal {
  const text = `The resource '${name}' already exists in location '${from}'. A resource with the same name cannot be created in location '${to}'. Please select a new resource name.`;
  return new Refusal(409, "InvalidResourceLocation", text);
}
