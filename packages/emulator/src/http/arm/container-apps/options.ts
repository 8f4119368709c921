import type { ContainerApps } from "../../../controllers/container-apps.ts";
import type { World } from "../../../world/world.ts";
import type { TokenIssuer } from "../../identity/tokens.ts";

export interface AppProviderOptions {
  readonly world: World;
  readonly apps: ContainerApps;
  readonly tokens: TokenIssuer;
}
