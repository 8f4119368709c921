import { connectedFacts } from "../world/container-apps/connected-environment.ts";
import type { Environment, ResourceAddress } from "../world/container-apps/environment.ts";
import { isJson, type Json } from "../world/container-apps/json.ts";
import { keptKinds } from "../world/container-apps/kept-kinds.ts";
import type { World } from "../world/world.ts";
import type { Kept, KeptResources } from "./container-app-kept.ts";

const kind = keptKinds.find(({ path }) => path === "connectedEnvironments");

/** Connected environments as apps and jobs see them: one object for each, as long as it is there. */
export class ConnectedEnvironments {
  readonly #world: World;
  readonly #kept: KeptResources;
  readonly #seen = new WeakMap<Kept, Environment>();

  constructor(world: World, kept: KeptResources) {
    this.#world = world;
    this.#kept = kept;
  }

  get({ name, ...where }: ResourceAddress): Environment | undefined {
    const kept = kind && this.#kept.find(kind, { ...where, names: [name] });
    if (!kept) return undefined;
    const environment = this.#seen.get(kept) ?? this.#environmentOf(kept);
    environment.provisioningState = kept.state === "Succeeded" ? "Succeeded" : "Waiting";
    this.#seen.set(kept, environment);
    return environment;
  }

  #environmentOf({ address, location, content, createdAtMs }: Kept): Environment {
    const { names, ...where } = address;
    const own = { ...where, name: names[0] ?? "" };
    const facts = connectedFacts(this.#world, own, location);
    return {
      kind: "connected",
      address: own,
      location,
      ...facts,
      staticIp: staticIpOf(content) ?? facts.staticIp,
      createdAtMs,
      modifiedAtMs: createdAtMs,
      content,
      provisioningState: "Succeeded",
      operation: undefined,
      maintenance: { kind: "none" },
    };
  }
}

function staticIpOf(content: Json): string | undefined {
  const properties = content["properties"];
  const address = isJson(properties) ? properties["staticIp"] : undefined;
  return typeof address === "string" ? address : undefined;
}
